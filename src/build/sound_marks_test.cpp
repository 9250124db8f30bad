#include "build/sound_marks.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace figment::build {
namespace {

using nlohmann::json;

const song::WeightsUsed kSmall{"musicgen-small", "CC-BY-NC-4.0", false, "ab"}, kText{"t5-base", "Apache-2.0", true, "cd"};

audio::Tags with(const std::string& recipe, const std::string& weights = {}) {
  audio::Tags tags;
  if (!recipe.empty()) tags.more["FIGMENT_RECIPE"] = recipe;
  if (!weights.empty()) tags.more["FIGMENT_WEIGHTS"] = weights;
  return tags;
}

json recipe() {
  return {{"engine", "musicgen-small"}, {"version", 2}, {"parameters", {{"prompt", "a choir"}}}, {"seed", 1}, {"weights", song::to_json({kSmall, kText})}};
}

TEST(SoundMarks, ARecipeTellsEnginePromptAndWeights) {
  const MadeBy made = made_by(with(recipe().dump()));
  EXPECT_EQ(made.engine, "musicgen-small 2");
  EXPECT_EQ(made.prompt, "a choir");
  EXPECT_EQ(made.weights, (std::vector<song::WeightsUsed>{kSmall, kText}));
}

TEST(SoundMarks, WhatIsWrittenIsReadAgain) {
  for (const bool composite : {false, true}) {
    audio::Tags tags;
    mark_weights(tags, {kSmall}, composite);
    const MadeBy made = made_by(tags);
    EXPECT_EQ(made.weights, std::vector<song::WeightsUsed>{kSmall});
    EXPECT_EQ(made.composite, composite);
    EXPECT_EQ(tags.more.at("DIGITALSOURCETYPE"), std::string("http://cv.iptc.org/newscodes/digitalsourcetype/") + (composite ? "compositeWithTrainedAlgorithmicMedia" : "trainedAlgorithmicMedia"));
  }
}

TEST(SoundMarks, PeopleAreToldOnceInTheComment) {
  audio::Tags tags;
  tags.comment = "Made with Figment";
  mark_weights(tags, {kSmall}, true);
  mark_weights(tags, {kSmall}, true);
  EXPECT_EQ(tags.comment, "Made with Figment. Trained weights took part: musicgen-small (CC-BY-NC-4.0, no commercial use).");
  EXPECT_NE(tags.more.at("LICENSE").find("musicgen-small (CC-BY-NC-4.0, no commercial use)"), std::string::npos);
}

TEST(SoundMarks, SoundsWithoutWeightsKeepTheirTags) {
  audio::Tags tags;
  mark_weights(tags, {}, true);
  mark_made_of(tags, {"builtin.sound 1", "a kick", {}, false}, {});
  EXPECT_TRUE(tags.more.empty());
  EXPECT_TRUE(tags.comment.empty());
}

TEST(SoundMarks, AFileMadeOfAnotherHasARecipeOfItsOwnAndTheOthersWeights) {
  audio::Tags tags = with(recipe().dump());
  song::Recipe cut;
  cut.engine = "builtin.chop";
  cut.inputs = {{"file", "Fl\xE4" "che.wav", sha256("x")}};      // a name that is no UTF-8
  mark_made_of(tags, made_by(tags), cut);
  EXPECT_EQ(made_by(tags).engine, "builtin.chop 1");
  EXPECT_EQ(made_by(tags).weights, (std::vector<song::WeightsUsed>{kSmall, kText}));
  EXPECT_FALSE(made_by(tags).composite) << "a piece of one sound is one sound";
  audio::Tags of_song;
  mark_weights(of_song, {kSmall}, true);
  audio::Tags piece;
  mark_made_of(piece, made_by(of_song), cut);
  EXPECT_TRUE(made_by(piece).composite) << "a piece of a composite is a composite";
}

TEST(SoundMarks, HostileTagsTellNothing) {
  json engine = recipe(), prompt = recipe(), version = recipe(), no_parameters = recipe();
  engine["engine"] = {1, 2};
  prompt["parameters"]["prompt"] = 7;
  version["version"] = "two";
  no_parameters["parameters"] = "none";
  for (const json& odd : {engine, prompt, version, no_parameters}) EXPECT_EQ(made_by(with(odd.dump())).weights.size(), 2U) << "odd elsewhere, but its weights are told";
  const std::string deep(60000, '[');
  for (const std::string& text : {std::string("{"), std::string("null"), std::string("7"), std::string("\"weights\""), std::string("[]"), std::string("{\"weights\":7}"), deep, deep + std::string(60000, ']'),
                                  std::string("\xFF\xFE"), recipe().dump() + "; " + recipe().dump(), recipe().dump().substr(0, 80)}) {
    EXPECT_TRUE(made_by(with(text)).weights.empty()) << text.substr(0, 100);
    EXPECT_TRUE(made_by(with("", text)).weights.empty()) << text.substr(0, 100);
  }
  json long_one = recipe();
  long_one["parameters"]["prompt"] = std::string(1 << 20, 'x');
  EXPECT_TRUE(made_by(with(long_one.dump())).weights.empty());
  json sly = recipe();
  sly["parameters"]["prompt"] = "a\033[2Jb";
  EXPECT_EQ(made_by(with(sly.dump())).prompt, "a [2Jb");
}

TEST(SoundMarks, WhatIsNoSoundTellsNothing) {
  EXPECT_TRUE(made_by(std::filesystem::path("/nowhere/at/all.wav")).weights.empty());
  EXPECT_TRUE(made_by(std::filesystem::path(__FILE__)).weights.empty());
}

}  // namespace
}  // namespace figment::build
