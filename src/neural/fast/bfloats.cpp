#include "neural/fast/bfloats.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"       // GCC 12's own header, of registers that a mask of all ones fills
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

constexpr int kRows = 4;                 // of weights, by …
constexpr int kColumns = 5;
constexpr std::int64_t kColumnsAtOnce = 20;

// `next`: rows that will be wanted soon.
template <int R, int C>
FIGMENT_TARGET inline void dots(const float* weights, std::int64_t width, const Bfloat16* in, std::int64_t in_stride, float* out, std::int64_t out_stride, const float* next, int ahead) noexcept {
  __m512 sums[R][C];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 5
    for (int c = 0; c < C; ++c) sums[r][c] = _mm512_setzero_ps();
  for (std::int64_t i = 0; i < width; i += 2 * kLanes) {
    const std::int64_t left = width - i;
    const __mmask16 low = left >= kLanes ? 0xFFFF : static_cast<__mmask16>((1 << left) - 1), high = left >= 2 * kLanes ? 0xFFFF : left <= kLanes ? 0 : static_cast<__mmask16>((1 << (left - kLanes)) - 1);
    const __mmask32 both = static_cast<__mmask32>(low) | static_cast<__mmask32>(high) << kLanes;
    __m512bh x[C];
#pragma GCC unroll 5
    for (int c = 0; c < C; ++c) x[c] = (__m512bh)_mm512_maskz_loadu_epi16(both, in + c * in_stride + i);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const float* w = weights + r * width + i;
      const __m512bh rounded = _mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(high, w + kLanes), _mm512_maskz_loadu_ps(low, w));
#pragma GCC unroll 5
      for (int c = 0; c < C; ++c) sums[r][c] = _mm512_dpbf16_ps(sums[r][c], rounded, x[c]);
    }
    for (int r = 0; r < ahead; ++r) __builtin_prefetch(next + r * width + i), __builtin_prefetch(next + r * width + i + kLanes);
  }
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 5
    for (int c = 0; c < C; ++c) out[c * out_stride + r] = _mm512_reduce_add_ps(sums[r][c]);
}

template <int R>
FIGMENT_TARGET inline void dot_columns(int columns, const float* weights, std::int64_t width, const Bfloat16* in, std::int64_t in_stride, float* out, std::int64_t out_stride, const float* next, int ahead) noexcept {
  switch (columns) {
    case 1: return dots<R, 1>(weights, width, in, in_stride, out, out_stride, next, ahead);
    case 2: return dots<R, 2>(weights, width, in, in_stride, out, out_stride, next, ahead);
    case 3: return dots<R, 3>(weights, width, in, in_stride, out, out_stride, next, ahead);
    case 4: return dots<R, 4>(weights, width, in, in_stride, out, out_stride, next, ahead);
    default: return dots<R, kColumns>(weights, width, in, in_stride, out, out_stride, next, ahead);
  }
}

FIGMENT_TARGET void dots_here(const float* weights, std::int64_t first, std::int64_t last, std::int64_t width, const Bfloat16* in, std::int64_t in_stride, std::int64_t count, float* out, std::int64_t out_stride) noexcept {
  for (std::int64_t from = 0; from < count; from += kColumnsAtOnce) {
    const std::int64_t some = std::min(count - from, kColumnsAtOnce), passes = (some + kColumns - 1) / kColumns;
    for (std::int64_t row = first; row < last;) {
      const bool four = last - row >= kRows, more = last - row >= 2 * kRows;
      const float* w = weights + row * width;
      for (std::int64_t p = 0; p < passes; ++p) {        // while one pass multiplies, its share of the next rows is fetched
        const std::int64_t c = from + some * p / passes, low = kRows * p / passes, high = kRows * (p + 1) / passes;
        const int columns = static_cast<int>(from + some * (p + 1) / passes - c);
        if (four) dot_columns<kRows>(columns, w, width, in + c * in_stride, in_stride, out + c * out_stride + row, out_stride, w + (kRows + low) * width, more ? static_cast<int>(high - low) : 0);
        else dot_columns<1>(columns, w, width, in + c * in_stride, in_stride, out + c * out_stride + row, out_stride, w, 0);
      }
      row += four ? kRows : 1;
    }
  }
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

void dot_rows_rounded(const float* weights, std::int64_t first, std::int64_t last, std::int64_t width, const Bfloat16* in, std::int64_t in_stride, std::int64_t count, float* out, std::int64_t out_stride) noexcept {
  assert(has_bfloats() && width % 2 == 0);
#ifdef FIGMENT_BFLOATS
  dots_here(weights, first, last, width, in, in_stride, count, out, out_stride);
#endif
}

}  // namespace figment::neural
