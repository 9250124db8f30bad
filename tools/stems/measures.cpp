#include "measures.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace figment::stems {
namespace {

struct Sums {
  double reference = 0, estimate = 0, product = 0, difference = 0;   // Σs², Σe², Σse, Σ(s - e)²
};

Sums sums_of(audio::AudioView s, audio::AudioView e) {
  if (s.channels() != e.channels() || s.frames() != e.frames())
    throw Error(ErrorCode::InvalidArgument, "an estimate of " + std::to_string(e.channels()) + " channels and " + std::to_string(e.frames()) + " frames; its reference has " +
                                                std::to_string(s.channels()) + " and " + std::to_string(s.frames()));
  Sums sums;
  for (int c = 0; c < s.channels(); ++c)
    for (std::int64_t n = 0; n < s.frames(); ++n) {
      const double x = s.channel(c)[n], y = e.channel(c)[n];
      sums.reference += x * x, sums.estimate += y * y, sums.product += x * y, sums.difference += (x - y) * (x - y);
    }
  return sums;
}

}  // namespace

double sdr(audio::AudioView reference, audio::AudioView estimate) {
  constexpr double kDelta = 1e-7;
  const Sums sums = sums_of(reference, estimate);
  return 10 * std::log10((sums.reference + kDelta) / (sums.difference + kDelta));
}

double si_sdr(audio::AudioView reference, audio::AudioView estimate) {
  const Sums sums = sums_of(reference, estimate);
  if (sums.reference == 0) return std::numeric_limits<double>::quiet_NaN();
  const double alpha = sums.product / sums.reference;
  // A pass of its own: Σ(αs - e)² from the sums would lose all digits where it is small.
  double error = 0;
  for (int c = 0; c < reference.channels(); ++c)
    for (std::int64_t n = 0; n < reference.frames(); ++n) {
      const double d = alpha * static_cast<double>(reference.channel(c)[n]) - static_cast<double>(estimate.channel(c)[n]);
      error += d * d;
    }
  const double target = alpha * alpha * sums.reference;
  if (error == 0) return target == 0 ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
  return 10 * std::log10(target / error);
}

double median_of_numbers(std::vector<double> values) {
  std::erase_if(values, [](double v) { return std::isnan(v); });
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace figment::stems
