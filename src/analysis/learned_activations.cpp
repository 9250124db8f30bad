#include <algorithm>

#include "analysis/beat_network.h"
#include "base/executor.h"

namespace figment::analysis {

BeatActivations learned_activations(const BeatNetwork& network, const Features& features) {
  const std::size_t frames = features.rhythm_frames(), parts = (frames + BeatNetwork::kGoodPart - 1) / BeatNetwork::kGoodPart;
  BeatActivations whole{std::vector<float>(frames), std::vector<float>(frames)};
  parallel_for(parts, [&](std::size_t p) {
    const std::size_t begin = p * BeatNetwork::kGoodPart;
    const BeatActivations part = network.run(features.rhythm, begin, BeatNetwork::kGoodPart);
    std::copy(part.beat.begin(), part.beat.end(), whole.beat.begin() + static_cast<std::ptrdiff_t>(begin));
    std::copy(part.downbeat.begin(), part.downbeat.end(), whole.downbeat.begin() + static_cast<std::ptrdiff_t>(begin));
  });
  return whole;
}

}  // namespace figment::analysis
