// The inner loops of the fast language model, for whatever vector unit the processor has.
//
//   Method   Highway, dispatched at run time (AVX2, AVX-512, NEON …). Weights stay 8 or 4 bits until they are multiplied; activations
//            become 16-bit numbers with one scale a column, exact enough to be invisible beside the weights' own rounding; sums are
//            whole numbers within a group, floats beyond
//   Shapes   columns lie one after another: column c of `in` begins at in[c · stride]
//   Limits   kMostColumns at a time: weights are read once for all of them
//   Threads  free; each call does the part it is told; no allocation

#pragma once

#include <cstdint>

#include "neural/fast/quantized.h"

namespace figment::neural {

inline constexpr int kMostColumns = 8;

// A column of activations as 16-bit numbers, filled up with zeros to a multiple of kFill.
struct Activations {
  std::int16_t* numbers = nullptr;
  float scale = 0;
};
void to_activations(const float* in, std::int64_t count, Activations& out) noexcept;

enum class Then { Store, Add, Gelu };    // out = x; out += x; out = gelu(x), by the error function

// Rows first … last (whole bands) of matrix times columns. out[c · stride + row].
void multiply(const QuantizedMatrix& matrix, std::int64_t first, std::int64_t last, const Activations* columns, int count, float* out, std::int64_t stride, Then then) noexcept;

// (x - mean) / sqrt(variance + 1e-5) · weight + bias
void layer_norm(const float* in, const float* weight, const float* bias, std::int64_t count, float* out) noexcept;

// One head's attention over `length` keys and values of binary16, `width` numbers each, that lie one after another. `scores` has
// `length` places.
void attend(const float* query, const std::uint16_t* keys, const std::uint16_t* values, std::int64_t length, std::int64_t width, float scale, float* scores, float* out) noexcept;

void to_halves(const float* in, std::int64_t count, std::uint16_t* out) noexcept;

// The name of the vector unit in use, for reports.
[[nodiscard]] const char* vector_unit() noexcept;

}  // namespace figment::neural
