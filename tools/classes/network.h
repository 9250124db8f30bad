// A network of one hidden layer, taught by stochastic gradients (Adam).
#pragma once

#include <string>
#include <vector>

#include "sampling/one_shot.h"

namespace figment::classes {

struct Labelled {
  sampling::Traits traits;
  std::size_t kind = 0;
};

// JSON for sampling::Classifier. Classes count alike, however many examples they have.
[[nodiscard]] std::string teach(const std::vector<Labelled>& examples, int hidden, int rounds);

}  // namespace figment::classes
