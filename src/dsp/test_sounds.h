// Sounds to test with and simple ways to measure them. For tests only.

#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "dsp/processor.h"

namespace figment::dsp::testing {

using audio::AudioBuffer;
using audio::AudioView;

inline constexpr Hertz kRate{44100};

// Independent white noise on every channel, normal distribution with the given RMS.
inline AudioBuffer noise(int channels, std::int64_t frames, double rms = 0.1, std::uint64_t seed = 1) {
  AudioBuffer sound(channels, frames, kRate);
  Random random(seed);
  for (int c = 0; c < channels; ++c) {
    for (std::int64_t i = 0; i < frames; ++i) sound.channel(c)[i] = static_cast<float>(rms * random.normal());
  }
  return sound;
}

inline AudioBuffer sine(double hz, double amplitude, std::int64_t frames, int channels = 2, Hertz rate = kRate) {
  AudioBuffer sound(channels, frames, rate);
  for (int c = 0; c < channels; ++c) {
    for (std::int64_t i = 0; i < frames; ++i) {
      sound.channel(c)[i] = static_cast<float>(
          amplitude * std::sin(2 * std::numbers::pi * std::fmod(hz * static_cast<double>(i) / rate.value, 1.0)));
    }
  }
  return sound;
}

inline AudioBuffer impulse(std::int64_t frames, std::int64_t at = 0, int channels = 2, float size = 1) {
  AudioBuffer sound(channels, frames, kRate);
  for (int c = 0; c < channels; ++c) sound.channel(c)[at] = size;
  return sound;
}

inline std::unique_ptr<Processor> make(const char* name, std::vector<std::pair<std::string, double>> settings = {},
                                       int channels = 2, Hertz rate = kRate) {
  auto p = make_processor(name);
  for (const auto& [parameter, value] : settings) p->set(parameter, value);
  p->prepare({rate, channels, 4096});
  return p;
}

inline void run(Processor& p, AudioBuffer& sound, AudioView key = {}, int block = 512) {
  for (std::int64_t at = 0; at < sound.frames(); at += block) {
    p.process(sound.block().part(at, block), key.empty() ? key : key.part(at, block));
  }
}

inline double rms(const float* x, std::int64_t frames) {
  double sum = 0;
  for (std::int64_t i = 0; i < frames; ++i) sum += static_cast<double>(x[i]) * x[i];
  return std::sqrt(sum / static_cast<double>(std::max<std::int64_t>(frames, 1)));
}

inline double db(double amplitude) { return to_decibels(amplitude).value; }

// Amplitude of one frequency in a stretch (Hann window).
inline double amplitude_at(const float* x, std::int64_t frames, double hz, double rate = kRate.value) {
  std::complex<double> sum = 0;
  double weight = 0;
  for (std::int64_t i = 0; i < frames; ++i) {
    const double w =
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(frames));
    sum += w * x[i] * std::polar(1.0, -2 * std::numbers::pi * std::fmod(hz * static_cast<double>(i) / rate, 1.0));
    weight += w;
  }
  return 2 * std::abs(sum) / weight;
}

// What a processor makes of a sine once it has settled, in dB.
inline double gain_at(Processor& p, double hz, double amplitude = 0.1, double settle_seconds = 0.5) {
  p.reset();
  const auto skip = static_cast<std::int64_t>(settle_seconds * kRate.value);
  auto sound = sine(hz, amplitude, skip + 8192);
  run(p, sound);
  return db(amplitude_at(sound.channel(0) + skip, 8192, hz) / amplitude);
}

}  // namespace figment::dsp::testing
