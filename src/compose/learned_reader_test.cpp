// Malformed tables, kind by kind: each must be refused with an Error that names file, table and entry.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "compose/learned.h"

namespace figment::compose {
namespace {

class HostileTables : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              (std::string("figment_learned_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    std::filesystem::copy(std::filesystem::path(FIGMENT_SOURCE_DIR) / "data" / "learned", folder_ / "learned");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Loads with one value replaced; the message of the Error that must come.
  std::string spoiled(const char* file, const char* pointer, const nlohmann::json& value) {
    const auto path = folder_ / "learned" / file;
    std::ifstream in(path);
    const nlohmann::json whole = nlohmann::json::parse(in);
    nlohmann::json changed = whole;
    changed.at(nlohmann::json::json_pointer(pointer)) = value;
    std::ofstream(path) << changed.dump();
    std::string message = "loaded without complaint";
    try {
      (void)load_learned(folder_);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Corrupt) << pointer;
      message = error.what();
    }
    std::ofstream(path) << whole.dump();
    return message;
  }

  std::filesystem::path folder_;
};

#define EXPECT_SAYS(message, words) EXPECT_NE((message).find(words), std::string::npos) << (message)

TEST_F(HostileTables, TheCopyItselfIsGood) { EXPECT_NO_THROW((void)load_learned(folder_)); }

TEST_F(HostileTables, AMissingFileIsNotFound) {
  std::filesystem::remove(folder_ / "learned" / "drums.json");
  try {
    (void)load_learned(folder_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::NotFound);
  }
}

TEST_F(HostileTables, AnotherFormatIsUnsupported) {
  std::ofstream(folder_ / "learned" / "melody.json") << R"({"format": 2, "provenance": {}})";
  try {
    (void)load_learned(folder_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unsupported);
  }
}

TEST_F(HostileTables, MelodyWeights) {
  EXPECT_SAYS(spoiled("melody.json", "/pop/steps/repeat/weak/chord/3", -0.5), "repeat: weak: chord: entry 3");
  EXPECT_SAYS(spoiled("melody.json", "/pop/steps/repeat/weak/chord/3", 1e300), "wanted a number");
  EXPECT_SAYS(spoiled("melody.json", "/pop/steps/repeat/weak/chord/3", nullptr), "null");
  EXPECT_SAYS(spoiled("melody.json", "/pop/steps/repeat/weak/chord", {0.5, 0.5}), "found 2");
  EXPECT_SAYS(spoiled("melody.json", "/pop/degrees/minor/6", {1, 1, 1}), "minor: entry 6");
  EXPECT_SAYS(spoiled("melody.json", "/folk/steps/none", nlohmann::json::object()), "strong");
}

TEST_F(HostileTables, RhythmPatterns) {
  EXPECT_SAYS(spoiled("rhythm.json", "/pop/metres/4~14/patterns/0/0", "x..."), "16 characters");
  EXPECT_SAYS(spoiled("rhythm.json", "/pop/metres/4~14/patterns/0/0", "................"), "at least one x");
  EXPECT_SAYS(spoiled("rhythm.json", "/pop/metres/4~14/patterns/0/0", "x..............!"), "x or .");
  EXPECT_SAYS(spoiled("rhythm.json", "/pop/metres/4~14/patterns/0/1", 0), "patterns: entry 0");
  EXPECT_SAYS(spoiled("rhythm.json", "/pop/metres/4~14/patterns", nlohmann::json::array()), "1 to 512");
  EXPECT_SAYS(spoiled("rhythm.json", "/pop/metres/4~14/by place/closing", nlohmann::json::array()), "closing");
  EXPECT_SAYS(spoiled("rhythm.json", "/folk/metres/6~18/onset/5/2", 1.5), "onset: entry 5: entry 2");
  EXPECT_SAYS(spoiled("rhythm.json", "/folk/repetition/sources", {1, 1, 1, 1, 1}), "sum to 1");
}

TEST_F(HostileTables, PhraseDistributions) {
  EXPECT_SAYS(spoiled("phrases.json", "/pop/major/apex", {0, 0, 0, 0, 0, 0, 0, 0}), "only zeros");
  EXPECT_SAYS(spoiled("phrases.json", "/pop/minor/final degree/0", "tonic"), "final degree: entry 0");
  EXPECT_SAYS(spoiled("phrases.json", "/chorale/contours", nlohmann::json::array()), "contours");
  EXPECT_SAYS(spoiled("phrases.json", "/chorale/contours/0/shape/7", 2), "entry 0: shape: entry 7");
}

TEST_F(HostileTables, ChordIndexesAndKinds) {
  EXPECT_SAYS(spoiled("chords.json", "/pop/major/first order/0/1", 40), "first order: entry 0");
  EXPECT_SAYS(spoiled("chords.json", "/pop/major/first order/0/0", -1), "first order: entry 0");
  EXPECT_SAYS(spoiled("chords.json", "/pop/major/first order/0/1", 1.5), "whole number");
  EXPECT_SAYS(spoiled("chords.json", "/pop/major/first order/0", {3, 3, 10}), "two different chords");
  EXPECT_SAYS(spoiled("chords.json", "/pop/major/second order/0/2", 100000), "second order: entry 0");
  EXPECT_SAYS(spoiled("chords.json", "/pop/major/chords/1/kind", "power"), "\"power\"");
  EXPECT_SAYS(spoiled("chords.json", "/pop/major/chords/1/root", 12), "root");
  EXPECT_SAYS(spoiled("chords.json", "/folk/minor/final cadences/0/6", 0), "final cadences: entry 0");
  EXPECT_SAYS(spoiled("chords.json", "/pop/major/loops/0/chords/0/2", 7), "8 or 16 beats");
  EXPECT_SAYS(spoiled("chords.json", "/pop/major/loops/0/chords/0/0", 12), "loops: entry 0");
  EXPECT_SAYS(spoiled("chords.json", "/folk/lengths/4~14/0/0", 0), "lengths: 4/4: entry 0");
  auto twice = nlohmann::json{{"numeral", "I"}, {"root", 0}, {"kind", "maj"}, {"count", 1}};
  EXPECT_SAYS(spoiled("chords.json", "/folk/major/chords/5", twice), "already listed");
}

TEST_F(HostileTables, DrumProbabilities) {
  EXPECT_SAYS(spoiled("drums.json", "/styles/0/hit/kick/0", 1.01), "entry 0: hit: kick: entry 0");
  EXPECT_SAYS(spoiled("drums.json", "/styles/0/hit", {{"cowbell", 1}}), "cowbell");
  EXPECT_SAYS(spoiled("drums.json", "/styles/0/name", ""), "name");
  EXPECT_SAYS(spoiled("drums.json", "/families", 7), "list");
}

TEST_F(HostileTables, TruncatedAnywhereIsCorrupt) {
  const auto path = folder_ / "learned" / "phrases.json";
  std::ifstream in(path);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  for (std::size_t length = 0; length < whole.size() - 2; length += whole.size() / 13) {
    std::ofstream(path, std::ios::trunc) << whole.substr(0, length);
    EXPECT_THROW((void)load_learned(folder_), Error) << length;
  }
}

}  // namespace
}  // namespace figment::compose
