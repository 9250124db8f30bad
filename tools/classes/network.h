// Networks of one hidden layer, taught by stochastic gradients (Adam).
#pragma once

#include <string>
#include <vector>

#include "sampling/one_shot.h"

namespace figment::classes {

struct Labelled {
  sampling::Traits traits{};
  std::size_t kind = 0;
  double weight = 1;         // how often it is drawn among those of its class
};

struct Plan {
  int networks = 5, hidden = 128, steps = 9000;
  std::string learned_from;
};

// JSON for sampling::Classifier. Classes count alike, however many examples they have.
[[nodiscard]] std::string teach(const std::vector<Labelled>& examples, const Plan& plan);

}  // namespace figment::classes
