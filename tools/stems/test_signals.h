// Signals that tests can make by formula, the same on every machine.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "audio/buffer.h"

namespace figment::stems::test {

// A linear congruential generator's white noise, ±1.
class Noise {
 public:
  explicit Noise(std::uint32_t seed) : state_(seed) {}
  float operator()() {
    state_ = state_ * 1664525U + 1013904223U;
    return static_cast<float>(state_ / 2147483648.0 - 1.0);
  }

 private:
  std::uint32_t state_;
};

inline audio::AudioBuffer noise(std::uint32_t seed, std::int64_t frames, float level = 1, int channels = 2) {
  audio::AudioBuffer sound(channels, frames, Hertz{44100});
  for (int c = 0; c < channels; ++c) {
    Noise next(seed + static_cast<std::uint32_t>(c));
    for (std::int64_t n = 0; n < frames; ++n) sound.channel(c)[n] = level * next();
  }
  return sound;
}

inline audio::AudioBuffer sum(audio::AudioView a, audio::AudioView b, float gain = 1) {
  audio::AudioBuffer both(a.channels(), a.frames(), a.rate());
  both.block().add(a);
  both.block().add(b, gain);
  return both;
}

inline double energy(audio::AudioView sound) {
  double e = 0;
  for (int c = 0; c < sound.channels(); ++c)
    for (std::int64_t n = 0; n < sound.frames(); ++n) e += static_cast<double>(sound.channel(c)[n]) * static_cast<double>(sound.channel(c)[n]);
  return e;
}

inline double db(double ratio) { return 10 * std::log10(ratio); }

}  // namespace figment::stems::test
