#include "neural/fast/activations.h"

#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "neural/fast/activations.cpp"
#include <hwy/foreach_target.h>   // IWYU pragma: keep
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>
#include "neural/fast/gelu-inl.h"

#include <algorithm>
#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace figment::neural {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr std::int64_t kLanes = hn::MaxLanes(D());
constexpr std::int64_t kShort = 256;     // numbers that are summed in float32, a lane at a time

// work(load, store, i): load(pointer) gives the vector at i, store(vector, pointer) puts it there; the last is as long as there is.
template <class Work>
HWY_INLINE void Each(std::int64_t count, const Work& work) {
  const D d;
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    work([&](const float* p) { return hn::LoadU(d, p + i); }, [&](V v, float* p) { hn::StoreU(v, d, p + i); });
  if (i < count) {
    const auto there = hn::FirstN(d, static_cast<std::size_t>(count - i));
    work([&](const float* p) { return hn::MaskedLoad(there, d, p + i); }, [&](V v, float* p) { hn::BlendedStore(v, there, d, p + i); });
  }
}

// a · σ(b). e^-b would be infinite, and the quotient no number, for b far below 0.
HWY_INLINE V Gated(V a, V b) {
  const D d;
  return hn::Div(a, hn::Add(hn::Set(d, 1.0F), hn::Exp(d, hn::Min(hn::Neg(b), hn::Set(d, 80.0F)))));
}

HWY_INLINE float SumOf(V v) {
  const D d;
  return hn::GetLane(hn::SumOfLanes(d, v));
}

Moments MomentsOf(const float* in, std::int64_t count) {
  const D d;
  Moments all;
  for (std::int64_t from = 0; from < count; from += kShort * kLanes) {
    V sum = hn::Zero(d), squares = hn::Zero(d);
    const float* start = in + from;
    Each(std::min(count - from, kShort * kLanes), [&](const auto& load, const auto&) {
      const V x = load(start);
      sum = hn::Add(sum, x), squares = hn::MulAdd(x, x, squares);
    });
    all.sum += static_cast<double>(SumOf(sum)), all.squares += static_cast<double>(SumOf(squares));
  }
  return all;
}

void Gelu(const float* in, std::int64_t count, float* out) {
  Each(count, [&](const auto& load, const auto& store) { store(GeluOf(D(), load(in)), out); });
}
void AddGelu(const float* in, std::int64_t count, float* out) {
  Each(count, [&](const auto& load, const auto& store) { store(hn::Add(load(out), GeluOf(D(), load(in))), out); });
}
void ScaleGelu(float* x, std::int64_t places, std::int64_t channels, const float* scale, const float* shift) {
  for (std::int64_t p = 0; p < places; ++p, x += channels)
    Each(channels, [&](const auto& load, const auto& store) { store(GeluOf(D(), hn::MulAdd(load(x), load(scale), load(shift))), x); });
}
void ScaleShift(float* x, std::int64_t places, std::int64_t channels, const float* scale, const float* shift) {
  for (std::int64_t p = 0; p < places; ++p, x += channels)
    Each(channels, [&](const auto& load, const auto& store) { store(hn::MulAdd(load(x), load(scale), load(shift)), x); });
}
void Glu(const float* in, std::int64_t places, std::int64_t channels, float* out, std::int64_t out_stride) {
  for (std::int64_t p = 0; p < places; ++p, in += 2 * channels, out += out_stride)
    Each(channels, [&](const auto& load, const auto& store) { store(Gated(load(in), load(in + channels)), out); });
}
void AddScaledGlu(const float* in, std::int64_t places, std::int64_t channels, const float* scale, const float* shift, const float* gain, float* out, std::int64_t out_stride) {
  for (std::int64_t p = 0; p < places; ++p, in += 2 * channels, out += out_stride)
    Each(channels, [&](const auto& load, const auto& store) {
      const V a = hn::MulAdd(load(in), load(scale), load(shift)), b = hn::MulAdd(load(in + channels), load(scale + channels), load(shift + channels));
      store(hn::MulAdd(load(gain), Gated(a, b), load(out)), out);
    });
}
void AddScaled(const float* in, std::int64_t places, std::int64_t channels, const float* gain, float* out, std::int64_t out_stride) {
  for (std::int64_t p = 0; p < places; ++p, in += channels, out += out_stride)
    Each(channels, [&](const auto& load, const auto& store) { store(hn::MulAdd(load(gain), load(in), load(out)), out); });
}

