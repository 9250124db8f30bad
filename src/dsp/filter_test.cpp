#include "dsp/filter.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

TEST(Filter, CutsAtItsCutoffWithItsSlope) {
  for (const int poles : {2, 4}) {
    auto p = make("filter", {{"cutoff_hz", 1000}, {"resonance", 0}, {"poles", poles}});
    EXPECT_NEAR(gain_at(*p, 1000), -3.01, 0.1);
    EXPECT_NEAR(gain_at(*p, 60), 0, 0.05);
    EXPECT_NEAR(gain_at(*p, 2500) - gain_at(*p, 5000), 6 * poles, 1.3 * poles / 2);
    p = make("filter", {{"cutoff_hz", 1000}, {"resonance", 0}, {"poles", poles}, {"mode", 1}});
    EXPECT_NEAR(gain_at(*p, 1000), -3.01, 0.1);
    EXPECT_NEAR(gain_at(*p, 100) - gain_at(*p, 50), 6.02 * poles, 0.3);
  }
}

TEST(Filter, BandPassesItsCentreAndNotchesIt) {
  auto p = make("filter", {{"cutoff_hz", 700}, {"resonance", 0.7}, {"mode", 2}});
  EXPECT_NEAR(gain_at(*p, 700), 0, 0.05);
  EXPECT_LT(gain_at(*p, 70), -15);
  p->set("mode", 3);
  EXPECT_LT(gain_at(*p, 700), -50);
  EXPECT_NEAR(gain_at(*p, 5000), 0, 0.3);
}

TEST(Filter, ResonanceRisesAtTheCutoff) {
  auto p = make("filter", {{"cutoff_hz", 1000}, {"resonance", 0.8}});
  EXPECT_NEAR(gain_at(*p, 1000), db(1 / (std::sqrt(2.0) * 0.2 + 0.016)), 0.1);
}

TEST(Filter, SweepsWithoutZipper) {
  auto p = make("filter", {{"cutoff_hz", 200}, {"resonance", 0.4}});
  auto sound = sine(110, 0.5, 44100);
  for (int at = 0; at < 44100; at += 256) {
    p->set("cutoff_hz", 200 * std::exp2(6.0 * at / 44100));
    p->process(sound.block().part(at, 256));
  }
  EXPECT_LT(db(amplitude_at(sound.channel(0) + 8000, 32768, 5333) / 0.5), -85);
  EXPECT_LT(db(amplitude_at(sound.channel(0) + 8000, 32768, 172.265625 * 12) / 0.5), -75) << "the rate of the blocks";
}

TEST(Filter, DriveTamesResonance) {
  auto clean = make("filter", {{"cutoff_hz", 500}, {"resonance", 1}});
  auto driven = make("filter", {{"cutoff_hz", 500}, {"resonance", 1}, {"drive_db", 12}});
  EXPECT_GT(gain_at(*clean, 500, 0.5), 25);
  EXPECT_LT(gain_at(*driven, 500, 0.5), 12);
}

}  // namespace
}  // namespace figment::dsp
