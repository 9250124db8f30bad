// Low-frequency oscillator: free or in step with the song.
//
//   Units    rate in Hz, or a cycle's length in beats; value -1 … 1 (square and random too)
//   Place    "voice": starts with each note. "global": one clock for all voices, counted from the song's start
//   Threads  one at a time; real-time safe

#pragma once

#include <cmath>
#include <cstdint>

#include "instruments/voice_math.h"

namespace figment::instruments {

struct LfoShape {
  enum class Wave { Sine, Triangle, SawUp, SawDown, Square, Random, Smooth };
  Wave wave = Wave::Sine;
  float rate_hz = 5, beats = 0;   // beats > 0 wins
  float delay_s = 0, fade_s = 0;  // silent, then growing, after the note's start (voice and global alike)
  float phase = 0;                // turns
  bool global = false;

  [[nodiscard]] double cycles_per_second(double tempo) const noexcept {
    return beats > 0 ? tempo / 60.0 / beats : rate_hz;
  }
};

// The wave's value at a time counted in cycles.
inline float lfo_value(LfoShape::Wave wave, double cycles, std::uint32_t salt) noexcept {
  const double whole = std::floor(cycles);
  const auto x = static_cast<float>(cycles - whole);
  const auto n = static_cast<std::uint32_t>(static_cast<std::int64_t>(whole));
  switch (wave) {
    case LfoShape::Wave::Sine:
      return sine_of_phase(phase_of(x));
    case LfoShape::Wave::Triangle:
      return x < 0.25F ? 4 * x : x < 0.75F ? 2 - 4 * x : 4 * x - 4;
    case LfoShape::Wave::SawUp:
      return 2 * x - 1;
    case LfoShape::Wave::SawDown:
      return 1 - 2 * x;
    case LfoShape::Wave::Square:
      return x < 0.5F ? 1.0F : -1.0F;
    case LfoShape::Wave::Random:
      return noise_of(n * 2654435761U + salt);
    case LfoShape::Wave::Smooth: {
      const float a = noise_of(n * 2654435761U + salt), b = noise_of((n + 1) * 2654435761U + salt);
      return a + (b - a) * x * x * (3 - 2 * x);
    }
  }
  return 0;
}

}  // namespace figment::instruments
