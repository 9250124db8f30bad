// Sounds of which everything is known.
#pragma once

#include <cmath>
#include <numbers>
#include <vector>

#include "analysis/features.h"
#include "base/random.h"

namespace figment::analysis::testing {

using Samples = std::vector<float>;

inline Samples silence(double seconds) { return Samples(static_cast<std::size_t>(seconds * kFeatureRate.value), 0.0F); }

// A struck sound: noise that dies in a few hundredths of a second.
inline void strike(Samples& sound, double at, double level = 0.6, double decay_s = 0.02) {
  Random random(static_cast<std::uint64_t>(at * 1000) + 1);
  const auto first = static_cast<std::size_t>(std::lround(at * kFeatureRate.value));
  for (std::size_t n = 0; n < static_cast<std::size_t>(8 * decay_s * kFeatureRate.value) && first + n < sound.size(); ++n)
    sound[first + n] += static_cast<float>(level * random.uniform(-1, 1) * std::exp(-static_cast<double>(n) / (decay_s * kFeatureRate.value)));
}

// A thump with a low pitch.
inline void thump(Samples& sound, double at, double level = 0.8) {
  const auto first = static_cast<std::size_t>(std::lround(at * kFeatureRate.value));
  for (std::size_t n = 0; n < 8000 && first + n < sound.size(); ++n) {
    const double t = static_cast<double>(n) / kFeatureRate.value;
    sound[first + n] += static_cast<float>(level * std::sin(2 * std::numbers::pi * (55 * t + 60 * (1 - std::exp(-t / 0.03)) * 0.03)) * std::exp(-t / 0.08));
  }
}

// A tone with ten partials that fall by half each, from `at` for `length` seconds, its ends rounded.
inline void tone(Samples& sound, double at, double length, double midi, double level = 0.15) {
  const double hz = note_frequency(midi).value;
  const auto first = static_cast<std::size_t>(std::lround(at * kFeatureRate.value)), count = static_cast<std::size_t>(length * kFeatureRate.value);
  for (std::size_t n = 0; n < count && first + n < sound.size(); ++n) {
    const double t = static_cast<double>(n) / kFeatureRate.value;
    const double edge = std::min({1.0, t / 0.01, (length - t) / 0.02});
    double x = 0, fall = 1;
    for (int h = 1; h <= 10 && h * hz < 18000; ++h, fall *= 0.5) x += fall * std::sin(2 * std::numbers::pi * h * hz * t + h);
    sound[first + n] += static_cast<float>(level * edge * x);
  }
}

inline Features features_of(const Samples& sound) { return make_features(sound.data(), static_cast<std::int64_t>(sound.size())); }
inline Seconds length_of(const Samples& sound) { return Seconds{static_cast<double>(sound.size()) / kFeatureRate.value}; }

}  // namespace figment::analysis::testing
