// EnCodec's LSTM layers (Hochreiter and Schmidhuber 1997), on frames [rows][length][width].
//
//   Method   what goes in is multiplied for all frames at once; then step by step, a thread's share of the units with all their gates,
//            so that the threads meet once a step. A step reads the recurrent matrix once, which is all it costs: 16 MB at EnCodec's
//            1024 units
//   Same as  at::lstm to rounding (a test holds it to that)
//   Threads  free; as many are used as LibTorch may (parallel.h)

#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace figment::neural {

// `weights`: for each layer weight_ih, weight_hh, bias_ih, bias_hh, float32 as files have them. `hidden` and `cell` [layers][rows][width]:
// where the layers stand before, and after.
[[nodiscard]] at::Tensor lstm(const std::vector<at::Tensor>& weights, const at::Tensor& x, at::Tensor& hidden, at::Tensor& cell);

}  // namespace figment::neural
