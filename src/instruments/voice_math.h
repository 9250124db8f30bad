// Small numerics shared by the synthesizers: fast, branch-free, the same on every call.
//
//   Threads  free: no state
//   Cost     a few cycles each; loops over them vectorise

#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace figment::instruments {

// Voices compute their control values (pitch, cutoff, modulation) once per chunk of this many samples, counted from
// their own start, and interpolate between. 16 samples are 0.36 ms at 44.1 kHz. A chunk counted from the note's start
// (not from the block's) is what makes the sound independent of how the score is cut into blocks.
inline constexpr int kChunk = 16;

// tanh, within 2.5 % and exactly ±1 beyond ±3: the [3/2] Padé approximant, whose corners are soft enough for a
// saturator.
inline float soft_clip(float x) noexcept {
  x = std::min(3.0F, std::max(-3.0F, x));
  const float s = x * x;
  return x * (27.0F + s) / (27.0F + 9.0F * s);
}

// sin(2 pi x) for a 32-bit phase, within 4e-7: odd polynomial (Taylor to degree 11) on a quarter turn.
inline float sine_of_phase(std::uint32_t phase) noexcept {
  // Fold to ±1/4 turn: sin(pi - x) = sin(x).
  const auto turn = static_cast<std::int32_t>(phase);
  const std::int32_t half = static_cast<std::int32_t>(0x80000000U - phase);
  const bool outer = (phase - 0x40000000U) < 0x80000000U;
  const float x = static_cast<float>(outer ? half : turn) * (6.283185307179586F / 4294967296.0F);
  const float s = x * x;
  // Estrin's scheme: short chains, for the operators whose next sample waits for this one.
  const float q = s * s;
  return x * ((1.0F - s / 6) + q * ((1.0F / 120 - s / 5040) + q * (1.0F / 362880 - s / 39916800)));
}

// A phase of `turns` (any size) as 32 bits of one turn.
inline std::uint32_t phase_of(double turns) noexcept {
  return static_cast<std::uint32_t>(static_cast<std::int64_t>((turns - std::floor(turns)) * 4294967296.0));
}

// 32 well-mixed bits of a counter (the finaliser of MurmurHash3): noise that needs no state and vectorises.
inline std::uint32_t hash_bits(std::uint32_t x) noexcept {
  x ^= x >> 16;
  x *= 0x85EBCA6BU;
  x ^= x >> 13;
  x *= 0xC2B2AE35U;
  return x ^ (x >> 16);
}

// White noise in [-1, 1).
inline float noise_of(std::uint32_t counter) noexcept {
  return static_cast<float>(static_cast<std::int32_t>(hash_bits(counter))) * (1.0F / 2147483648.0F);
}

// 2^x for |x| < 120, within 3e-7 (half a thousandth of a cent): the whole part goes to the exponent, the rest, within
// half an octave, through the exponential series to degree 6.
inline float fast_exp2(float x) noexcept {
  const float whole = std::floor(x + 0.5F), y = (x - whole) * 0.69314718F;
  const float p = 1.0F + y * (1.0F + y * (0.5F + y * (1.0F / 6 + y * (1.0F / 24 + y * (1.0F / 120 + y / 720)))));
  return p * std::bit_cast<float>((static_cast<std::int32_t>(whole) + 127) << 23);
}

// tan(pi x) for x in [0, 0.46], within 2e-6 of itself.
inline float tan_of_half_turns(float x) noexcept {
  const auto turns = static_cast<std::uint32_t>(x * 2147483648.0F);
  return sine_of_phase(turns) / sine_of_phase(0x40000000U - turns);
}

inline float semitones_to_ratio(float semitones) noexcept { return std::exp2(semitones * (1.0F / 12.0F)); }

inline float db_to_gain(double db) noexcept { return static_cast<float>(std::pow(10.0, db / 20.0)); }

// How loud a note of this velocity is against velocity 1; amount 0 = always the same, 1 = the full 40 dB curve.
inline float velocity_gain(float velocity, float amount) noexcept {
  return 1.0F - amount + amount * velocity * std::sqrt(std::max(velocity, 0.0F));
}

}  // namespace figment::instruments
