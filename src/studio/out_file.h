// Names for results that were not named, and files that must not be written over.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>

#include "base/progress.h"
#include "base/units.h"

namespace figment::studio {

// STEM.ENDING in the folder (empty: the current one), or STEM-2.ENDING … when that exists.
[[nodiscard]] std::filesystem::path free_name(const std::string& stem, const std::string& ending, const std::filesystem::path& folder = {});

// For names of files, folders and tracks: lower-case letters, digits and '-', at most 40; `otherwise` where nothing is left.
[[nodiscard]] std::string plain_word(const std::string& name, const std::string& otherwise);

// Error InvalidArgument when `out` exists; NotFound when its folder does not.
void check_new(const std::filesystem::path& out);

// A file that is removed at the end, however it ends; not where its path was taken away.
struct ScratchFile {
  explicit ScratchFile(std::filesystem::path p) : path(std::move(p)) {}
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile();
  std::filesystem::path path;
};

// The first `frames` of a WAV file of ours to another of 24 bits, turned down where they rise above `most`. Returns the gain.
inline constexpr float kFullScale = 0.9999F;
Decibels write_24_bit(const std::filesystem::path& from, const std::filesystem::path& to, float most, const Progress& progress, std::int64_t frames = std::numeric_limits<std::int64_t>::max());

// "120", "97.5": for names and remarks.
[[nodiscard]] std::string plain_number(double x, int decimals);

}  // namespace figment::studio
