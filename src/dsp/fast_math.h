// Logarithms, powers and tanh that vectorise: no branches, no tables, no calls.
//
//   log2_fast   x > 0 and normal; absolute error below 3e-7 + 1e-7·|result|
//   exp2_fast   x clamped to ±126; relative error below 4e-7
//   tanh_fast   absolute error below 1e-6
//   sin_turns   sin(2π·t), t in turns up to ±1e6; absolute error below 4e-6 plus t's own rounding
//   Decibels    gain → dB and back through the above: error below 1e-5 dB. A gain below 1e-10 counts as -200 dB

#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace figment::dsp {

inline float log2_fast(float x) noexcept {
  // x = 2^e · m with m in [√½, √2); log2 m = 2/ln 2 · artanh((m-1)/(m+1)).
  const std::int32_t bits = std::bit_cast<std::int32_t>(x);
  const std::int32_t e = (bits - 0x3F3504F3) >> 23;
  const float m = std::bit_cast<float>(bits - e * (1 << 23));
  const float t = (m - 1.0F) / (m + 1.0F);
  const float s = t * t;
  const float series = 1.0F + s * (1.0F / 3 + s * (1.0F / 5 + s * (1.0F / 7 + s * (1.0F / 9))));
  return static_cast<float>(e) + 2.88539008F * t * series;
}

inline float exp2_fast(float x) noexcept {
  x = std::min(std::max(x, -126.0F), 126.0F);
  const std::int32_t whole = static_cast<std::int32_t>(x + 128.5F) - 128;  // nearest: the sum is positive
  const float f = (x - static_cast<float>(whole)) * 0.69314718056F;
  const float p =
      1.0F + f * (1.0F + f * (1.0F / 2 + f * (1.0F / 6 + f * (1.0F / 24 + f * (1.0F / 120 + f * (1.0F / 720))))));
  return std::bit_cast<float>((whole + 127) << 23) * p;
}

inline float tanh_fast(float x) noexcept {
  const float e = exp2_fast(std::min(std::max(x, -15.0F), 15.0F) * 2.88539008F);
  return (e - 1.0F) / (e + 1.0F);
}

// tanh(x + bias) - tanh(bias), exactly 0 at 0; `squared` is e^(2·bias).
inline float biased_tanh_fast(float x, float squared) noexcept {
  const float e = exp2_fast(std::min(std::max(x, -15.0F), 15.0F) * 2.88539008F);
  return 2 * squared * (e - 1.0F) / ((squared * e + 1.0F) * (squared + 1.0F));
}

inline float sin_turns(float t) noexcept {
  t -= static_cast<float>(static_cast<std::int32_t>(t + (t < 0 ? -0.5F : 0.5F)));  // -½ … ½
  const float half = t < 0 ? -0.5F : 0.5F;
  t = std::max(t, -t) > 0.25F ? half - t : t;  // -¼ … ¼
  const float x = t * 6.28318531F, s = x * x;
  return x * (1 + s * (-1.0F / 6 + s * (1.0F / 120 + s * (-1.0F / 5040 + s * (1.0F / 362880)))));
}

inline float gain_to_db_fast(float gain) noexcept { return 6.02059991F * log2_fast(std::max(gain, 1e-10F)); }
inline float power_to_db_fast(float power) noexcept { return 3.01029996F * log2_fast(std::max(power, 1e-20F)); }
inline float db_to_gain_fast(float db) noexcept { return exp2_fast(db * 0.166096405F); }

}  // namespace figment::dsp
