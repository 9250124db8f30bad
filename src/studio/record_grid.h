// The grid of a record, for a song that is made of it: its own tempo, and every bar there is.
//
//   Steady    one tempo, and a Warp of two points: nothing is stretched
//   Wandering a tempo for each beat, and a point for each: nothing is stretched either
//   Pick-up   beat 0 is the first downbeat, or whole bars before it, so that the record begins inside; the last bar is the one that
//             holds its end
//   No beats  120 bpm in 4/4 from its beginning, and `sure` is false
#pragma once

#include <vector>

#include "analysis/analysis.h"
#include "score/chord.h"
#include "score/metre.h"
#include "score/tempo_map.h"
#include "score/warp.h"
#include "song/song.h"

namespace figment::studio {

struct RecordGrid {
  std::vector<score::TempoChange> tempo;
  score::Metre metre;
  score::Warp warp;
  int bars = 1;
  bool sure = false;                       // that there are beats at all
};

[[nodiscard]] RecordGrid record_grid(const analysis::SoundAnalysis& heard);

// What is heard in it, on that grid: without gaps, from bar 1 to the last.
[[nodiscard]] std::vector<song::Section> sections_on(const RecordGrid& grid, const std::vector<analysis::HeardSection>& sections);
[[nodiscard]] std::vector<score::ChordSpan> chords_on(const RecordGrid& grid, const std::vector<analysis::HeardChord>& chords);

}  // namespace figment::studio
