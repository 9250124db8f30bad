// Measures of a sound file by ffmpeg, run as a program of its own.
//
//   Loudness   the ebur128 filter (EBU R128 / ITU-R BS.1770-4) with peak=true: integrated, range, true peak
//   Mono loss  loudness of the sound minus loudness of (L + R) / 2 played on both channels: 0 LU for a mono sound,
//              3 LU for two channels that have nothing in common, more where they cancel
//   Silence    the silencedetect filter below -60 dBFS; what lies at the very start and end does not count
//   Errors     Error NotFound when ffmpeg is missing, Corrupt when it cannot read the file
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace figment::judge {

struct FfmpegLoudness {
  double integrated_lufs = -200, range_lu = 0, true_peak_dbtp = -200;
};

[[nodiscard]] FfmpegLoudness ffmpeg_loudness(const std::filesystem::path& sound, bool folded_to_mono = false);
[[nodiscard]] double ffmpeg_longest_silence(const std::filesystem::path& sound, double length_s);  // seconds

// What `program` printed to standard error; the status is left to the caller through `status`.
[[nodiscard]] std::string errors_of(const std::vector<std::string>& command, int& status);

}  // namespace figment::judge
