// From an SFZ file to what voices play: samples found and loaded, ranges cut to them, loops unrolled, level and attack
// measured.
//
//   Errors   of sfz.h and samples.h, and Corrupt for a file that plays nothing or an offset beyond its sample
//   Threads  free: no state; allocates

#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/units.h"
#include "instruments/sampler_voice.h"
#include "instruments/sfz.h"

namespace figment::instruments {

struct SfzFile {
  std::string text;
  SfzInstrument instrument;
  std::vector<std::filesystem::path> samples;  // sorted, each once
  std::vector<std::size_t> sample_of_region;
};

// `root` as make_sampler's.
[[nodiscard]] SfzFile open_sfz(const std::filesystem::path& file, const std::filesystem::path& root);

struct SamplerRegions {
  std::vector<SfzRegion> told;       // as the file says; the same order as `played`
  std::vector<PlayedRegion> played;  // points into samples and seams
  std::vector<Sample> samples;
  std::map<std::array<std::int64_t, 3>, Seam> seams;  // by sample, loop's begin and end
  std::array<Seconds, 128> attack{};                  // of each key
  Seconds tail{0};
  bool stereo = false;
};

[[nodiscard]] SamplerRegions load_regions(const std::filesystem::path& file, const std::filesystem::path& root);

}  // namespace figment::instruments
