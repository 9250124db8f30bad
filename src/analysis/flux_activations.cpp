#include <algorithm>
#include <cmath>

#include "analysis/attacks.h"
#include "analysis/beat_activations.h"

namespace figment::analysis {

BeatActivations flux_activations(const Features& features) {
  BeatActivations result;
  const std::vector<float> curve = novelty(features);
  std::vector<float> sorted = curve;
  if (sorted.empty()) return result;
  const std::size_t place = sorted.size() * 98 / 100;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(place), sorted.end());
  const float top = std::max(sorted[place], 40.0F);
  for (std::size_t t = 0; t < curve.size(); ++t) {
    // The curve's peak lies about one frame after the attack.
    const float x = std::min(1.0F, curve[std::min(t + 1, curve.size() - 1)] / top);
    result.beat.push_back(0.02F + 0.9F * x * x);
    // Bars tend to begin with what is low.
    const std::uint8_t* now = features.rhythm.data() + t * kRhythmBands;
    float low = 0;
    for (int b = 0; b < 6; ++b) low += now[b];
    result.downbeat.push_back(result.beat.back() * std::min(1.0F, low / (6 * 140.0F)));
  }
  return result;
}

}  // namespace figment::analysis
