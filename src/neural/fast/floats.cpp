#include "neural/fast/floats.h"

// Vectors whose length is known only at run time cannot stand in arrays.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "neural/fast/floats.cpp"
#include <hwy/foreach_target.h>   // IWYU pragma: keep
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace figment::neural {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr std::int64_t kLanes = hn::MaxLanes(D());
// Sums that are kept in registers: AVX-512 and NEON have 32 of those, others 16.
constexpr bool kMany = HWY_ARCH_ARM_A64 || (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3);
constexpr int kRows = 4;                 // of weights, by …
constexpr int kColumns = kMany ? 6 : 2;
constexpr std::int64_t kColumnsAtOnce = 24;   // while a few rows of weights are near
constexpr int kWindows = kMany ? 12 : 6;      // by two vectors of outputs

// The blocks of 128 bits of a vector, added up.
template <class W>
HWY_INLINE auto Folded(W v) {
  const hn::DFromV<W> d;
  if constexpr (hn::MaxLanes(d) > 4) {
    const hn::Half<hn::DFromV<W>> half;
    return Folded(hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  } else {
    return v;
  }
}

// The sums over the lanes of four vectors, side by side.
HWY_INLINE hn::Vec<hn::CappedTag<float, 4>> SumsOf(V a, V b, V c, V e) {
  const D d;
  const hn::Repartition<double, D> pairs;
  const auto ab = hn::BitCast(pairs, hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b)));
  const auto ce = hn::BitCast(pairs, hn::Add(hn::InterleaveLower(d, c, e), hn::InterleaveUpper(d, c, e)));
  return Folded(hn::Add(hn::BitCast(d, hn::InterleaveLower(pairs, ab, ce)), hn::BitCast(d, hn::InterleaveUpper(pairs, ab, ce))));
}

// `next`: numbers that will be wanted soon, `width` of them for each of `ahead` rows.
template <int R, int C>
HWY_INLINE void Dots(const float* weights, std::int64_t width, const float* in, std::int64_t in_stride, const float* bias, bool add, float* out, std::int64_t out_stride, const float* next, int ahead) {
  const D d;
  V sums[R][C];
  for (int r = 0; r < R; ++r)
    for (int c = 0; c < C; ++c) sums[r][c] = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + kLanes <= width; i += kLanes) {
    V x[C];
    for (int c = 0; c < C; ++c) x[c] = hn::LoadU(d, in + c * in_stride + i);
    for (int r = 0; r < R; ++r) {
      const V w = hn::LoadU(d, weights + r * width + i);
      for (int c = 0; c < C; ++c) sums[r][c] = hn::MulAdd(w, x[c], sums[r][c]);
    }
    for (int r = 0; r < ahead; ++r) __builtin_prefetch(next + r * width + i);
  }
  if (i < width) {
    const auto there = hn::FirstN(d, static_cast<std::size_t>(width - i));
    for (int r = 0; r < R; ++r) {
      const V w = hn::MaskedLoad(there, d, weights + r * width + i);
      for (int c = 0; c < C; ++c) sums[r][c] = hn::MulAdd(w, hn::MaskedLoad(there, d, in + c * in_stride + i), sums[r][c]);
    }
  }
  for (int c = 0; c < C; ++c) {
    float* to = out + c * out_stride;
    if constexpr (R == 4) {
      const hn::CappedTag<float, 4> four;
      auto sum = SumsOf(sums[0][c], sums[1][c], sums[2][c], sums[3][c]);
      if (bias != nullptr) sum = hn::Add(sum, hn::LoadU(four, bias));
      if (add) sum = hn::Add(sum, hn::LoadU(four, to));
      hn::StoreU(sum, four, to);
    } else {
      const V none = hn::Zero(d);
      const float sum = hn::GetLane(SumsOf(sums[0][c], none, none, none)) + (bias != nullptr ? bias[0] : 0);   // in the order of four
      *to = add ? *to + sum : sum;
    }
  }
}

