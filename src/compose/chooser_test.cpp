#include "compose/chooser.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace figment::compose {
namespace {

template <std::size_t count>
std::array<double, count> shares(const Chooser& chooser, const std::array<double, count>& weights,
                                 std::string_view what = "melody.step") {
  constexpr int draws = 40'000;
  Random random(7);
  std::array<double, count> result{};
  for (int i = 0; i < draws; ++i) result[chooser.choose(what, weights, random)] += 1.0;
  for (double& share : result) share /= draws;
  return result;
}

TEST(Chooser, DrawsInProportionToTheWeights) {
  const auto drawn = shares(LearnedChooser(), std::array{1.0, 3.0, 0.0, 6.0});
  EXPECT_NEAR(drawn[0], 0.1, 0.01);
  EXPECT_NEAR(drawn[1], 0.3, 0.01);
  EXPECT_EQ(drawn[2], 0.0);
  EXPECT_NEAR(drawn[3], 0.6, 0.01);
}

TEST(Chooser, TemperatureRaisesWeightsToItsInverse) {
  // At 0.5 weights are squared: 1 to 9; at 2 they are rooted: 1 to sqrt 3.
  EXPECT_NEAR(shares(LearnedChooser(0.5), std::array{1.0, 3.0})[1], 0.9, 0.01);
  EXPECT_NEAR(shares(LearnedChooser(2.0), std::array{1.0, 3.0})[1], std::sqrt(3.0) / (1 + std::sqrt(3.0)), 0.01);
  EXPECT_EQ(shares(LearnedChooser(0.0), std::array{2.0, 3.0, 3.0})[1], 1.0);
}

TEST(Chooser, ScaleOfTheWeightsDoesNotMatter) {
  const LearnedChooser cool(0.1);
  EXPECT_EQ(shares(cool, std::array{1e200, 1.05e200}), shares(cool, std::array{1e-200, 1.05e-200}));
}

TEST(Chooser, AKindOfChoiceMayHaveItsOwnTemperature) {
  LearnedChooser chooser(1.0);
  chooser.set_temperature("drums", 0.0);
  chooser.set_temperature("drums.fill", 2.0);
  EXPECT_EQ(chooser.temperature("drums.fill"), 2.0);
  EXPECT_EQ(chooser.temperature("drums.fill.length"), 2.0);
  EXPECT_EQ(chooser.temperature("drums.pattern"), 0.0);
  EXPECT_EQ(chooser.temperature("drumstick"), 1.0);
  EXPECT_EQ(chooser.temperature("melody.step"), 1.0);
  EXPECT_EQ(shares(chooser, std::array{1.0, 1.5}, "drums.pattern")[1], 1.0);
}

TEST(Chooser, NeverTakesWhatHasNoWeightAndEverythingWhenNothingHas) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  for (double temperature : {0.0, 0.3, 1.0, 5.0}) {
    EXPECT_EQ(shares(LearnedChooser(temperature), std::array{nan, -2.0, 1e-9, 0.0})[2], 1.0) << temperature;
    EXPECT_NEAR(shares(LearnedChooser(temperature), std::array{0.0, nan})[0], 0.5, 0.02) << temperature;
  }
}

TEST(Chooser, TheSameSeedChoosesTheSameAndTemperatureDoesNotShiftTheStream) {
  const std::array weights{1.0, 2.0, 3.0};
  Random a(5), b(5), c(5);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(LearnedChooser().choose("x", weights, a), LearnedChooser().choose("x", weights, b));
    (void)LearnedChooser(0.0).choose("x", weights, c);
  }
  EXPECT_EQ(a.next(), c.next());
}

TEST(Chooser, RefusesNothingToChooseFromAndImpossibleTemperatures) {
  Random random(1);
  try {
    (void)LearnedChooser().choose("chord.next", {}, random);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    EXPECT_NE(std::string(error.what()).find("chord.next"), std::string::npos);
  }
  for (double bad : {-0.1, 11.0, std::numeric_limits<double>::quiet_NaN()}) EXPECT_THROW(LearnedChooser{bad}, Error);
}

}  // namespace
}  // namespace figment::compose
