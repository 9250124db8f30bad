#include "compose/chooser.h"

#include <cmath>
#include <vector>

#include "base/error.h"

namespace figment::compose {
namespace {

double checked(double temperature) {
  if (!(temperature >= 0.0 && temperature <= 10.0)) {
    throw Error(ErrorCode::InvalidArgument, "chooser temperature: wanted 0 to 10, found " + std::to_string(temperature),
                "1 plays as learned");
  }
  return temperature;
}

}  // namespace

LearnedChooser::LearnedChooser(double temperature) : temperature_(checked(temperature)) {}

void LearnedChooser::set_temperature(std::string_view kind, double temperature) {
  by_kind_.insert_or_assign(std::string(kind), checked(temperature));
}

double LearnedChooser::temperature(std::string_view what) const noexcept {
  for (std::string_view kind = what;;) {
    if (const auto found = by_kind_.find(kind); found != by_kind_.end()) return found->second;
    const auto dot = kind.rfind('.');
    if (dot == std::string_view::npos) return temperature_;
    kind = kind.substr(0, dot);
  }
}

std::size_t LearnedChooser::choose(std::string_view what, std::span<const double> weights, Random& random) const {
  if (weights.empty()) {
    throw Error(ErrorCode::InvalidArgument,
                "choice '" + std::string(what) + "': wanted at least one candidate, found none");
  }
  double largest = 0.0;
  std::size_t likeliest = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] > largest) largest = weights[i], likeliest = i;
  }
  const double heat = temperature(what);
  // A draw is taken in every case, so that the choices after this one do not depend on its temperature.
  if (!(largest > 0.0) || std::isinf(largest) || heat == 1.0) {
    const std::size_t drawn = random.weighted(weights);
    return std::isinf(largest) ? likeliest : drawn;
  }
  std::vector<double> sharpened(weights.size(), 0.0);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    // Relative to the largest, so that no exponent can overflow.
    if (weights[i] > 0.0)
      sharpened[i] = heat > 0.0 ? std::pow(weights[i] / largest, 1.0 / heat) : double(i == likeliest);
  }
  return random.weighted(sharpened);
}

}  // namespace figment::compose
