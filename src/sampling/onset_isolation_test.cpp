#include "sampling/onset_isolation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace figment::sampling {
namespace {

double power_of(const std::vector<float>& x, std::size_t from, std::size_t to) {
  double sum = 0;
  for (std::size_t n = from; n < to; ++n) sum += static_cast<double>(x[n]) * x[n];
  return sum / static_cast<double>(to - from);
}

TEST(OnsetIsolation, WhatRingsGoesAndWhatBeginsStays) {
  constexpr std::size_t kPlace = 8000, kLength = 20000;
  std::mt19937 random(2);
  std::normal_distribution<float> draw(0, 0.1F);
  std::vector<float> ringing(kLength), fresh(kLength, 0.0F), both(kLength);
  for (std::size_t n = 0; n < kLength; ++n) {
    const double t = static_cast<double>(n) / 44100;
    ringing[n] = static_cast<float>(0.5 * std::sin(2 * M_PI * 55 * t) * std::exp(-t / 0.4));
    if (n >= kPlace) fresh[n] = draw(random) * static_cast<float>(std::exp(-(t - kPlace / 44100.0) / 0.03));
    both[n] = ringing[n] + fresh[n];
  }
  const std::vector<float> heard = without_ringing(both, kPlace);
  ASSERT_EQ(heard.size(), kLength - kPlace);
  // The drum that rings is 20 dB louder than the hat for most of the time; of it less than a hundredth is left.
  std::vector<float> rest(heard.size());
  for (std::size_t n = 0; n < rest.size(); ++n) rest[n] = heard[n] - fresh[kPlace + n];
  EXPECT_LT(power_of(rest, 0, 6000), 0.02 * power_of(ringing, kPlace, kPlace + 6000));
  EXPECT_GT(power_of(heard, 0, 1000), 0.7 * power_of(fresh, kPlace, kPlace + 1000));
  // Alone, it is left as it is.
  const std::vector<float> alone = without_ringing(fresh, kPlace);
  for (std::size_t n = 0; n < alone.size(); ++n) ASSERT_NEAR(alone[n], fresh[kPlace + n], 1e-5);
  EXPECT_EQ(without_ringing(both, 100).size(), kLength - 100);
  EXPECT_TRUE(without_ringing(both, kLength).empty());
}

}  // namespace
}  // namespace figment::sampling
