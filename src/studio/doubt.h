// When a sound's beats are too unsure to be relied on.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.h"
#include "base/progress.h"

namespace figment::studio {

// From what is kept, or by listening; with `bpm` not 0 the tempo is known.
[[nodiscard]] analysis::SoundAnalysis analysis_with_tempo(const std::filesystem::path& file, double bpm, const Progress& progress);

// Error InvalidArgument below a confidence of 0.25 unless `anyway`; below 0.5 a remark.
void check_beats(const analysis::SoundAnalysis& heard, const std::filesystem::path& file, bool anyway, std::vector<std::string>& remarks);

// Semitones that bring a sound to a key by the smallest step, its tuning to 440 Hz with it; between major and minor, to the
// key of the same notes. 0 and a remark where no key is heard.
[[nodiscard]] double semitones_to(const analysis::SoundAnalysis& heard, const score::Key& key, std::vector<std::string>& remarks);

}  // namespace figment::studio
