// Where sounds begin.
//
//   Method   positive change of the band levels of analysis/features.h against the loudest of three neighbouring bands
//            20 ms before (SuperFlux; Böck and Widmer 2013, "Maximum filter vibrato suppression for onset detection"); peaks
//            that stand out of their surroundings; then moved to the millisecond where the sound's edge rises
//   Accuracy struck sounds within 3 ms; bowed and blown ones within the time they take to speak
//   Threads  free. Cost: about 1/5000 of real time

#pragma once

#include <vector>

#include "analysis/features.h"

namespace figment::analysis {

struct Attack {
  Seconds at{0};
  float strength = 0;           // 0 … 1, against the strongest of the sound
};

// Rising. `sensitivity` 0 only what stands out … 1 whatever moves.
[[nodiscard]] std::vector<Attack> find_attacks(const Features& features, double sensitivity = 0.5);

// The curve whose peaks they are, kRhythmRate.
[[nodiscard]] std::vector<float> novelty(const Features& features);

// The instant near `about` (± `reach`) where the sound's edge rises most; `about` itself where nothing rises.
[[nodiscard]] Seconds refine_attack(const Features& features, Seconds about, Seconds reach);

}  // namespace figment::analysis
