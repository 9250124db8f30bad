// What a norm of one group (Wu and He 2018) does to each channel, once the moments of all its numbers are known: · scale + shift.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "neural/fast/activations.h"

namespace figment::neural {

struct GroupNorm {
  std::vector<float> scale, shift;       // by channel
};

// Of `count` numbers.
[[nodiscard]] inline GroupNorm group_norm(const Moments& m, std::int64_t count, const std::vector<float>& weight, const std::vector<float>& bias) {
  constexpr double kEpsilon = 1e-5;
  const double mean = m.sum / static_cast<double>(count), variance = std::max(0.0, m.squares / static_cast<double>(count) - mean * mean), factor = 1 / std::sqrt(variance + kEpsilon);
  GroupNorm norm{std::vector<float>(weight.size()), std::vector<float>(weight.size())};
  for (std::size_t c = 0; c < weight.size(); ++c) norm.scale[c] = static_cast<float>(weight[c] * factor), norm.shift[c] = static_cast<float>(bias[c] - mean * factor * weight[c]);
  return norm;
}

}  // namespace figment::neural
