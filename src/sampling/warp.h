// Which instants of a sound belong on which beats of a song.
//
//   Beats    beat 0 is the first downbeat that is used; a beat is a quarter note, whatever the metre
//   Count    a sound of 70 beats a minute can be counted at 140, or 35: the count whose tempo is nearest to the song's
//            is taken, because the least stretching sounds best
//   Plain    a Warp is data: a document holds it, and a producer may move a beat that was found wrongly
//   Threads  free

#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.h"
#include "base/units.h"
#include "score/metre.h"

namespace figment::sampling {

struct WarpPoint {
  Seconds source{0};
  Beats beat{0};
  friend bool operator==(const WarpPoint&, const WarpPoint&) = default;
};

struct Warp {
  std::vector<WarpPoint> points;    // rising in both; the first is beat 0, the last the end of the last bar
  bool circular = false;            // the source is a loop: what comes before its start is its end

  [[nodiscard]] Beats length() const noexcept { return points.empty() ? Beats{0} : points.back().beat; }
  [[nodiscard]] Seconds source_at(Beats beat) const noexcept;    // continued straight beyond both ends
  friend bool operator==(const Warp&, const Warp&) = default;
};

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
