// EnCodec's convolutions, on sound that lies frame by frame: [rows][length][channels].
//
//   Why      all numbers that go into an output then lie in a few stretches, whatever the kernel, its stride and its dilation: each
//            convolution is one matrix product over them (fast/floats.h), without a copy of its input. A transposed one whose kernel is
//            twice its stride is a convolution of kernel 2 with stride times as many outputs, which lie as the sound goes on
//   Method   tiles of some frames, shared out among threads (parallel.h); frames at the ends are laid out with their padding first. A
//            residual block keeps what is between its convolutions to the tile
//   Same as  at::conv1d and at::conv_transpose1d after padding, to rounding (a test holds it to that)
//   Memory   the weights once more, in another order; beside input and output no more than a tile a thread
//   Threads  free

#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "neural/encodec/encodec_settings.h"

namespace figment::neural {

struct Convolution {
  std::int64_t inputs = 0, outputs = 0, kernel = 1, stride = 1, dilation = 1;
  std::vector<float> weights, bias;        // to_panels of [kernel · inputs][outputs]; of few outputs rows of kernel · inputs

  // Of a weight [outputs, inputs, kernel].
  Convolution(const at::Tensor& weight, const at::Tensor& bias, std::int64_t stride, std::int64_t dilation);
  // How far a window reaches.
  [[nodiscard]] std::int64_t reach() const noexcept { return (kernel - 1) * dilation + 1; }
  // Its kernel is read as rows, because most of a panel would be empty.
  [[nodiscard]] bool few() const noexcept { return outputs < 8 && dilation == 1; }
};

// A transposed convolution of a weight [inputs, outputs, 2 · stride].
struct Transposed {
  std::int64_t stride = 1, outputs = 0;
  Convolution windows;                     // kernel 2, stride · outputs outputs

  Transposed(const at::Tensor& weight, const at::Tensor& bias, std::int64_t stride);
};

// As many frames as there are strides begun: all padding that a window lacks is put on the left (causal), or left and right alike.
[[nodiscard]] at::Tensor convolve(const Convolution& c, const at::Tensor& x, Padding padding, bool causal);

// stride · length frames: of its overhang `right` frames are cut on the right, the rest on the left.
[[nodiscard]] at::Tensor convolve(const Transposed& t, const at::Tensor& x, std::int64_t right);

// wide(ELU(narrow(ELU(x)))) + shortcut(x), or + x where there is no shortcut.
[[nodiscard]] at::Tensor residual(const Convolution& narrow, const Convolution& wide, const Convolution* shortcut, const at::Tensor& x, Padding padding, bool causal);

// In another tensor.
[[nodiscard]] at::Tensor elu_of(const at::Tensor& x);
// Over x.
void elu_in_place(at::Tensor& x);

}  // namespace figment::neural
