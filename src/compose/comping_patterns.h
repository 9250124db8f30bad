// When an accompaniment strikes, and what of the chord: one bar of a pattern as hits.

#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "compose/plan.h"

namespace figment::compose {

struct Hit {
  enum class What {
    All,
    Low,
    Upper,
    Voice,
    Root
  };            // Low: the lowest; Upper: all but it; Voice: `voice` counted from below
  Beats at{0};  // from the bar's start
  Beats length{1};
  double velocity = 0.7;
  What what = What::All;
  int voice = 0;       // wraps around the chord's voices, an octave up each time round
  int strum = 0;       // 1 down (low string first), -1 up, 0 together
  bool ahead = false;  // belongs to the chord that begins within the next half beat
  bool holds = false;  // struck again when the chord changes under it; others end there
};

struct BarOfPattern {
  int bar_in_section = 0, bars_in_section = 8;
  double energy = 0.5;  // 0 … 1: section energy and activity together
  double density = 0.5, legato = 0.8;
};

// Hits of one bar, by time. `choice` is the same for all bars of a kind of section (what the figure is), `variation`
// belongs to the bar.
[[nodiscard]] std::vector<Hit> pattern_bar(const Plan& plan, const std::string& pattern, const BarOfPattern& bar,
                                           Random choice, Random variation);

// Onsets of a rhythm written as a groove string ("x..x..x."), sixteenths, repeated or cut to one bar.
[[nodiscard]] std::vector<Hit> written_bar(const Plan& plan, const std::string& rhythm, int bar_in_section,
                                           double legato);

}  // namespace figment::compose
