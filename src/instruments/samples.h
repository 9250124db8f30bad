// The sounds of a sampler: found on the disk, checked, in memory.
//
//   Paths    as an SFZ writes them, "/" or "\" between folders, relative to its folder; ".." leads up to `root`.
//            Packs come from systems that do not tell "Kick.WAV" from "kick.wav": a name that is not there is looked
//            for in any case. Links are followed, as they are the user's own
//   Memory   decoded to float: at most 1 GiB an instrument, 10 minutes a sample. Looked at before anything is read
//   Hostile  Error NotFound (with the place looked at), Corrupt (not a sound, cut off, NaN), Unsupported (more than two
//            channels, rates outside 1 to 768 kHz, too long, too much)
//   Threads  free: no state

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "audio/file.h"
#include "instruments/interpolator.h"

namespace figment::instruments {

struct Sample {
  std::filesystem::path file;
  double rate = 44100;
  int channels = 1;
  std::int64_t frames = 0;
  std::optional<audio::SamplerChunk> chunk;
  std::vector<float> data;  // each channel with kBefore zeros before and kAfter after

  // The end rings out for kReach frames, from where the kernel looks as far ahead again.
  static constexpr std::int64_t kBefore = Interpolator::kReach, kAfter = 2 * Interpolator::kReach;
  [[nodiscard]] std::int64_t stride() const noexcept { return kBefore + frames + kAfter; }
  [[nodiscard]] const float* channel(int c) const noexcept { return data.data() + c * stride() + kBefore; }
  // 0 outside the sample.
  [[nodiscard]] float at(int c, std::int64_t n) const noexcept { return n < 0 || n >= frames ? 0 : channel(c)[n]; }
  // The largest absolute sample of frames begin … end - 1. Does not look at them all: a break may be cut into thousands.
  [[nodiscard]] float peak(std::int64_t begin, std::int64_t end) const noexcept;

  static constexpr std::int64_t kPeakBlock = 4096;
  std::vector<float> peaks;  // of each block of frames, over all channels
};

// `where` begins messages: "kit.sfz, line 7". Error NotFound, Corrupt (a path that leaves `root`).
[[nodiscard]] std::filesystem::path find_sample(const std::filesystem::path& folder, const std::filesystem::path& root,
                                                const std::string& relative, const std::string& where);

// In the same order. Error as above.
[[nodiscard]] std::vector<Sample> load_samples(const std::vector<std::filesystem::path>& files);

}  // namespace figment::instruments
