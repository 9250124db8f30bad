#include "neural/fast/bfloats.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define FIGMENT_BFLOATS 1
#endif

namespace figment::neural {
namespace {

Bfloat16 nearest(float x) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return static_cast<Bfloat16>((bits >> 16) | 0x40U);     // not a number stays one
  return static_cast<Bfloat16>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

#ifdef FIGMENT_BFLOATS
// Highway 1.0 has no such product, so it is called by its own name.
#define FIGMENT_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma,prefer-vector-width=512")))
constexpr int kLanes = 16;
constexpr int kWindows = 12;             // by two vectors of outputs: 24 sums in registers

template <int T>
FIGMENT_TARGET inline void tile(const Bfloat16* panel, const Windows& w, const Bfloat16* in, const float* bias, bool add, std::int64_t there, float* out, std::int64_t out_stride) noexcept {
  const auto mask = [](std::int64_t n) { return static_cast<__mmask16>(n >= kLanes ? 0xFFFF : n <= 0 ? 0 : (1 << n) - 1); };
  const __mmask16 first = mask(there), second = mask(there - kLanes);
  __m512 a[T], b[T];
  for (int t = 0; t < T; ++t) {
    a[t] = _mm512_maskz_loadu_ps(first, bias), b[t] = _mm512_maskz_loadu_ps(second, bias + kLanes);
    if (add) a[t] = _mm512_add_ps(a[t], _mm512_maskz_loadu_ps(first, out + t * out_stride)), b[t] = _mm512_add_ps(b[t], _mm512_maskz_loadu_ps(second, out + t * out_stride + kLanes));
  }
  for (std::int64_t run = 0; run < w.runs; ++run) {
    const Bfloat16* x[(T + 2) / 3];        // three windows share a pointer
    for (int t = 0; t < T; t += 3) x[t / 3] = in + run * w.spacing + t * w.step;
    for (std::int64_t i = 0; i < w.length; i += 2, panel += 2 * kPanel) {
      const auto wa = (__m512bh)_mm512_loadu_si512(panel), wb = (__m512bh)_mm512_loadu_si512(panel + 2 * kLanes);
#pragma GCC unroll 12
      for (int t = 0; t < T; ++t) {
        std::int32_t pair = 0;
        std::memcpy(&pair, x[t / 3] + (t % 3) * w.step, sizeof pair);
        const auto both = (__m512bh)_mm512_set1_epi32(pair);
        a[t] = _mm512_dpbf16_ps(a[t], wa, both), b[t] = _mm512_dpbf16_ps(b[t], wb, both);
      }
      for (int t = 0; t < T; t += 3) x[t / 3] += 2;
    }
  }
  for (int t = 0; t < T; ++t) {
    _mm512_mask_storeu_ps(out + t * out_stride, first, a[t]);
    if (there > kLanes) _mm512_mask_storeu_ps(out + t * out_stride + kLanes, second, b[t]);
  }
}

FIGMENT_TARGET void convolve_here(const Bfloat16* panels, std::int64_t outputs, const Windows& w, const Bfloat16* in, std::int64_t count, const float* bias, bool add, float* out, std::int64_t out_stride) noexcept {
  const std::int64_t inputs = w.runs * w.length;
  for (std::int64_t o = 0; o < outputs; o += kPanel, panels += inputs * kPanel) {
    const std::int64_t there = std::min(kPanel, outputs - o);
    std::int64_t t = 0;
    for (; t + kWindows <= count; t += kWindows) tile<kWindows>(panels, w, in + t * w.step, bias + o, add, there, out + t * out_stride + o, out_stride);
    for (; t + 3 <= count; t += 3) tile<3>(panels, w, in + t * w.step, bias + o, add, there, out + t * out_stride + o, out_stride);
    for (; t < count; ++t) tile<1>(panels, w, in + t * w.step, bias + o, add, there, out + t * out_stride + o, out_stride);
  }
}

FIGMENT_TARGET std::int64_t bfloats_here(const float* in, std::int64_t count, Bfloat16* out) noexcept {
  std::int64_t i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) _mm512_storeu_si512(out + i, (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(in + i + kLanes), _mm512_loadu_ps(in + i)));
  return i;
}
#endif

}  // namespace

bool has_bfloats() noexcept {
#ifdef FIGMENT_BFLOATS
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bf16");
  return has;
#else
  return false;
#endif
}

void to_bfloats(const float* in, std::int64_t count, Bfloat16* out) noexcept {
  std::int64_t i = 0;
#ifdef FIGMENT_BFLOATS
  if (has_bfloats()) i = bfloats_here(in, count, out);
#endif
  for (; i < count; ++i) out[i] = nearest(in[i]);
}

std::vector<Bfloat16> to_bfloat_panels(std::span<const float> matrix, std::int64_t inputs, std::int64_t outputs) {
  assert(inputs % 2 == 0);
  std::vector<Bfloat16> panels(static_cast<std::size_t>((outputs + kPanel - 1) / kPanel * kPanel * inputs));
  for (std::int64_t n = 0; n < inputs; ++n)
    for (std::int64_t o = 0; o < outputs; ++o) panels[static_cast<std::size_t>(((o / kPanel * (inputs / 2) + n / 2) * kPanel + o % kPanel) * 2 + n % 2)] = nearest(matrix[static_cast<std::size_t>(n * outputs + o)]);
  return panels;
}

void convolve_bfloats(const Bfloat16* panels, std::int64_t outputs, const Windows& windows, const Bfloat16* in, std::int64_t count, const float* bias, bool add, float* out, std::int64_t out_stride) noexcept {
  assert(has_bfloats() && windows.length % 2 == 0);
#ifdef FIGMENT_BFLOATS
  convolve_here(panels, outputs, windows, in, count, bias, add, out, out_stride);
#endif
}

}  // namespace figment::neural
