// How likely each frame is to be a beat, and the first of a bar.
#pragma once

#include <vector>

#include "analysis/features.h"

namespace figment::analysis {

struct BeatActivations {
  std::vector<float> beat, downbeat;       // 0 … 1, kRhythmRate
};

class BeatNetwork;

// By what was learned, on all cores.
[[nodiscard]] BeatActivations learned_activations(const BeatNetwork& network, const Features& features);

// By spectral flux alone, with no learned weights: the plain one.
[[nodiscard]] BeatActivations flux_activations(const Features& features);

}  // namespace figment::analysis
