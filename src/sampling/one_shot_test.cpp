#include "sampling/one_shot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <string>

#include "base/error.h"
#include "base/random.h"

namespace figment::sampling {
namespace {

constexpr double kSamples = 44100;

// A sound of `seconds`, sample by sample from its time.
template <typename Wave>
std::vector<float> sound_of(double seconds, Wave wave) {
  std::vector<float> x(static_cast<std::size_t>(seconds * kSamples));
  for (std::size_t n = 0; n < x.size(); ++n) x[n] = static_cast<float>(wave(static_cast<double>(n) / kSamples));
  return x;
}

// A note of twelve partials that fall as 1/k.
double tone(double hertz, double t) {
  double sum = 0;
  for (int k = 1; k <= 12; ++k) sum += std::sin(2 * std::numbers::pi * hertz * k * t) / k;
  return 0.3 * sum;
}

Traits traits(const std::vector<float>& x) { return traits_of(x.data(), static_cast<std::int64_t>(x.size())); }

SoundClass class_of(const std::vector<float>& x) {
  static const Classifier classify{std::filesystem::path(FIGMENT_SOURCE_DIR)};
  const auto p = classify(traits(x));
  EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-9);
  return static_cast<SoundClass>(std::max_element(p.begin(), p.end()) - p.begin());
}

TEST(OneShot, ALowNoteThatStandsIsABassNote) {
  EXPECT_EQ(class_of(sound_of(0.8, [](double t) { return tone(55, t) * std::min(1.0, (0.8 - t) / 0.05); })), SoundClass::Bass);
}

TEST(OneShot, WhatGlidesDownAndDiesIsAKick) {
  // 45 Hz + 155 Hz that die in 30 ms: the phase is the integral.
  EXPECT_EQ(class_of(sound_of(0.5, [](double t) { return std::sin(2 * std::numbers::pi * (45 * t + 155 * 0.03 * (1 - std::exp(-t / 0.03)))) * std::exp(-t / 0.12); })), SoundClass::Kick);
}

TEST(OneShot, AHighNoteIsTonal) {
  EXPECT_EQ(class_of(sound_of(1.0, [](double t) { return tone(440, t) * std::exp(-t / 0.4) * std::min(1.0, t / 0.005); })), SoundClass::Tonal);
}

TEST(OneShot, ShortBrightNoiseIsAClosedHat) {
  Random random(3);
  double before = 0;
  EXPECT_EQ(class_of(sound_of(0.12, [&](double t) {
    const double now = random.normal(), high = now - before;
    before = now;
    return 0.2 * high * std::exp(-t / 0.02);
  })), SoundClass::ClosedHat);
}

TEST(OneShot, TraitsAreNumbersWhateverTheSound) {
  Random random(4);
  for (const std::size_t length : {64U, 200U, 1000U, 30000U, 200000U})
    for (const float level : {0.0F, 1e-7F, 1.0F}) {
      std::vector<float> x(length);
      for (float& v : x) v = level * static_cast<float>(random.normal());
      const Traits t = traits(x);
      for (std::size_t k = 0; k < kTraits; ++k) EXPECT_TRUE(std::isfinite(t[k])) << k << " of " << length << " at " << level;
    }
}

TEST(OneShot, LoudnessSaysNothing) {
  const auto loud = sound_of(0.4, [](double t) { return tone(220, t) * std::exp(-t / 0.1); });
  auto quiet = loud;
  for (float& v : quiet) v *= 0.25F;
  const Traits a = traits(loud), b = traits(quiet);
  for (std::size_t k = 0; k < kTraits; ++k) EXPECT_NEAR(a[k], b[k], 1e-3) << k;
}

TEST(OneShot, BrokenWeightsAreCorrupt) {
  for (const std::string text : {"", "{}", "{\"classes\": []}", "[1, 2]"}) {
    try {
      const Classifier broken{std::string_view(text)};
      ADD_FAILURE() << text;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::Corrupt);
    }
  }
}

}  // namespace
}  // namespace figment::sampling
