#include "song/recipe.h"

#include <gtest/gtest.h>

#include <set>

namespace figment::song {
namespace {

Recipe recipe() {
  Recipe r;
  r.engine = "builtin.track";
  r.version = 3;
  r.parameters = {{"preset", "bass/808"}, {"gain", 0.1}};
  r.seed = 7;
  r.inputs = {{"score", "midi/bass.mid", sha256("notes")}, {"take", "track kick", sha256("kick")}};
  return r;
}

TEST(Recipe, TheKeyIsTheHashOfItsCanonicalText) {
  Recipe r;
  r.engine = "e";
  r.parameters = {{"b", 2}, {"a", 1}};
  EXPECT_EQ(r.key(), sha256(R"({"engine":"e","parameters":{"a":1,"b":2},"seed":0,"version":1})"));
  EXPECT_TRUE(is_digest(recipe().key()));
}

TEST(Recipe, NamesAndOrderOfParametersStayOutOfTheKey) {
  Recipe named = recipe();
  named.inputs[0].name = "midi/low.mid";
  EXPECT_EQ(named.key(), recipe().key());
  Recipe turned = recipe();
  turned.parameters = nlohmann::json::parse(R"({"gain": 0.1, "preset": "bass/808"})");
  EXPECT_EQ(turned.key(), recipe().key());
}

TEST(Recipe, WhateverMayChangeTheSoundChangesTheKey) {
  std::set<Digest> keys{recipe().key()};
  const auto differs = [&](auto change) {
    Recipe r = recipe();
    change(r);
    EXPECT_TRUE(keys.insert(r.key()).second) << "change " << keys.size();
  };
  differs([](Recipe& r) { r.engine = "builtin.mix"; });
  differs([](Recipe& r) { r.version = 4; });
  differs([](Recipe& r) { r.seed = 8; });
  differs([](Recipe& r) { r.seed = ~std::uint64_t{0}; });
  differs([](Recipe& r) { r.parameters["gain"] = 0.1000000000000001; });
  differs([](Recipe& r) { r.parameters["more"] = nullptr; });
  differs([](Recipe& r) { r.inputs[0].digest = sha256("other notes"); });
  differs([](Recipe& r) { r.inputs[0].kind = "file"; });
  differs([](Recipe& r) { r.inputs.pop_back(); });
  differs([](Recipe& r) { std::swap(r.inputs[0], r.inputs[1]); });
}

TEST(Recipe, WeightsAreToldButTheKeyIsThatOfTheInputs) {
  Recipe told = recipe();
  told.weights = {{"musicgen-small", "CC-BY-NC-4.0", false, "ab"}};
  EXPECT_EQ(told.key(), recipe().key());
  EXPECT_EQ(weights_told(told.to_json()), told.weights);
  EXPECT_FALSE(recipe().to_json().contains("weights"));
}

TEST(Recipe, RecordsKeepTheNames) {
  const auto json = recipe().to_json();
  EXPECT_EQ(json["inputs"][0]["name"], "midi/bass.mid");
  EXPECT_EQ(json["inputs"][1]["sha256"], sha256("kick"));
  EXPECT_EQ(json["engine"], "builtin.track");
}

}  // namespace
}  // namespace figment::song
