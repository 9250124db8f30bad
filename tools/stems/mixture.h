// A mix and the four stems that it is the sum of.
//
//   On disk   FOLDER/{mix,drums,bass,other,vocals}.wav (or .flac), stereo, of one rate and length. Written in 24 bits
//   Exact     what is written sums up: mix = drums + bass + other + vocals in every sample, to the last bit
//   Silence   a stem that is all zeros, or whose file is missing, is one that the mixture has not: it is not judged
//   Errors    NotFound, Corrupt where lengths, rates or channels differ
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "audio/buffer.h"

namespace figment::stems {

inline constexpr std::array<const char*, 4> kStems{"drums", "bass", "other", "vocals"};
using FourStems = std::array<audio::AudioBuffer, 4>;

struct Mixture {
  std::string name;
  audio::AudioBuffer mix;
  FourStems stems;                       // empty: not there
  [[nodiscard]] bool has(std::size_t stem) const noexcept { return !stems[stem].empty(); }
};

[[nodiscard]] Mixture read_mixture(const std::filesystem::path& folder);

// FOLDER/STEM.wav or .flac, as two channels; nothing where there is none. One channel goes to both.
[[nodiscard]] std::optional<audio::AudioBuffer> read_stem(const std::filesystem::path& folder, const std::string& stem);

// Brings the loudest sample of mix and stems to -1 dBFS, all by one gain, and writes them.
void write_mixture(const std::filesystem::path& folder, FourStems stems);

// Folders below `root` that hold a mix, by name; of those only where `only` is in the name.
[[nodiscard]] std::vector<std::filesystem::path> find_mixtures(const std::filesystem::path& root, const std::string& only);

}  // namespace figment::stems
