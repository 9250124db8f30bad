#include "dsp/multiband.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

TEST(Multiband, IdleIsFlat) {
  for (const int bands : {3, 4}) {
    auto p = make("multiband", {{"bands", bands}});
    for (const double hz : {30.0, 90.0, 120.0, 250.0, 800.0, 2000.0, 5000.0, 12000.0}) {
      EXPECT_NEAR(gain_at(*p, hz, 0.05), 0, 0.05) << bands << " bands at " << hz;
    }
  }
}

TEST(Multiband, WorksInItsBandOnly) {
  auto p = make("multiband", {{"band1_threshold_db", -40}, {"band1_ratio", 8}, {"band3_gain_db", 5}});
  EXPECT_LT(gain_at(*p, 50, 0.3), -15);
  EXPECT_NEAR(gain_at(*p, 2000, 0.3), 5, 0.3);
  EXPECT_NEAR(gain_at(*p, 13000, 0.3), 0, 0.3);
}

TEST(Multiband, MixBlendsWithoutCombing) {
  auto p = make(
      "multiband",
      {{"band1_gain_db", -24}, {"band2_gain_db", -24}, {"band3_gain_db", -24}, {"band4_gain_db", -24}, {"mix", 0.5}});
  const double half = db(0.5 * (1 + to_gain(Decibels{-24})));
  for (const double hz : {60.0, 120.0, 300.0, 800.0, 2500.0, 5000.0}) EXPECT_NEAR(gain_at(*p, hz), half, 0.05) << hz;
}

}  // namespace
}  // namespace figment::dsp
