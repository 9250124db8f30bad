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

TEST(WeightsUsed, ThoseThatForbidAreNamed) {
  EXPECT_EQ(not_for_commerce({kText, kSmall}), std::vector<WeightsUsed>{kSmall});
  EXPECT_TRUE(not_for_commerce({kText}).empty());
}

TEST(WeightsUsed, OfAStrangerAreBelievedOnlyWhenTheyMakeSense) {
  using nlohmann::json;
  EXPECT_EQ(weights_told({{"weights", to_json({kSmall, kText})}}), (std::vector<WeightsUsed>{kSmall, kText}));
  EXPECT_EQ(weights_told({{"weights", to_json({kSmall, kSmall})}}), std::vector<WeightsUsed>{kSmall});
  const auto one = [](const char* field, const json& value) {
    json list = to_json({kSmall});
    list[0][field] = value;
    return json{{"weights", list}};
  };
  const json bad[] = {json(), json::array({1, 2}), json::object(), {{"weights", nullptr}}, {{"weights", "musicgen"}}, {{"weights", to_json({kSmall})[0]}}, {{"weights", {1, 2}}},
                      one("model", 1), one("model", ""), one("model", "a\033[31mb"), one("model", std::string(1000, 'x')), one("licence", nullptr), one("licence", "MIT\nno"),
                      one("commercial_use", "yes"), one("sha256", std::string(500, 'a')), {{"weights", json(std::vector<json>(257, to_json({kSmall})[0]))}}};
  for (const json& told : bad) EXPECT_TRUE(weights_told(told).empty()) << told.dump();
}

TEST(WeightsUsed, OfAnotherFormAreRefused) {
  EXPECT_THROW((void)weights_from_json({{{"model", "x"}}}), Error);
  EXPECT_THROW((void)weights_from_json({{{"model", 1}, {"licence", "MIT"}, {"commercial_use", true}, {"sha256", ""}}}), Error);
}

}  // namespace
}  // namespace figment::song
