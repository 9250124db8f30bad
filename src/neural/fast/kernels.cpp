#include "neural/fast/kernels.h"

#include "base/half.h"

// Vectors whose length is known only at run time cannot stand in arrays.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "neural/fast/kernels.cpp"
#include <hwy/foreach_target.h>   // IWYU pragma: keep
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>
#include "neural/fast/gelu-inl.h"

#include <algorithm>
#include <cmath>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace figment::neural {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Sixteen rows at a time: as many vectors as that takes.
using Di32 = hn::CappedTag<std::int32_t, 16>;
using Df32 = hn::Rebind<float, Di32>;
using Di16 = hn::Repartition<std::int16_t, Di32>;
using Du16 = hn::Rebind<std::uint16_t, Di16>;
using Di8 = hn::Rebind<std::int8_t, Di16>;
using Du8 = hn::Rebind<std::uint8_t, Di16>;
using Df16 = hn::Rebind<hwy::float16_t, Df32>;

void ToActivations(const float* in, std::int64_t count, Activations& out) {
  const Df32 df;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(df));
  auto most = hn::Zero(df);
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) most = hn::Max(most, hn::Abs(hn::LoadU(df, in + i)));
  float largest = hn::GetLane(hn::MaxOfLanes(df, most));
  for (; i < count; ++i) largest = std::max(largest, std::abs(in[i]));
  out.scale = largest / 32767;
  const float inverse = largest > 0 ? 32767 / largest : 0;
  const std::int64_t filled = (count + kFill - 1) / kFill * kFill;
  const hn::Rebind<std::int16_t, Di32> half;
  const auto times = hn::Set(df, inverse);
  for (i = 0; i + lanes <= count; i += lanes) hn::StoreU(hn::DemoteTo(half, hn::NearestInt(hn::Mul(hn::LoadU(df, in + i), times))), half, out.numbers + i);
  for (; i < filled; ++i) out.numbers[i] = i < count ? static_cast<std::int16_t>(std::lrint(in[i] * inverse)) : 0;
}

// Two neighbouring activations in every pair of lanes.
template <class D>
HWY_INLINE hn::Vec<Di16> Pair(D, const std::int16_t* at) {
  std::int32_t both;
  std::memcpy(&both, at, sizeof both);
  return hn::BitCast(Di16(), hn::Set(Di32(), both));
}

// `C` columns; kVectors vectors make a band's sixteen rows.
template <int C, bool kFour>
HWY_INLINE void Band(const std::byte* from, std::int64_t groups, const Activations* columns, float* sums /* [C][16] */) {
  const Di32 di;
  const Df32 df;
  const Di16 di16;
  const Di8 di8;
  const Du8 du8;
  const Df16 df16;
  constexpr std::size_t kLanes = hn::MaxLanes(Di32());
  constexpr std::size_t kVectors = 16 / kLanes;
  constexpr int kSize = kFour ? 16 : 32;
  const hn::Repartition<std::uint16_t, Du8> wide;
  const auto levels = hn::LoadDup128(di8, kLevels.data());
  const auto fifteen = hn::Set(du8, 15);
  hn::Vec<Df32> total[C][kVectors];
  for (int c = 0; c < C; ++c)
    for (std::size_t v = 0; v < kVectors; ++v) total[c][v] = hn::Zero(df);
  for (std::int64_t g = 0; g < groups; ++g) {
    const auto* scales = reinterpret_cast<const hwy::float16_t*>(from);
    const auto* weights = reinterpret_cast<const std::uint8_t*>(from) + 32;
    for (std::size_t v = 0; v < kVectors; ++v) {
      hn::Vec<Di32> even[C], odd[C], unused = hn::Zero(di);
      for (int c = 0; c < C; ++c) {
        even[c] = hn::Zero(di);
        odd[c] = hn::Zero(di);
      }
      const std::int64_t at = g * kSize;
      if constexpr (kFour) {
        const std::uint8_t* w = weights + v * 2 * kLanes;
        for (int quad = 0; quad < kSize / 4; ++quad, w += 32) {
          const auto both = hn::LoadU(du8, w);
          const auto low = hn::PromoteTo(di16, hn::TableLookupBytes(levels, hn::BitCast(di8, hn::And(both, fifteen))));
          const auto high = hn::PromoteTo(di16, hn::TableLookupBytes(levels, hn::BitCast(di8, hn::And(hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(wide, both))), fifteen))));
          for (int c = 0; c < C; ++c) {
            const std::int16_t* x = columns[c].numbers + at + 4 * quad;
            even[c] = hn::ReorderWidenMulAccumulate(di, low, Pair(di16, x), even[c], unused);
            odd[c] = hn::ReorderWidenMulAccumulate(di, high, Pair(di16, x + 2), odd[c], unused);
          }
        }
      } else {
        const auto* w = reinterpret_cast<const std::int8_t*>(weights) + v * 2 * kLanes;
        for (int quad = 0; quad < kSize / 4; ++quad, w += 64) {
          const auto first = hn::PromoteTo(di16, hn::LoadU(di8, w)), second = hn::PromoteTo(di16, hn::LoadU(di8, w + 32));
          for (int c = 0; c < C; ++c) {
            const std::int16_t* x = columns[c].numbers + at + 4 * quad;
            even[c] = hn::ReorderWidenMulAccumulate(di, first, Pair(di16, x), even[c], unused);
            odd[c] = hn::ReorderWidenMulAccumulate(di, second, Pair(di16, x + 2), odd[c], unused);
          }
        }
      }
      const auto scale = hn::PromoteTo(df, hn::LoadU(df16, scales + v * kLanes));
      for (int c = 0; c < C; ++c) total[c][v] = hn::MulAdd(hn::ConvertTo(df, hn::Add(even[c], odd[c])), scale, total[c][v]);
    }
    from += 32 + (kFour ? 128 : 512);
  }
  for (int c = 0; c < C; ++c)
    for (std::size_t v = 0; v < kVectors; ++v) hn::StoreU(hn::Mul(total[c][v], hn::Set(df, columns[c].scale)), df, sums + c * 16 + v * kLanes);
}

