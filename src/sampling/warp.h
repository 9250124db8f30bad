// Finds which instants of a sound belong on which beats of a song.
//
//   Beats    beat 0 is the first downbeat that is used; a beat is a quarter note, whatever the metre
//   Count    a sound of 70 beats a minute can be counted at 140, or 35: the count whose tempo is nearest to the song's
//            is taken, because the least stretching sounds best
//   Threads  free

#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.h"
#include "base/units.h"
#include "score/metre.h"
#include "score/warp.h"

namespace figment::sampling {

using score::Warp;
using score::WarpPoint;

struct WarpWish {
  Bpm tempo{120};                   // of the song where the sound will lie
  score::Metre metre;
  int bars = 0;                     // 0: all whole bars there are
};

struct WarpPlan {
  Warp warp;
  int bars = 0;
  double count = 1;                 // beats of the song to one that was found: 1, 2, 1/2 …
  Bpm source_tempo{0};              // as counted so
  std::vector<std::string> remarks; // what a producer should know
};

// Error InvalidArgument when there is no beat, or the sound is shorter than a bar (or than the bars asked for, unless it is a
// loop: that goes round).
[[nodiscard]] WarpPlan plan_warp(const analysis::SoundAnalysis& heard, const WarpWish& wish);

}  // namespace figment::sampling
