#include "dsp/compressor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

double curve(double level, double threshold, double ratio, double knee) {
  const double over = level - threshold;
  if (over <= -knee / 2) return 0;
  if (over >= knee / 2) return (1 / ratio - 1) * over;
  return (1 / ratio - 1) * (over + knee / 2) * (over + knee / 2) / (2 * knee);
}

TEST(Compressor, FollowsItsStaticCurve) {
  for (const double level : {-50.0, -27.0, -24.0, -20.0, -12.0, -3.0}) {
    auto p = make(
        "compressor",
        {{"threshold_db", -24}, {"ratio", 4}, {"knee_db", 8}, {"detector", 1}, {"attack_ms", 30}, {"release_ms", 30}});
    // A sine's RMS lies 3.01 dB below its peak.
    EXPECT_NEAR(gain_at(*p, 1000, to_gain(Decibels{level + 3.0103}), 1.0), curve(level, -24, 4, 8), 0.15) << level;
  }
}

TEST(Compressor, PeakDetectorHoldsAConstantExactly) {
  auto p = make("compressor", {{"threshold_db", -20}, {"ratio", 5}, {"knee_db", 0}, {"makeup_db", 3}});
  AudioBuffer sound(2, 44100, kRate);
  for (int c = 0; c < 2; ++c) std::fill_n(sound.channel(c), 44100, 0.5F);
  run(*p, sound);
  EXPECT_NEAR(db(sound.channel(0)[44099] / 0.5), 3 - 0.8 * (db(0.5) + 20), 0.02);
}

TEST(Compressor, AttacksAndReleasesInItsTimes) {
  auto p = make("compressor",
                {{"threshold_db", -40}, {"ratio", 50}, {"knee_db", 0}, {"attack_ms", 20}, {"release_ms", 200}});
  AudioBuffer sound(2, 3 * 44100, kRate);
  for (std::int64_t i = 0; i < sound.frames(); ++i) {
    sound.channel(0)[i] = sound.channel(1)[i] = i >= 44100 && i < 88200 ? 0.1F : 0.001F;
  }
  run(*p, sound);
  const double full = -20 * 0.98;
  EXPECT_NEAR(db(sound.channel(0)[44100 + 882] / 0.1), full * 0.632, 0.2);
  EXPECT_NEAR(db(sound.channel(0)[88200 + 8820] / 0.001), full * 0.368, 0.2);
}

TEST(Compressor, ListensToItsKey) {
  auto p = make("compressor", {{"threshold_db", -30}, {"ratio", 10}});
  auto sound = sine(440, 0.001, 22050);
  const auto key = sine(60, 0.8, 22050, 1);
  run(*p, sound, key.view());
  EXPECT_LT(db(rms(sound.channel(0) + 11025, 11025) / (0.001 * std::sqrt(0.5))), -15);
}

TEST(Compressor, SidechainHighPassIgnoresTheBass) {
  auto with = make("compressor", {{"threshold_db", -30}, {"ratio", 10}, {"sidechain_hp_hz", 400}});
  auto without = make("compressor", {{"threshold_db", -30}, {"ratio", 10}});
  EXPECT_LT(gain_at(*without, 50, 0.5), -15);
  EXPECT_GT(gain_at(*with, 50, 0.5), -3);
}

TEST(Compressor, KeepsTheStereoImage) {
  auto p = make("compressor", {{"threshold_db", -40}, {"ratio", 8}});
  auto sound = noise(2, 10000, 0.2);
  for (int i = 0; i < 10000; ++i) sound.channel(1)[i] = 0.25F * sound.channel(0)[i];
  run(*p, sound);
  for (int i = 0; i < 10000; ++i) ASSERT_NEAR(sound.channel(1)[i], 0.25F * sound.channel(0)[i], 1e-6);
}

}  // namespace
}  // namespace figment::dsp