template <int C>
void Bands(const QuantizedMatrix& m, std::int64_t first, std::int64_t last, const Activations* columns, float* out, std::int64_t stride, Then then) {
  const std::int64_t band_bytes = m.groups() * group_bytes(m.precision);
  for (std::int64_t row = first; row < last; row += kBand) {
    HWY_ALIGN float sums[C * 16];
    const std::byte* from = m.data + row / kBand * band_bytes;
    if (m.precision == Precision::Q4) Band<C, true>(from, m.groups(), columns, sums);
    else Band<C, false>(from, m.groups(), columns, sums);
    if (then == Then::Gelu)
      for (int i = 0; i < C * 16; i += static_cast<int>(hn::Lanes(Df32()))) hn::Store(GeluOf(Df32(), hn::Load(Df32(), sums + i)), Df32(), sums + i);
    const std::int64_t rows = std::min(kBand, m.rows - row);
    for (int c = 0; c < C; ++c)
      for (std::int64_t r = 0; r < rows; ++r) {
        float& to = out[c * stride + row + r];
        to = then == Then::Add ? to + sums[c * 16 + r] : sums[c * 16 + r];
      }
  }
}

void Multiply(const QuantizedMatrix& m, std::int64_t first, std::int64_t last, const Activations* columns, int count, float* out, std::int64_t stride, Then then) {
  switch (count) {
    case 1: return Bands<1>(m, first, last, columns, out, stride, then);
    case 2: return Bands<2>(m, first, last, columns, out, stride, then);
    case 3: return Bands<3>(m, first, last, columns, out, stride, then);
    case 4: return Bands<4>(m, first, last, columns, out, stride, then);
    case 5: return Bands<5>(m, first, last, columns, out, stride, then);
    case 6: return Bands<6>(m, first, last, columns, out, stride, then);
    case 7: return Bands<7>(m, first, last, columns, out, stride, then);
    default: return Bands<8>(m, first, last, columns, out, stride, then);
  }
}

void LayerNorm(const float* in, const float* weight, const float* bias, std::int64_t count, float* out) {
  const Df32 df;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(df));
  auto sum = hn::Zero(df);
  std::int64_t i = 0;
  float rest = 0;
  for (; i + lanes <= count; i += lanes) sum = hn::Add(sum, hn::LoadU(df, in + i));
  for (; i < count; ++i) rest += in[i];
  const float mean = (hn::GetLane(hn::SumOfLanes(df, sum)) + rest) / static_cast<float>(count);
  const auto middle = hn::Set(df, mean);
  sum = hn::Zero(df), rest = 0;
  for (i = 0; i + lanes <= count; i += lanes) {
    const auto d = hn::Sub(hn::LoadU(df, in + i), middle);
    sum = hn::MulAdd(d, d, sum);
  }
  for (; i < count; ++i) rest += (in[i] - mean) * (in[i] - mean);
  const float times = 1 / std::sqrt((hn::GetLane(hn::SumOfLanes(df, sum)) + rest) / static_cast<float>(count) + 1e-5F);
  const auto factor = hn::Set(df, times);
  for (i = 0; i + lanes <= count; i += lanes)
    hn::StoreU(hn::MulAdd(hn::Mul(hn::Sub(hn::LoadU(df, in + i), middle), factor), hn::LoadU(df, weight + i), hn::LoadU(df, bias + i)), df, out + i);
  for (; i < count; ++i) out[i] = (in[i] - mean) * times * weight[i] + bias[i];
}

