// One record's stems into a folder: read, taken apart piece by piece, measured, written. The heart of studio/split_file.h, which says
// what files, errors and promises there are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/hash.h"
#include "base/progress.h"
#include "roles/stem_splitter.h"
#include "studio/split_file.h"

namespace figment::studio {

struct StemsWish {
  std::filesystem::path file, dir;
  Digest source;                     // SHA-256 of the file
  std::string two_stems, device;
  int shifts = 0;
  double overlap = 0;
  std::uint64_t seed = 0;
};

// Everything of a Splitted but song and packs.
[[nodiscard]] Splitted split_stems(roles::StemSplitter& splitter, const StemsWish& wish, const Progress& progress);

}  // namespace figment::studio
