// The picture of an analysis: waveform with beats, bars, chords and sections; loudness; chromagram; spectrogram.
//
//   Size     1600 × 1080 PNG
//   Cost     listening once more, and about 0.4 s
#pragma once

#include <filesystem>

#include "analysis/analysis.h"
#include "base/progress.h"

namespace figment::studio {

void draw_analysis(const std::filesystem::path& sound, const analysis::SoundAnalysis& analysis, const std::filesystem::path& png, const Progress& progress);

}  // namespace figment::studio
