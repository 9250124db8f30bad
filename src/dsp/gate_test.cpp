#include "dsp/gate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

TEST(Gate, OpensForLoudAndClosesForQuiet) {
  auto p = make("gate", {{"threshold_db", -30}, {"range_db", 50}});
  auto sound = sine(500, 1, 3 * 44100);
  for (std::int64_t i = 0; i < sound.frames(); ++i) {
    const float level = i >= 44100 && i < 88200 ? 0.3F : 0.01F;
    for (int c = 0; c < 2; ++c) sound.channel(c)[i] *= level;
  }
  run(*p, sound);
  EXPECT_NEAR(db(rms(sound.channel(0) + 20000, 20000) / (0.01 * std::sqrt(0.5))), -50, 0.5);
  EXPECT_NEAR(db(rms(sound.channel(0) + 60000, 20000) / (0.3 * std::sqrt(0.5))), 0, 0.1);
  EXPECT_NEAR(db(rms(sound.channel(0) + 3 * 44100 - 8000, 8000) / (0.01 * std::sqrt(0.5))), -50, 1);
}

TEST(Gate, DoesNotChatterNearItsThreshold) {
  auto p = make("gate", {{"threshold_db", -30}, {"hold_ms", 0}, {"release_ms", 5}});
  // Wobbles by 2 dB around the threshold: within the 4 dB of hysteresis it opens once and stays.
  auto sound = sine(1000, 1, 88200);
  for (int i = 0; i < 88200; ++i) {
    const auto level = static_cast<float>(to_gain(Decibels{-30 + 1.0 * std::sin(i * 0.001)}));
    for (int c = 0; c < 2; ++c) sound.channel(c)[i] *= level;
  }
  run(*p, sound);
  for (int at = 22050; at < 80000; at += 2000) EXPECT_GT(rms(sound.channel(0) + at, 2000), 0.018) << at;
}

}  // namespace
}  // namespace figment::dsp
