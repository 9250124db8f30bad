// How alike two vectors point: 1 the same way, 0 at right angles. What quantized networks promise of their logits.

#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace figment::neural {

// Of as many numbers as `a` has.
[[nodiscard]] inline double cosine(std::span<const float> a, const float* b) noexcept {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) ab += static_cast<double>(a[i]) * b[i], aa += static_cast<double>(a[i]) * a[i], bb += static_cast<double>(b[i]) * b[i];
  return ab / std::sqrt(aa * bb);
}

}  // namespace figment::neural