template <int R>
HWY_INLINE void DotColumns(int columns, const float* weights, std::int64_t width, const float* in, std::int64_t in_stride, const float* bias, bool add, float* out, std::int64_t out_stride, const float* next, int ahead) {
  const auto run = [&](auto c) { Dots<R, decltype(c)::value>(weights, width, in, in_stride, bias, add, out, out_stride, next, ahead); };
  switch (columns) {
    case 1: return run(std::integral_constant<int, 1>());
    case 2: return run(std::integral_constant<int, 2>());
    case 3: return run(std::integral_constant<int, 3>());
    case 4: return run(std::integral_constant<int, 4>());
    case 5: return run(std::integral_constant<int, 5>());
    default: return run(std::integral_constant<int, 6>());
  }
}

void DotRows(const float* weights, std::int64_t first, std::int64_t last, std::int64_t width, const float* in, std::int64_t in_stride, std::int64_t count, const float* bias, bool add, float* out, std::int64_t out_stride) {
  for (std::int64_t from = 0; from < count; from += kColumnsAtOnce) {
    const std::int64_t some = std::min(count - from, kColumnsAtOnce), passes = (some + kColumns - 1) / kColumns;
    for (std::int64_t row = first; row < last;) {
      const bool four = last - row >= kRows, more = last - row >= 2 * kRows && passes > 1;
      const float* w = weights + row * width;
      const float* b = bias != nullptr ? bias + row : nullptr;
      // While one pass computes, its share of the next rows is fetched.
      for (std::int64_t p = 0; p < passes; ++p) {
        const std::int64_t c = from + some * p / passes;
        const int columns = static_cast<int>(from + some * (p + 1) / passes - c);
        const std::int64_t low = kRows * p / passes, high = kRows * (p + 1) / passes;
        const float* x = in + c * in_stride;
        float* to = out + c * out_stride + row;
        if (four) DotColumns<kRows>(columns, w, width, x, in_stride, b, add, to, out_stride, w + (kRows + low) * width, more ? static_cast<int>(high - low) : 0);
        else DotColumns<1>(columns, w, width, x, in_stride, b, add, to, out_stride, w, 0);
      }
      row += four ? kRows : 1;
    }
  }
}

// `T` windows, two vectors of outputs, of which `there` are real.
template <int T>
HWY_INLINE void Tile(const float* panel, const Windows& w, const float* in, const float* bias, bool add, std::int64_t there, float* out, std::int64_t out_stride) {
  const D d;
  V a[T], b[T];
  const auto first = hn::FirstN(d, static_cast<std::size_t>(std::min(there, kLanes))), second = hn::FirstN(d, static_cast<std::size_t>(std::clamp<std::int64_t>(there - kLanes, 0, kLanes)));
  for (int t = 0; t < T; ++t) {
    a[t] = hn::MaskedLoad(first, d, bias), b[t] = hn::MaskedLoad(second, d, bias + kLanes);
    if (add) a[t] = hn::Add(a[t], hn::MaskedLoad(first, d, out + t * out_stride)), b[t] = hn::Add(b[t], hn::MaskedLoad(second, d, out + t * out_stride + kLanes));
  }
  for (std::int64_t run = 0; run < w.runs; ++run) {
    // Three windows share a pointer, so that all pointers find room in registers.
    const float* x[(T + 2) / 3];
    for (int t = 0; t < T; t += 3) x[t / 3] = in + run * w.spacing + t * w.step;
    for (std::int64_t i = 0; i < w.length; ++i, panel += kPanel) {
      const V wa = hn::LoadU(d, panel), wb = hn::LoadU(d, panel + kLanes);
      for (int t = 0; t < T; ++t) {
        const V number = hn::Set(d, x[t / 3][(t % 3) * w.step]);
        a[t] = hn::MulAdd(wa, number, a[t]), b[t] = hn::MulAdd(wb, number, b[t]);
      }
      for (int t = 0; t < T; t += 3) ++x[t / 3];
    }
  }
  for (int t = 0; t < T; ++t) {
    hn::BlendedStore(a[t], first, d, out + t * out_stride);
    if (there > kLanes) hn::BlendedStore(b[t], second, d, out + t * out_stride + kLanes);
  }
}

