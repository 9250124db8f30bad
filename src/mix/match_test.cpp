#include "mix/match.h"

#include <gtest/gtest.h>

#include <cmath>

namespace figment::mix {
namespace {

using analysis::BandLevels;

BandLevels falling(double per_band) {
  BandLevels levels{};
  for (std::size_t b = 0; b < levels.size(); ++b) levels[b] = -per_band * static_cast<double>(b);
  return levels;
}

TEST(Match, TheOverallLevelDropsOut) {
  BandLevels louder = falling(1);
  for (double& l : louder) l += 23;
  EXPECT_NEAR(compare(falling(1), louder).mean_db, 0, 1e-9);
  EXPECT_EQ(compare(falling(1), louder).bands, 27);
  for (const double g : match_gains(falling(1), falling(1), louder, {}, {})) EXPECT_NEAR(g, 0, 0.13);
}

TEST(Match, WhatIsAskedForClosesTheDistance) {
  const BandLevels measured = falling(1), wanted = falling(0.4);
  const BandLevels gains = match_gains(measured, measured, wanted, {}, {});
  BandLevels after = measured;
  for (std::size_t b = 0; b < after.size(); ++b) after[b] += gains[b];
  EXPECT_GT(compare(measured, wanted).mean_db, 3);
  EXPECT_LT(compare(after, wanted).mean_db, 0.01);
  // And asked again, nothing more.
  const BandLevels again = match_gains(measured, after, wanted, gains, {});
  for (std::size_t b = 0; b < gains.size(); ++b) EXPECT_NEAR(again[b], gains[b], 0.3) << b;
}

TEST(Match, LimitsHoldAndCostAsLittleAsTheyCan) {
  BandLevels wanted = falling(1);
  for (std::size_t b = 20; b < wanted.size(); ++b) wanted[b] += 30;      // highs 30 dB up: 18 up and 12 down do it
  const BandLevels gains = match_gains(falling(1), falling(1), wanted, {}, {});
  for (const double g : gains) EXPECT_LE(std::fabs(g), 18.001);
  EXPECT_NEAR(gains[25] - gains[10], 30, 0.01);
}

TEST(Match, WhereTheSoundHasNothingNothingIsRaised) {
  BandLevels measured = falling(0.2);
  for (std::size_t b = 0; b < 6; ++b) measured[b] = -90;                  // a voice: no bass
  const BandLevels gains = match_gains(measured, measured, falling(1.5), {}, {});
  for (std::size_t b = 0; b < 6; ++b) EXPECT_LE(gains[b], 0) << b;
  EXPECT_EQ(compare(measured, falling(1.5)).bands, 24);
  // Also when all else has been turned down to it.
  BandLevels after = measured;
  for (std::size_t b = 6; b < after.size(); ++b) after[b] -= 40;
  EXPECT_EQ(compare(after, falling(1.5)).bands, 27);
  EXPECT_EQ(compare(after, falling(1.5), measured).bands, 24);
}

TEST(Match, WhereTheReferenceHasNothingTheSoundIsLowered) {
  BandLevels wanted = falling(0.2);
  for (std::size_t b = 27; b < wanted.size(); ++b) wanted[b] = -200;      // an MP3
  const BandLevels gains = match_gains(falling(0.2), falling(0.2), wanted, {}, {});
  EXPECT_LT(gains[28], -17);
  EXPECT_NEAR(gains[20], 0, 0.2);
}

TEST(Match, SilenceAsksForNothing) {
  BandLevels silence{};
  silence.fill(-200);
  EXPECT_EQ(compare(silence, falling(1)).bands, 0);
  for (const double g : match_gains(silence, silence, falling(1), {}, {})) EXPECT_LE(g, 0);
}

}  // namespace
}  // namespace figment::mix
