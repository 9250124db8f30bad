#include "neural/htdemucs/positions.h"

#include <ATen/ATen.h>

#include <cmath>

namespace figment::neural {

at::Tensor time_positions(std::int64_t length, std::int64_t width, double longest_period) {
  const at::Tensor place = at::arange(length, at::kFloat).unsqueeze(1), index = at::arange(width / 2, at::kFloat).unsqueeze(0);
  const at::Tensor phase = place / at::pow(longest_period, index / static_cast<double>(width / 2 - 1));
  return at::cat({at::cos(phase), at::sin(phase)}, 1);
}

at::Tensor spectrogram_positions(std::int64_t frames, std::int64_t frequencies, std::int64_t width, double longest_period) {
  const std::int64_t half = width / 2;
  const at::Tensor rate = at::exp(at::arange(0, half, 2, at::kFloat) * -(std::log(longest_period) / static_cast<double>(half)));
  // sin and cos by turns, [places, half].
  const auto waves = [&](std::int64_t places) {
    const at::Tensor phase = at::arange(places, at::kFloat).unsqueeze(1) * rate;
    return at::stack({at::sin(phase), at::cos(phase)}, 2).reshape({places, half});
  };
  const at::Tensor across = waves(frames).unsqueeze(1).expand({frames, frequencies, half}), up = waves(frequencies).unsqueeze(0).expand({frames, frequencies, half});
  return at::cat({across, up}, 2).reshape({frames * frequencies, width});
}

}  // namespace figment::neural
