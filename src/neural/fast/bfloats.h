// Products with numbers of 16 bits (bfloat16: the upper half of a float32), where the processor multiplies them itself.
//
//   Why      AVX512-BF16 (Cooper Lake, Zen 4 and later) does twice as many products in the same time, and the numbers take half the cache.
//            Sums stay float32. Each number is off by up to 1/256 of itself, at random: a sum of many is off by about 1/400 of its size
//   Pairs    a product takes two numbers of the input at once: lengths, steps and spacings of Windows are even
//   Order    panels of 32 outputs, each [inputs / 2][32][2]
//   Errors   none: where `has_bfloats` is false nothing here may be called
//   Threads  free; no allocation

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neural/fast/floats.h"

namespace figment::neural {

using Bfloat16 = std::uint16_t;            // bfloat16

[[nodiscard]] bool has_bfloats() noexcept;

// To the nearest, the even one of two.
void to_bfloats(const float* in, std::int64_t count, Bfloat16* out) noexcept;
[[nodiscard]] std::vector<Bfloat16> to_bfloat_panels(std::span<const float> matrix, std::int64_t inputs, std::int64_t outputs);

// As `convolve` of floats.h, for all outputs.
void convolve_bfloats(const Bfloat16* panels, std::int64_t outputs, const Windows& windows, const Bfloat16* in, std::int64_t count, const float* bias, bool add, float* out, std::int64_t out_stride) noexcept;

// As `dot_rows` of floats.h, without bias: the weights are float32 where they lie in a file and are rounded on the way, `in` is rounded
// already. Where a few columns read weights that nobody keeps: half of the multiplying, and no second copy. `width` is even.
void dot_rows_rounded(const float* weights, std::int64_t first, std::int64_t last, std::int64_t width, const Bfloat16* in, std::int64_t in_stride, std::int64_t count, float* out, std::int64_t out_stride) noexcept;

}  // namespace figment::neural
