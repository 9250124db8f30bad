#include "mix/balance.h"

#include <gtest/gtest.h>

namespace figment::mix {
namespace {

const std::filesystem::path kData = FIGMENT_SOURCE_DIR;

TEST(Balance, EveryCurveIsNearestToItself) {
  for (const std::string& name : balance_names(kData)) {
    const auto curve = load_balance(kData, name);
    EXPECT_NEAR(balance_distance(curve, curve), 0, 1e-9);
    EXPECT_EQ(nearest_balance(kData, curve).name, name);
  }
}

TEST(Balance, ARecordingWithoutLowsIsStillOfItsGenre) {
  auto thin = load_balance(kData, "rock");
  for (std::size_t b = 0; b < 6; ++b) thin[b] -= 35;
  EXPECT_EQ(nearest_balance(kData, thin).name, "rock");
  EXPECT_LT(balance_distance(thin, load_balance(kData, "rock")), 2.5) << "35 dB count for no more than 12";
}

TEST(Balance, AToneIsOfNone) {
  analysis::BandLevels tone{};
  tone.fill(-55);
  tone[17] = 0;
  EXPECT_GT(nearest_balance(kData, tone).distance_db, 7);
}

}  // namespace
}  // namespace figment::mix