void LayerNorm(const float* in, std::int64_t places, std::int64_t channels, const float* weight, const float* bias, float epsilon, float* out) {
  const D d;
  for (std::int64_t p = 0; p < places; ++p, in += channels, out += channels) {
    V sum = hn::Zero(d);
    Each(channels, [&](const auto& load, const auto&) { sum = hn::Add(sum, load(in)); });
    const float mean = SumOf(sum) / static_cast<float>(channels);
    const V middle = hn::Set(d, mean);
    float squares = 0;
    V even = hn::Zero(d);
    std::int64_t i = 0;
    for (; i + kLanes <= channels; i += kLanes) {
      const V x = hn::Sub(hn::LoadU(d, in + i), middle);
      even = hn::MulAdd(x, x, even);
    }
    for (; i < channels; ++i) squares += (in[i] - mean) * (in[i] - mean);
    squares += SumOf(even);
    const V factor = hn::Set(d, 1.0F / std::sqrt(squares / static_cast<float>(channels) + epsilon));
    Each(channels, [&](const auto& load, const auto& store) { store(hn::MulAdd(hn::Mul(hn::Sub(load(in), middle), factor), load(weight), load(bias)), out); });
  }
}

float Exponentials(float* x, std::int64_t count, float scale) {
  const D d;
  const float highest = *std::max_element(x, x + std::min(count, kLanes));
  V most = hn::Set(d, highest);
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) most = hn::Max(most, hn::LoadU(d, x + i));
  float top = hn::GetLane(hn::MaxOfLanes(d, most));
  for (; i < count; ++i) top = std::max(top, x[i]);
  const V factor = hn::Set(d, scale), shift = hn::Set(d, -scale * top);
  V sum = hn::Zero(d);
  for (i = 0; i + kLanes <= count; i += kLanes) {
    const V e = hn::Exp(d, hn::MulAdd(hn::LoadU(d, x + i), factor, shift));
    sum = hn::Add(sum, e);
    hn::StoreU(e, d, x + i);
  }
  float rest = 0;
  for (; i < count; ++i) x[i] = std::exp(scale * (x[i] - top)), rest += x[i];
  return SumOf(sum) + rest;
}

}  // namespace HWY_NAMESPACE
}  // namespace figment::neural
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace figment::neural {

HWY_EXPORT(MomentsOf);
HWY_EXPORT(Gelu);
HWY_EXPORT(AddGelu);
HWY_EXPORT(ScaleGelu);
HWY_EXPORT(ScaleShift);
HWY_EXPORT(Glu);
HWY_EXPORT(AddScaledGlu);
HWY_EXPORT(AddScaled);
HWY_EXPORT(LayerNorm);
HWY_EXPORT(Exponentials);

Moments moments(const float* in, std::int64_t count) noexcept { return HWY_DYNAMIC_DISPATCH(MomentsOf)(in, count); }
void gelu(const float* in, std::int64_t count, float* out) noexcept { HWY_DYNAMIC_DISPATCH(Gelu)(in, count, out); }
void add_gelu(const float* in, std::int64_t count, float* out) noexcept { HWY_DYNAMIC_DISPATCH(AddGelu)(in, count, out); }
void scale_gelu(float* x, std::int64_t places, std::int64_t channels, const float* scale, const float* shift) noexcept { HWY_DYNAMIC_DISPATCH(ScaleGelu)(x, places, channels, scale, shift); }
void scale_shift(float* x, std::int64_t places, std::int64_t channels, const float* scale, const float* shift) noexcept { HWY_DYNAMIC_DISPATCH(ScaleShift)(x, places, channels, scale, shift); }
void glu(const float* in, std::int64_t places, std::int64_t channels, float* out, std::int64_t out_stride) noexcept { HWY_DYNAMIC_DISPATCH(Glu)(in, places, channels, out, out_stride); }
void add_scaled_glu(const float* in, std::int64_t places, std::int64_t channels, const float* scale, const float* shift, const float* gain, float* out, std::int64_t out_stride) noexcept {
  HWY_DYNAMIC_DISPATCH(AddScaledGlu)(in, places, channels, scale, shift, gain, out, out_stride);
}
void add_scaled(const float* in, std::int64_t places, std::int64_t channels, const float* gain, float* out, std::int64_t out_stride) noexcept { HWY_DYNAMIC_DISPATCH(AddScaled)(in, places, channels, gain, out, out_stride); }
void layer_norm(const float* in, std::int64_t places, std::int64_t channels, const float* weight, const float* bias, float epsilon, float* out) noexcept { HWY_DYNAMIC_DISPATCH(LayerNorm)(in, places, channels, weight, bias, epsilon, out); }
float exponentials(float* x, std::int64_t count, float scale) noexcept { return HWY_DYNAMIC_DISPATCH(Exponentials)(x, count, scale); }

}  // namespace figment::neural
#endif
