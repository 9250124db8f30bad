// The inner loops of the networks that stay float32, for whatever vector unit the processor has.
//
//   Why      a general library packs both matrices into its own order before it multiplies: with 20 columns, or one, that takes longer
//            than the product. Here weights are read once, where they lie, and neither it nor its threads have to be well set up
//   Method   Highway, dispatched at run time. dot_rows goes along rows and columns alike and adds up across the vector at the end;
//            convolve takes 32 outputs side by side and one number of the input for all of them
//   Exact    float32 throughout; sums in another order than LibTorch's, so equal to about 1e-6. The same bits whichever part of the
//            rows, columns or windows a call does
//   Threads  free; each call does the part it is told; no allocation

#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace figment::neural {

// out[c · out_stride + r] = Σ weights[r · width + i] · in[c · in_stride + i] + bias[r], for rows first … last of a matrix as files have
// it, and `count` columns, which may overlap. No bias: nullptr. `add`: added to what `out` holds.
void dot_rows(const float* weights, std::int64_t first, std::int64_t last, std::int64_t width, const float* in, std::int64_t in_stride, std::int64_t count, const float* bias, bool add, float* out, std::int64_t out_stride) noexcept;

// A matrix [inputs][outputs] in panels of 32 outputs, each of which lies as [inputs][32], filled up with zeros.
inline constexpr std::int64_t kPanel = 32;
[[nodiscard]] std::vector<float> to_panels(std::span<const float> matrix, std::int64_t inputs, std::int64_t outputs);

// What goes into each sum: `runs` stretches of `length` numbers, `spacing` apart; those of the next sum begin `step` further on.
struct Windows {
  std::int64_t runs = 1, length = 0, spacing = 0, step = 0;
};

// out[t · out_stride + o] = Σ panels[n][o] · (number n of window t) + bias[o], for windows 0 … count and the outputs first … last
// (whole panels) of `outputs`. `add`: added to what `out` holds.
void convolve(const float* panels, std::int64_t first, std::int64_t last, std::int64_t outputs, const Windows& windows, const float* in, std::int64_t count, const float* bias, bool add, float* out, std::int64_t out_stride) noexcept;

// x where it is above 0, e^x - 1 elsewhere.
void elu(const float* in, std::int64_t count, float* out) noexcept;

// One step of an LSTM (Hochreiter and Schmidhuber 1997) for `count` units, from the sums that go into their gates: input, forget,
// candidate, output. `cell` is changed.
void lstm_gates(const float* input, const float* forget, const float* candidate, const float* output, std::int64_t count, float* cell, float* hidden) noexcept;

}  // namespace figment::neural
