#include "dsp/eq.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

TEST(Eq, BandsHaveTheirGainWhereTheyStand) {
  auto p = make(
      "eq", {{"bell1_hz", 300}, {"bell1_db", 6}, {"bell1_q", 2}, {"bell3_hz", 5000}, {"bell3_db", -9}, {"bell3_q", 3}});
  EXPECT_NEAR(gain_at(*p, 300), 6, 0.1);
  EXPECT_NEAR(gain_at(*p, 5000), -9, 0.1);
  EXPECT_NEAR(gain_at(*p, 40), 0, 0.1);
}

TEST(Eq, ShelvesReachTheirGainAndLeaveTheRest) {
  auto p = make("eq", {{"low_shelf_hz", 200}, {"low_shelf_db", -6}, {"high_shelf_hz", 6000}, {"high_shelf_db", 4}});
  EXPECT_NEAR(gain_at(*p, 25), -6, 0.2);
  EXPECT_NEAR(gain_at(*p, 200), -3, 0.1);
  EXPECT_NEAR(gain_at(*p, 1000), 0, 0.2);
  EXPECT_NEAR(gain_at(*p, 6000), 2, 0.1);
  EXPECT_NEAR(gain_at(*p, 18000), 4, 0.2);
}

TEST(Eq, CutsFallAsSteeplyAsAsked) {
  for (const int slope : {6, 12, 18, 24}) {
    auto p = make("eq", {{"low_cut_hz", 400}, {"low_cut_db_per_octave", slope}});
    EXPECT_NEAR(gain_at(*p, 400), -3.01, 0.1) << slope;
    EXPECT_NEAR(gain_at(*p, 50) - gain_at(*p, 25), slope, 0.5) << slope;
    p = make("eq", {{"high_cut_hz", 1000}, {"high_cut_db_per_octave", slope}});
    EXPECT_NEAR(gain_at(*p, 1000), -3.01, 0.1) << slope;
    EXPECT_NEAR(gain_at(*p, 2000) - gain_at(*p, 4000), slope, slope * 0.12) << slope;
  }
}

TEST(Eq, DoesNothingWhenIdle) {
  auto p = make("eq");
  auto sound = noise(2, 5000);
  const auto before = sound;
  run(*p, sound);
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(sound.channel(0)[i], before.channel(0)[i]);
}

TEST(Eq, GlidesWithoutClicks) {
  auto p = make("eq", {{"bell1_hz", 500}});
  auto sound = sine(100, 0.5, 44100);
  for (int at = 0; at < 44100; at += 441) {
    if (at == 22050) p->set("bell1_db", 18), p->set("low_cut_hz", 60), p->set("high_shelf_db", -12);
    p->process(sound.block().part(at, 441));
  }
  // A click would show as sound far above 100 Hz.
  EXPECT_LT(db(amplitude_at(sound.channel(0) + 20000, 8192, 6000) / 0.5), -85);
}

}  // namespace
}  // namespace figment::dsp
