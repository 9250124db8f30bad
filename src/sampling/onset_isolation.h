// What begins at an attack, without what rings on from before: for telling what was struck over a ringing drum.
//
//   Method   the spectrum just before the attack is taken off each frame's magnitude from then on (spectral subtraction, Boll
//            1979), as it would have died on by itself: each bin by the decay it had; phases stay
//   Use      for listening only: what is taken off leaves holes
//   Threads  free. Cost: some transforms of 1024 samples
#pragma once

#include <vector>

namespace figment::sampling {

inline constexpr std::size_t kIsolationBefore = 2048;   // samples needed before the attack; fewer: nothing is taken off

// `mono` at analysis::kFeatureRate; the new sound begins at `place`. Returns the samples from there, as many as there are.
[[nodiscard]] std::vector<float> without_ringing(const std::vector<float>& mono, std::size_t place);

}  // namespace figment::sampling
