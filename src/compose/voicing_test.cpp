#include "compose/voicing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "compose/test_plan.h"

namespace figment::compose {
namespace {

using score::Chord;

std::vector<Chord> chords_of(const std::string& style, std::uint64_t seed) {
  std::vector<Chord> chords;
  const score::Key key{static_cast<int>(seed % 12), seed % 2 ? score::Mode::Major : score::Mode::Minor};
  for (const auto& span :
       testing::make_plan({.style = style, .key = key, .seed = seed, .until = testing::Until::Chords}).chords)
    chords.push_back(span.chord);
  return chords;
}

TEST(Voicing, HoldsTheChordAndStaysInRange) {
  for (const auto& id : testing::style_names()) {
    for (const auto type : {VoicingType::Close, VoicingType::Open, VoicingType::Drop2, VoicingType::Spread,
                            VoicingType::Shell, VoicingType::Power, VoicingType::Unison}) {
      const auto chords = chords_of(id, 3);
      VoicingRules rules;
      rules.type = type;
      rules.low = 45;
      rules.high = 79;
      const auto voicings = voice_chords(chords, rules);
      ASSERT_EQ(voicings.size(), chords.size());
      for (std::size_t i = 0; i < chords.size(); ++i) {
        ASSERT_FALSE(voicings[i].empty());
        EXPECT_GE(voicings[i].front(), rules.low);
        EXPECT_LE(voicings[i].back(), rules.high);
        EXPECT_TRUE(std::is_sorted(voicings[i].begin(), voicings[i].end()));
        for (int note : voicings[i])
          EXPECT_TRUE(chords[i].contains(note) || type == VoicingType::Power) << chords[i].text();
        for (int tone : essential_tones(chords[i], rules)) {
          EXPECT_TRUE(std::any_of(voicings[i].begin(), voicings[i].end(), [&](int n) { return n % 12 == tone; }))
              << id << " " << chords[i].text() << " lacks " << tone;
        }
      }
    }
  }
}

TEST(Voicing, TriadsAreComplete) {
  const std::vector<Chord> chords{score::parse_chord("C"), score::parse_chord("Dm"), score::parse_chord("Bdim"),
                                  score::parse_chord("F")};
  for (const auto& v : voice_chords(chords, {})) {
    std::vector<int> classes;
    for (int n : v) classes.push_back(n % 12);
    std::sort(classes.begin(), classes.end());
    classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
    EXPECT_EQ(classes.size(), 3U);
  }
}

TEST(Voicing, NoParallelsWhereTheyAreForbidden) {
  for (const std::string id : {"pop", "classical", "waltz", "jazz", "blues"}) {
    for (const auto type : {VoicingType::Close, VoicingType::Open, VoicingType::Drop2}) {
      int parallels = 0;
      for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        const auto chords = chords_of(id, seed);
        VoicingRules rules{.type = type, .low = 48, .high = 79, .voices = 4, .parallel_fifths = false};
        const auto voicings = voice_chords(chords, rules);
        for (std::size_t i = 1; i < voicings.size(); ++i)
          parallels += has_parallels(voicings[i - 1], voicings[i]) ? 1 : 0;
      }
      EXPECT_EQ(parallels, 0) << id << " type " << static_cast<int>(type);
    }
  }
}

TEST(Voicing, MovesFarLessThanRootPositions) {
  int led = 0, plain = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto chords = chords_of("pop", seed);
    const auto voicings = voice_chords(chords, {.low = 48, .high = 76, .voices = 3});
    Voicing before;
    for (std::size_t i = 0; i < chords.size(); ++i) {
      Voicing root;
      const int base = 60 + (chords[i].root + 5) % 12 - 5;
      for (std::size_t k = 0; k < 3 && k < chords[i].intervals.size(); ++k)
        root.push_back(base + chords[i].intervals[k]);
      if (i > 0) {
        led += movement(voicings[i - 1], voicings[i]);
        plain += movement(before, root);
      }
      before = root;
    }
  }
  EXPECT_LT(led, plain * 0.55);
}

TEST(Voicing, SpacingIsNotMuddy) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const auto& v :
         voice_chords(chords_of("jazz", seed), {.type = VoicingType::Open, .low = 40, .high = 76, .voices = 4})) {
      for (std::size_t i = 1; i < v.size(); ++i) {
        if (v[i - 1] < 48) {
          EXPECT_GE(v[i] - v[i - 1], 5) << v[i - 1];
        }
      }
    }
  }
}

TEST(Voicing, ShapesAreWhatTheirNamesSay) {
  const std::vector<Chord> seventh{score::parse_chord("Dm7"), score::parse_chord("G7"), score::parse_chord("Cmaj7")};
  for (const auto& v : voice_chords(seventh, {.type = VoicingType::Close})) EXPECT_LE(v.back() - v.front(), 12);
  for (const auto& v : voice_chords(seventh, {.type = VoicingType::Open})) EXPECT_GT(v.back() - v.front(), 12);
  for (const auto& v : voice_chords(seventh, {.type = VoicingType::Drop2})) {
    Voicing lifted(v.begin() + 1, v.end());
    lifted.push_back(v.front() + 12);
    std::sort(lifted.begin(), lifted.end());
    EXPECT_LE(lifted.back() - lifted.front(), 12);
  }
  const auto power = voice_chords(seventh, {.type = VoicingType::Power, .low = 36, .high = 60});
  for (std::size_t i = 0; i < power.size(); ++i) EXPECT_EQ(power[i].front() % 12, seventh[i].root);
}

TEST(Voicing, NarrowAndOddRangesAreAnswered) {
  const std::vector<Chord> chords{score::parse_chord("C"), score::parse_chord("F#m7")};
  for (const auto& [low, high] : {std::pair{60, 62}, {60, 60}, {0, 127}, {127, 0}, {0, 3}, {120, 127}}) {
    for (const auto& v : voice_chords(chords, {.low = low, .high = high})) {
      ASSERT_FALSE(v.empty());
      EXPECT_GE(v.front(), std::min(low, high));
      EXPECT_LE(v.back(), std::max(low, high));
    }
  }
}

TEST(Voicing, ParallelsAreRecognized) {
  EXPECT_TRUE(has_parallels({48, 55, 64}, {50, 57, 65}));
  EXPECT_TRUE(has_parallels({48, 60}, {50, 62}));
  EXPECT_FALSE(has_parallels({48, 55, 64}, {47, 55, 62}));
  EXPECT_FALSE(has_parallels({48, 55}, {48, 55}));
}

}  // namespace
}  // namespace figment::compose
