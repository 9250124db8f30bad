// A matrix in the order in which the kernels read it, and its bias: what a layer multiplies with.
//
//   Order    [inputs][outputs]; the inputs of one sum are the numbers of one of `Windows` (floats.h), run after run
//   Threads  free once made; each call does the part it is told
//   Memory   the numbers once more, outputs filled up to whole panels

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neural/fast/floats.h"

namespace figment::neural {

class PackedMatrix {
 public:
  PackedMatrix() = default;
  // No bias: empty.
  PackedMatrix(std::span<const float> matrix, std::int64_t inputs, std::int64_t outputs, std::vector<float> bias) : outputs_(outputs), panels_(to_panels(matrix, inputs, outputs)), bias_(std::move(bias)) {
    bias_.resize(static_cast<std::size_t>((outputs + kPanel - 1) / kPanel * kPanel));
  }

  [[nodiscard]] std::int64_t outputs() const noexcept { return outputs_; }
  // out[t · out_stride + o] for windows 0 … count.
  void times(const Windows& windows, const float* in, std::int64_t count, float* out, std::int64_t out_stride, bool add = false) const noexcept {
    convolve(panels_.data(), 0, static_cast<std::int64_t>(bias_.size()), outputs_, windows, in, count, bias_.data(), add, out, out_stride);
  }

 private:
  std::int64_t outputs_ = 0;
  std::vector<float> panels_, bias_;
};

}  // namespace figment::neural
