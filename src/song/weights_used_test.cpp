#include "song/weights_used.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace figment::song {
namespace {

const WeightsUsed kSmall{"musicgen-small", "CC-BY-NC-4.0", false, "ab"}, kText{"t5-base", "Apache-2.0", true, "cd"};

TEST(WeightsUsed, ComeBackAsTheyWere) {
  const std::vector<WeightsUsed> all{kSmall, kText};
  EXPECT_EQ(weights_from_json(to_json(all)), all);
  EXPECT_TRUE(weights_from_json(nlohmann::json::array()).empty());
}

TEST(WeightsUsed, OneThatForbidsForbidsAll) {
  EXPECT_TRUE(commercial_use_allowed({}));
  EXPECT_TRUE(commercial_use_allowed({kText}));
  EXPECT_FALSE(commercial_use_allowed({kText, kSmall}));
}

TEST(WeightsUsed, AreListedOnce) {
  std::vector<WeightsUsed> all{kSmall};
  unite(all, {kText, kSmall});
  EXPECT_EQ(all, (std::vector<WeightsUsed>{kSmall, kText}));
  EXPECT_EQ(weights_text(all), "musicgen-small (CC-BY-NC-4.0, no commercial use), t5-base (Apache-2.0)");
}

TEST(WeightsUsed, OfAnotherFormAreRefused) {
  EXPECT_THROW((void)weights_from_json({{{"model", "x"}}}), Error);
  EXPECT_THROW((void)weights_from_json({{{"model", 1}, {"licence", "MIT"}, {"commercial_use", true}, {"sha256", ""}}}), Error);
}

}  // namespace
}  // namespace figment::song
