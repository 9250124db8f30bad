#include "measures.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "test_signals.h"

namespace figment::stems {
namespace {

using test::noise;
using test::sum;

constexpr std::int64_t kMeasured = 44100;

TEST(StemMeasures, NoiseTwentyDecibelsBelowScoresTwenty) {
  const auto s = noise(1, kMeasured), n = noise(77, kMeasured);
  const auto level = static_cast<float>(0.1 * std::sqrt(test::energy(s.view()) / test::energy(n.view())));
  const auto e = sum(s.view(), n.view(), level);
  EXPECT_NEAR(sdr(s.view(), e.view()), 20, 1e-4);
  EXPECT_NEAR(si_sdr(s.view(), e.view()), 20, 0.1);   // noise and sound are not quite orthogonal
}

TEST(StemMeasures, LevelCountsForSdrAndNotForSiSdr) {
  const auto s = noise(1, kMeasured), n = noise(77, kMeasured);
  const auto e = sum(s.view(), n.view(), 0.25F);
  auto half = e, doubled = e;
  half.block().scale(0.5F), doubled.block().scale(2);
  EXPECT_NEAR(si_sdr(s.view(), half.view()), si_sdr(s.view(), e.view()), 1e-9);
  EXPECT_NEAR(si_sdr(s.view(), doubled.view()), si_sdr(s.view(), e.view()), 1e-9);
  // The reference at half its level misses half of it: 20 log10(2).
  auto soft = s;
  soft.block().scale(0.5F);
  EXPECT_NEAR(sdr(s.view(), soft.view()), test::db(4), 1e-6);
  EXPECT_EQ(si_sdr(s.view(), soft.view()), std::numeric_limits<double>::infinity());
  EXPECT_LT(sdr(s.view(), half.view()), sdr(s.view(), e.view()) - 2);
}

// Le Roux et al. 2019: for noise orthogonal to s, SI-SDR of s + n is |s|² / |n|²; plain SDR of g (s + n) is then below that for every g
// but one.
TEST(StemMeasures, WithOrthogonalNoiseBothAreTheRatioOfEnergies) {
  audio::AudioBuffer s(1, 1000, Hertz{44100}), e(1, 1000, Hertz{44100});
  for (int n = 0; n < 1000; ++n) {
    s.channel(0)[n] = n % 2 == 0 ? 1.0F : -1.0F;
    e.channel(0)[n] = s.channel(0)[n] + ((n / 2) % 2 == 0 ? 0.25F : -0.25F);
  }
  EXPECT_NEAR(si_sdr(s.view(), e.view()), test::db(16), 1e-9);
  EXPECT_NEAR(sdr(s.view(), e.view()), test::db(16), 1e-6);
}

TEST(StemMeasures, ADelayIsAnError) {
  // White noise one frame late is as good as another noise: SDR is that of two, SI-SDR far below 0.
  const auto s = noise(5, kMeasured);
  audio::AudioBuffer late(2, kMeasured, s.rate());
  for (int c = 0; c < 2; ++c) std::copy(s.channel(c), s.channel(c) + kMeasured - 1, late.channel(c) + 1);
  EXPECT_NEAR(sdr(s.view(), late.view()), test::db(0.5), 0.1);
  EXPECT_LT(si_sdr(s.view(), late.view()), -30);
}

TEST(StemMeasures, SilenceForAnEstimateScoresNothing) {
  const auto s = noise(5, kMeasured);
  const audio::AudioBuffer nothing(2, kMeasured, s.rate());
  EXPECT_NEAR(sdr(s.view(), nothing.view()), 0, 1e-9);
  EXPECT_TRUE(std::isnan(si_sdr(s.view(), nothing.view())));
  EXPECT_TRUE(std::isnan(si_sdr(nothing.view(), s.view())));
  EXPECT_GT(sdr(s.view(), s.view()), 100);
}

TEST(StemMeasures, SoundsOfTwoLengthsAreRefused) {
  const auto s = noise(5, 1000), e = noise(5, 999);
  EXPECT_THROW((void)sdr(s.view(), e.view()), Error);
  EXPECT_THROW((void)si_sdr(s.view(), e.view()), Error);
}

TEST(StemMeasures, TheMedianLeavesOutWhatIsNoNumber) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(median_of_numbers({3, nan, 1, 2, nan}), 2);
  EXPECT_EQ(median_of_numbers({4, 1, nan, 2, 3}), 2.5);
  EXPECT_EQ(median_of_numbers({infinity, 1, infinity}), infinity);
  EXPECT_TRUE(std::isnan(median_of_numbers({nan, nan})));
}

}  // namespace
}  // namespace figment::stems
