// From logits to a token.
//
//   Method   temperature, then either the `top_p` most likely that make up so much probability, or the `top_k` most likely, or all;
//            drawn by one uniform number. Greedy: the most likely, the lowest of equals
//   Guidance logits = unconditional + (conditional - unconditional) · scale (Ho and Salimans 2022)
//   Reference  audiocraft's models/lm.py and utils/utils.py (top_p wins over top_k, as there)
//   Chance   the same numbers and seed give the same tokens: Random is counter-based
//   Threads  free; works in the buffer it is given

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"

namespace figment::neural {

struct Sampling {
  bool greedy = false;
  double temperature = 1;
  int top_k = 250;                       // 0: no such limit
  double top_p = 0;                      // 0: no such limit
  double guidance = 3;
};

// conditional := unconditional + (conditional - unconditional) · scale
void guide(std::span<float> conditional, std::span<const float> unconditional, double scale) noexcept;

// Reorders `logits`.
class TokenChooser {
 public:
  explicit TokenChooser(const Sampling& sampling) : sampling_(sampling) {}
  [[nodiscard]] std::int32_t choose(std::span<const float> logits, Random& random);

 private:
  Sampling sampling_;
  std::vector<std::int32_t> order_;
  std::vector<double> weight_;
};

}  // namespace figment::neural
