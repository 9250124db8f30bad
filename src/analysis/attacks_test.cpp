#include "analysis/attacks.h"

#include <gtest/gtest.h>

#include "analysis/test_sounds.h"

namespace figment::analysis {
namespace {

using namespace testing;

TEST(Attacks, StruckSoundsAreFoundToThreeMilliseconds) {
  Samples sound = silence(12);
  Random random(3);
  std::vector<double> truth;
  for (double at = 0.3; at < 11.5; at += random.uniform(0.08, 0.5)) {
    strike(sound, at, random.uniform(0.2, 0.9), random.uniform(0.01, 0.06));
    truth.push_back(at);
  }
  const auto found = find_attacks(features_of(sound));
  int right = 0;
  for (const double t : truth)
    for (const Attack& a : found) right += std::abs(a.at.value - t) < 0.003;
  EXPECT_GE(right, static_cast<int>(0.97 * static_cast<double>(truth.size()))) << "of " << truth.size();
  EXPECT_LE(found.size(), truth.size() * 103 / 100 + 1);
}

TEST(Attacks, ToneChangesAreFoundThoughNothingIsStruck) {
  Samples sound = silence(8);
  for (int i = 0; i < 8; ++i) tone(sound, i, 1.0, 60 + 2 * i);
  const auto found = find_attacks(features_of(sound));
  for (int i = 1; i < 8; ++i) {
    double nearest = 1;
    for (const Attack& a : found) nearest = std::min(nearest, std::abs(a.at.value - i));
    EXPECT_LT(nearest, 0.03) << "at " << i << " s";
  }
}

TEST(Attacks, NothingBeginsInSilenceHumOrSteadyNoise) {
  EXPECT_TRUE(find_attacks(features_of(silence(3))).empty());
  Samples hum = silence(6);
  tone(hum, 0, 6, 45);
  int inside = 0;
  for (const Attack& a : find_attacks(features_of(hum))) inside += a.at.value > 0.3 && a.at.value < 5.7;
  EXPECT_EQ(inside, 0);
  Samples noise = silence(6);
  Random random(1);
  for (float& x : noise) x = static_cast<float>(0.1 * random.normal());
  EXPECT_LT(find_attacks(features_of(noise)).size(), 15U);
  EXPECT_EQ(find_attacks(features_of(noise), 0.0).size(), 0U);
}

}  // namespace
}  // namespace figment::analysis
