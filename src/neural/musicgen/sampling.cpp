#include "neural/musicgen/sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace figment::neural {

void guide(std::span<float> conditional, std::span<const float> unconditional, double scale) noexcept {
  const auto s = static_cast<float>(scale);
  for (std::size_t i = 0; i < conditional.size(); ++i) conditional[i] = unconditional[i] + (conditional[i] - unconditional[i]) * s;
}

std::int32_t TokenChooser::choose(std::span<const float> logits, Random& random) {
  if (sampling_.greedy || sampling_.temperature <= 0) return static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
  order_.resize(logits.size());
  std::iota(order_.begin(), order_.end(), 0);
  // Equal ones in the order of their numbers, so that a seed means the same everywhere.
  const auto likelier = [&](std::int32_t a, std::int32_t b) {
    const float x = logits[static_cast<std::size_t>(a)], y = logits[static_cast<std::size_t>(b)];
    return x != y ? x > y : a < b;
  };
  const bool nucleus = sampling_.top_p > 0;
  const std::size_t kept = nucleus || sampling_.top_k <= 0 ? order_.size() : std::min(order_.size(), static_cast<std::size_t>(sampling_.top_k));
  std::partial_sort(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(kept), order_.end(), likelier);
  weight_.resize(kept);
  const double most = logits[static_cast<std::size_t>(order_[0])];
  double all = 0;
  for (std::size_t i = 0; i < kept; ++i) all += weight_[i] = std::exp((logits[static_cast<std::size_t>(order_[i])] - most) / sampling_.temperature);
  std::size_t count = kept;
  if (nucleus) {
    double sum = 0;
    count = 0;
    // As long as what came before is not enough yet.
    while (count < kept && (count == 0 || sum <= sampling_.top_p * all)) sum += weight_[count++];
    all = sum;
  }
  double left = random.uniform() * all;
  for (std::size_t i = 0; i < count; ++i)
    if ((left -= weight_[i]) < 0) return order_[i];
  return order_[count - 1];
}

}  // namespace figment::neural