void Attend(const float* query, const std::uint16_t* keys, const std::uint16_t* values, std::int64_t length, std::int64_t width, float scale, float* scores, float* out) {
  const Df32 df;
  const Df16 df16;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(df));
  const auto halves = [](const std::uint16_t* at) { return reinterpret_cast<const hwy::float16_t*>(at); };
  float most = -3e38F;
  for (std::int64_t t = 0; t < length; ++t) {
    const std::uint16_t* key = keys + t * width;
    auto sum = hn::Zero(df);
    std::int64_t i = 0;
    float rest = 0;
    for (; i + lanes <= width; i += lanes) sum = hn::MulAdd(hn::LoadU(df, query + i), hn::PromoteTo(df, hn::LoadU(df16, halves(key + i))), sum);
    for (; i < width; ++i) rest += query[i] * half_to_float(key[i]);
    scores[t] = (hn::GetLane(hn::SumOfLanes(df, sum)) + rest) * scale;
    most = std::max(most, scores[t]);
  }
  float all = 0;
  std::int64_t i = 0;
  auto sum = hn::Zero(df);
  for (; i + lanes <= length; i += lanes) {
    const auto e = hn::Exp(df, hn::Sub(hn::LoadU(df, scores + i), hn::Set(df, most)));
    hn::StoreU(e, df, scores + i);
    sum = hn::Add(sum, e);
  }
  for (; i < length; ++i) all += scores[i] = std::exp(scores[i] - most);
  const float share = 1 / (all + hn::GetLane(hn::SumOfLanes(df, sum)));
  i = 0;
  for (; i + 4 * lanes <= width; i += 4 * lanes) {
    auto a = hn::Zero(df), b = a, c = a, d = a;
    for (std::int64_t t = 0; t < length; ++t) {
      const std::uint16_t* value = values + t * width + i;
      const auto w = hn::Set(df, scores[t]);
      a = hn::MulAdd(w, hn::PromoteTo(df, hn::LoadU(df16, halves(value))), a);
      b = hn::MulAdd(w, hn::PromoteTo(df, hn::LoadU(df16, halves(value + lanes))), b);
      c = hn::MulAdd(w, hn::PromoteTo(df, hn::LoadU(df16, halves(value + 2 * lanes))), c);
      d = hn::MulAdd(w, hn::PromoteTo(df, hn::LoadU(df16, halves(value + 3 * lanes))), d);
    }
    const auto s = hn::Set(df, share);
    hn::StoreU(hn::Mul(a, s), df, out + i);
    hn::StoreU(hn::Mul(b, s), df, out + i + lanes);
    hn::StoreU(hn::Mul(c, s), df, out + i + 2 * lanes);
    hn::StoreU(hn::Mul(d, s), df, out + i + 3 * lanes);
  }
  for (; i < width; ++i) {
    float last = 0;
    for (std::int64_t t = 0; t < length; ++t) last += scores[t] * half_to_float(values[t * width + i]);
    out[i] = last * share;
  }
}

void ToHalves(const float* in, std::int64_t count, std::uint16_t* out) {
  const Df32 df;
  const Df16 df16;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(df));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(hn::DemoteTo(df16, hn::LoadU(df, in + i)), df16, reinterpret_cast<hwy::float16_t*>(out + i));
  for (; i < count; ++i) out[i] = float_to_half(in[i]);
}

const char* Unit() { return hwy::TargetName(HWY_TARGET); }

}  // namespace HWY_NAMESPACE
}  // namespace figment::neural
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace figment::neural {

HWY_EXPORT(ToActivations);
HWY_EXPORT(Multiply);
HWY_EXPORT(LayerNorm);
HWY_EXPORT(Attend);
HWY_EXPORT(ToHalves);
HWY_EXPORT(Unit);

void to_activations(const float* in, std::int64_t count, Activations& out) noexcept { HWY_DYNAMIC_DISPATCH(ToActivations)(in, count, out); }
void multiply(const QuantizedMatrix& matrix, std::int64_t first, std::int64_t last, const Activations* columns, int count, float* out, std::int64_t stride, Then then) noexcept {
  HWY_DYNAMIC_DISPATCH(Multiply)(matrix, first, last, columns, count, out, stride, then);
}
void layer_norm(const float* in, const float* weight, const float* bias, std::int64_t count, float* out) noexcept { HWY_DYNAMIC_DISPATCH(LayerNorm)(in, weight, bias, count, out); }
void attend(const float* query, const std::uint16_t* keys, const std::uint16_t* values, std::int64_t length, std::int64_t width, float scale, float* scores, float* out) noexcept {
  HWY_DYNAMIC_DISPATCH(Attend)(query, keys, values, length, width, scale, scores, out);
}
void to_halves(const float* in, std::int64_t count, std::uint16_t* out) noexcept { HWY_DYNAMIC_DISPATCH(ToHalves)(in, count, out); }
const char* vector_unit() noexcept { return HWY_DYNAMIC_DISPATCH(Unit)(); }

}  // namespace figment::neural
#endif
