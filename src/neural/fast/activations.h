// What lies between the matrix products of a network: norms, gates, activations, softmax.
//
//   Method   Highway, dispatched at run time. Numbers lie as [places][channels], so that what belongs to a channel lies along a vector
//   Exact    float32. GELU by gelu-inl.h; exp by Highway's; sums in float32 over short stretches and in double over these
//   Threads  free; each call does the part it is told; no allocation
//   Cost     GELU about 1 ns a number with AVX2, half that with AVX-512

#pragma once

#include <cstdint>

namespace figment::neural {

// The sum of numbers and that of their squares.
struct Moments {
  double sum = 0, squares = 0;
  void add(const Moments& other) noexcept { sum += other.sum, squares += other.squares; }
};
[[nodiscard]] Moments moments(const float* in, std::int64_t count) noexcept;

// x · Φ(x), where Φ is the normal distribution's (Hendrycks and Gimpel 2016); in place where `out` is `in`.
void gelu(const float* in, std::int64_t count, float* out) noexcept;
// out += gelu(in)
void add_gelu(const float* in, std::int64_t count, float* out) noexcept;
// Of each of `places`: in · scale + shift by channel, then GELU. In place.
void scale_gelu(float* x, std::int64_t places, std::int64_t channels, const float* scale, const float* shift) noexcept;
void scale_shift(float* x, std::int64_t places, std::int64_t channels, const float* scale, const float* shift) noexcept;

// Gated linear units (Dauphin et al. 2016): a · σ(b), where each place has `channels` a and then as many b.
void glu(const float* in, std::int64_t places, std::int64_t channels, float* out, std::int64_t out_stride) noexcept;
// out += gain · glu(in · scale + shift), by channel.
void add_scaled_glu(const float* in, std::int64_t places, std::int64_t channels, const float* scale, const float* shift, const float* gain, float* out, std::int64_t out_stride) noexcept;

// out += gain · in, by channel.
void add_scaled(const float* in, std::int64_t places, std::int64_t channels, const float* gain, float* out, std::int64_t out_stride) noexcept;

// Layer norm (Ba, Kiros, Hinton 2016) of each place.
void layer_norm(const float* in, std::int64_t places, std::int64_t channels, const float* weight, const float* bias, float epsilon, float* out) noexcept;

// e^(scale · (x - the highest x)), in place. Returns their sum.
float exponentials(float* x, std::int64_t count, float scale) noexcept;

}  // namespace figment::neural
