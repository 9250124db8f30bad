#include "neural/encodec/lstm.h"

#include <ATen/ATen.h>

#include "neural/fast/floats.h"
#include "neural/parallel.h"

namespace figment::neural {
namespace {

constexpr std::int64_t kUnits = 64;        // that a thread takes at a time

at::Tensor layer(const at::Tensor& in_weight, const at::Tensor& again, const at::Tensor& bias, const at::Tensor& x, at::Tensor hidden, at::Tensor cell) {
  const std::int64_t rows = x.size(0), length = x.size(1), from = x.size(2), width = again.size(1);
  // The gates' sums of all frames, to which each step adds its own.
  at::Tensor gates = at::empty({rows, length, 4 * width}, x.options()), y = at::empty({rows, length, width}, x.options());
  const float* in = x.data_ptr<float>();
  const float* weights = in_weight.data_ptr<float>();
  const float* recurrent = again.data_ptr<float>();
  float* sums = gates.data_ptr<float>();
  float* out = y.data_ptr<float>();
  float* cells = cell.data_ptr<float>();
  for_each_stretch(4 * width, kUnits, [&](std::int64_t first, std::int64_t last) { dot_rows(weights, first, last, from, in, from, rows * length, bias.data_ptr<float>(), false, sums, 4 * width); });
  for (std::int64_t t = 0; t < length; ++t) {
    const float* before = t == 0 ? hidden.data_ptr<float>() : out + (t - 1) * width;
    const std::int64_t before_stride = t == 0 ? width : length * width;
    for_each_stretch(width, kUnits, [&](std::int64_t first, std::int64_t last) {
      float* of = sums + t * 4 * width;
      for (std::int64_t gate = 0; gate < 4; ++gate) dot_rows(recurrent + gate * width * width, first, last, width, before, before_stride, rows, nullptr, true, of + gate * width, length * 4 * width);
      for (std::int64_t row = 0; row < rows; ++row) {
        const float* g = of + row * length * 4 * width + first;
        lstm_gates(g, g + width, g + 2 * width, g + 3 * width, last - first, cells + row * width + first, out + (row * length + t) * width + first);
      }
    });
  }
  hidden.copy_(y.select(1, length - 1));
  return y;
}

}  // namespace

at::Tensor lstm(const std::vector<at::Tensor>& weights, const at::Tensor& x, at::Tensor& hidden, at::Tensor& cell) {
  at::Tensor y = x.contiguous();
  for (std::size_t n = 0; n + 3 < weights.size(); n += 4) {
    const auto number = static_cast<std::int64_t>(n / 4);
    y = layer(weights[n].contiguous(), weights[n + 1].contiguous(), weights[n + 2] + weights[n + 3], y, hidden.select(0, number), cell.select(0, number));
  }
  return y;
}

}  // namespace figment::neural
