// Any sound file as clean mono or stereo, from front to back.
//
//   Channels mono stays mono, stereo stereo; of more, the first two are left and right and the others are folded in by
//            the ITU-R BS.775 weights where the count tells what they are (5.1, 7.1: centre and surrounds at -3 dB, the
//            effects channel left out), otherwise alternately left and right at -3 dB
//   Clean    NaN and infinite samples become 0, values beyond ±64 (+36 dBFS) are clipped; both are counted
//   Rate     the file's own, or any other by audio/resample.h
//   Broken   a file cut short is read as far as it goes, and `facts().trouble` says so; a file with no sound at all is
//            Error Corrupt
//   Threads  one at a time per object
//   Memory   some blocks

#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "audio/file.h"
#include "audio/resample.h"

namespace figment::audio {

struct SourceFacts {
  std::string format;            // "WAV, 16 bit"
  Hertz rate{};                  // of the file
  int channels = 0;              // of the file
  std::int64_t frames = 0;       // read so far, at the file's rate
  std::int64_t repaired = 0;     // samples that were no numbers
  std::string trouble;           // why the sound ends before its file promised; empty when all is well
};

class SoundStream {
 public:
  // Errors as AudioReader's.
  explicit SoundStream(const std::filesystem::path& file, std::optional<Hertz> rate = {});

  [[nodiscard]] Hertz rate() const noexcept { return rate_; }
  [[nodiscard]] int channels() const noexcept { return channels_; }   // 1 or 2
  [[nodiscard]] std::int64_t expected() const noexcept;               // frames at `rate()`, 0 when the file does not say

  // Up to `most` frames; an empty view at the end, when the file has also been found unchanged. Good until the next call.
  [[nodiscard]] AudioView read(std::int64_t most);
  [[nodiscard]] const SourceFacts& facts() const noexcept { return facts_; }

 private:
  [[nodiscard]] AudioView fold(std::int64_t frames);

  AudioReader reader_;
  std::filesystem::path file_;
  Hertz rate_;
  int channels_;
  SourceFacts facts_;
  AudioBuffer raw_, folded_;
  std::optional<Resampler> resampler_;
  bool ended_ = false;
  AudioView waiting_;            // of the resampler's last piece
};

// Whole, for sounds that are known to be short. Error Unsupported when longer than `most`.
[[nodiscard]] AudioBuffer read_sound(const std::filesystem::path& file, std::optional<Hertz> rate, Seconds most);

}  // namespace figment::audio
