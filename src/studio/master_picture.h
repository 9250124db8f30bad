// The picture of a mastering: waveform before and after, loudness over time, spectra.
//
//   Size     1600 × 900 PNG
//   Shows    what was measured (analysis/measures.h); nothing is read again. Cost: some milliseconds
#pragma once

#include <filesystem>

#include "studio/master_file.h"

namespace figment::studio {

void draw_mastering(const Mastered& mastered, const std::filesystem::path& png);   // Error Io

}  // namespace figment::studio