void Convolve(const float* panels, std::int64_t first, std::int64_t last, std::int64_t outputs, const Windows& w, const float* in, std::int64_t count, const float* bias, bool add, float* out, std::int64_t out_stride) {
  const std::int64_t inputs = w.runs * w.length;
  for (std::int64_t o = first; o < last; o += 2 * kLanes) {
    const float* panel = panels + o / kPanel * inputs * kPanel + o % kPanel;
    const std::int64_t there = std::min(2 * kLanes, outputs - o);
    if (there <= 0) break;
    std::int64_t t = 0;
    const auto tile = [&](auto windows) {
      Tile<decltype(windows)::value>(panel, w, in + t * w.step, bias + o, add, there, out + t * out_stride + o, out_stride);
      t += windows;
    };
    while (t + kWindows <= count) tile(std::integral_constant<int, kWindows>());
    while (t + 3 <= count) tile(std::integral_constant<int, 3>());
    while (t < count) tile(std::integral_constant<int, 1>());
  }
}

HWY_INLINE V EluOf(V x) {
  const D d;
  return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), x, hn::Sub(hn::Exp(d, hn::Min(x, hn::Zero(d))), hn::Set(d, 1.0F)));
}

void Elu(const float* in, std::int64_t count, float* out) {
  const D d;
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) hn::StoreU(EluOf(hn::LoadU(d, in + i)), d, out + i);
  if (i < count) {
    const auto there = hn::FirstN(d, static_cast<std::size_t>(count - i));
    hn::BlendedStore(EluOf(hn::MaskedLoad(there, d, in + i)), there, d, out + i);
  }
}

HWY_INLINE V Sigmoid(V x) {
  const D d;
  const V one = hn::Set(d, 1.0F);
  return hn::Div(one, hn::Add(one, hn::Exp(d, hn::Neg(x))));
}

void LstmGates(const float* input, const float* forget, const float* candidate, const float* output, std::int64_t count, float* cell, float* hidden) {
  const D d;
  for (std::int64_t i = 0; i < count; i += kLanes) {
    const auto there = hn::FirstN(d, static_cast<std::size_t>(std::min(kLanes, count - i)));
    const auto load = [&](const float* from) { return hn::MaskedLoad(there, d, from + i); };
    const V c = hn::MulAdd(Sigmoid(load(forget)), load(cell), hn::Mul(Sigmoid(load(input)), hn::Tanh(d, load(candidate))));
    hn::BlendedStore(c, there, d, cell + i);
    hn::BlendedStore(hn::Mul(Sigmoid(load(output)), hn::Tanh(d, c)), there, d, hidden + i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace figment::neural
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace figment::neural {

HWY_EXPORT(DotRows);
HWY_EXPORT(Convolve);
HWY_EXPORT(Elu);
HWY_EXPORT(LstmGates);

void dot_rows(const float* weights, std::int64_t first, std::int64_t last, std::int64_t width, const float* in, std::int64_t in_stride, std::int64_t count, const float* bias, bool add, float* out, std::int64_t out_stride) noexcept {
  HWY_DYNAMIC_DISPATCH(DotRows)(weights, first, last, width, in, in_stride, count, bias, add, out, out_stride);
}
void convolve(const float* panels, std::int64_t first, std::int64_t last, std::int64_t outputs, const Windows& windows, const float* in, std::int64_t count, const float* bias, bool add, float* out, std::int64_t out_stride) noexcept {
  HWY_DYNAMIC_DISPATCH(Convolve)(panels, first, last, outputs, windows, in, count, bias, add, out, out_stride);
}
void elu(const float* in, std::int64_t count, float* out) noexcept { HWY_DYNAMIC_DISPATCH(Elu)(in, count, out); }
void lstm_gates(const float* input, const float* forget, const float* candidate, const float* output, std::int64_t count, float* cell, float* hidden) noexcept {
  HWY_DYNAMIC_DISPATCH(LstmGates)(input, forget, candidate, output, count, cell, hidden);
}

std::vector<float> to_panels(std::span<const float> matrix, std::int64_t inputs, std::int64_t outputs) {
  std::vector<float> panels(static_cast<std::size_t>((outputs + kPanel - 1) / kPanel * kPanel * inputs));
  for (std::int64_t n = 0; n < inputs; ++n)
    for (std::int64_t o = 0; o < outputs; ++o) panels[static_cast<std::size_t>((o / kPanel * inputs + n) * kPanel + o % kPanel)] = matrix[static_cast<std::size_t>(n * outputs + o)];
  return panels;
}

}  // namespace figment::neural
#endif
