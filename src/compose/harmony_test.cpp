#include "compose/harmony.h"

#include <gtest/gtest.h>

#include <cmath>

#include "compose/test_plan.h"

namespace figment::compose {
namespace {

using score::Key;
using score::Metre;
using score::Mode;
using testing::make_plan;
using testing::PlanWish;
using testing::Until;

const std::vector<Mode> kModes{Mode::Major,        Mode::Minor,           Mode::Dorian,  Mode::Phrygian,
                               Mode::Lydian,       Mode::Mixolydian,      Mode::Locrian, Mode::HarmonicMinor,
                               Mode::MelodicMinor, Mode::PhrygianDominant};
const std::vector<Metre> kMetres{{4, 4}, {3, 4}, {6, 8}, {7, 8}, {5, 4}, {12, 8}, {2, 4}, {9, 8}, {5, 8}};

TEST(Harmony, CoversTheSongInEveryStyleModeAndMetre) {
  std::uint64_t seed = 0;
  for (const auto& id : testing::style_names()) {
    for (const Mode mode : kModes) {
      for (const Metre metre : kMetres) {
        const Plan plan = make_plan({.style = id,
                                     .key = {static_cast<int>(seed % 12), mode},
                                     .metre = metre,
                                     .seed = ++seed,
                                     .until = Until::Chords});
        Beats at{0};
        for (const auto& span : plan.chords) {
          ASSERT_NEAR(span.start.value, at.value, 1e-9) << id << " " << metre.text();
          ASSERT_GE(span.length.value, 0.5 - 1e-9) << id << " " << metre.text();
          ASSERT_LE(span.length.value, 2 * metre.bar().value + 1e-9);
          ASSERT_FALSE(span.chord.intervals.empty());
          at = span.start + span.length;
        }
        ASSERT_NEAR(at.value, plan.bar_start(plan.bars).value, 1e-9) << id << " " << metre.text();
        ASSERT_EQ(plan.chords.back().chord.root, plan.key.tonic) << "the song ends at home: " << id;
      }
    }
  }
}

TEST(Harmony, EveryLengthWorks) {
  for (int bars : {1, 2, 3, 5, 7, 8, 13, 200}) {
    for (const auto& id : testing::style_names()) {
      const Plan plan = make_plan({.style = id, .seed = 5, .form = {{"verse", bars}}, .until = Until::Chords});
      ASSERT_FALSE(plan.chords.empty());
      const auto& last = plan.chords.back();
      EXPECT_NEAR((last.start + last.length).value, 4.0 * bars, 1e-9) << id << bars;
    }
  }
}

// The chords of a section but its last bar, which may lead elsewhere.
std::vector<score::Chord> body(const Plan& plan, const song::Section& section) {
  std::vector<score::Chord> chords;
  for (const auto& span : plan.chords) {
    if (span.start >= plan.bar_start(section.bar - 1) && span.start < plan.bar_start(section.bar + section.bars - 2))
      chords.push_back(span.chord);
  }
  return chords;
}

TEST(Harmony, SectionsOfAKindReturnAndVersesDifferFromChoruses) {
  int different = 0, songs = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Plan plan = make_plan(
        {.style = "pop", .key = {2, seed % 2 ? Mode::Major : Mode::Minor}, .seed = seed, .until = Until::Chords});
    EXPECT_EQ(body(plan, plan.sections[2]), body(plan, plan.sections[4])) << "chorus 2 is chorus 1";
    EXPECT_EQ(body(plan, plan.sections[1]), body(plan, plan.sections[3])) << "verse 2 is verse 1";
    ++songs;
    if (body(plan, plan.sections[1]) != body(plan, plan.sections[2])) ++different;
  }
  EXPECT_EQ(different, songs);
}

TEST(Harmony, AppliedDominantsResolve) {
  int applied = 0;
  for (const std::string id : {"pop", "jazz", "classical", "waltz"}) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      const Plan plan = make_plan(
          {.style = id, .key = {0, seed % 2 ? Mode::Major : Mode::Minor}, .seed = seed, .until = Until::Chords});
      for (std::size_t i = 0; i + 1 < plan.chords.size(); ++i) {
        const auto& chord = plan.chords[i].chord;
        const bool foreign = !plan.key.contains(60 + chord.root + 4) || !plan.key.contains(60 + chord.root + 10);
        const int above = (chord.root - plan.key.tonic + 12) % 12;
        if (!dominant_seventh(chord) || !foreign || above == 7 || plan.chords[i + 1].chord == chord) continue;
        ++applied;
        const int next = plan.chords[i + 1].chord.root;
        EXPECT_TRUE(next == (chord.root + 5) % 12 || next == (chord.root + 11) % 12)
            << id << " seed " << seed << ": " << chord.text() << " goes to " << plan.chords[i + 1].chord.text();
      }
    }
  }
  EXPECT_GT(applied, 50) << "styles that borrow have secondary dominants";
}

TEST(Harmony, StrictModesStayInTheirMode) {
  for (const Mode mode : {Mode::Dorian, Mode::Phrygian, Mode::Lydian, Mode::Mixolydian}) {
    int outside = 0, total = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const Plan plan = make_plan({.style = "pop", .key = {4, mode}, .seed = seed, .until = Until::Chords});
      for (const auto& span : plan.chords) {
        for (int interval : span.chord.intervals) {
          ++total;
          if (!plan.key.contains(60 + span.chord.root + interval)) ++outside;
        }
      }
    }
    EXPECT_LT(outside, total / 50) << name(mode);
  }
}

TEST(Harmony, CadencesLeadOnAndComeHome) {
  // Where the style has cadences, a section before one that opens on the tonic never stands still on it.
  int home_again = 0, seams = 0, prepared = 0, songs = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Plan plan = make_plan({.style = "classical", .key = {7, Mode::Major}, .seed = seed, .until = Until::Chords});
    for (std::size_t s = 0; s + 1 < plan.sections.size(); ++s) {
      const Beats seam = plan.bar_start(plan.sections[s + 1].bar - 1);
      const auto* before = score::chord_at(plan.chords, seam - Beats{0.1});
      const auto* after = score::chord_at(plan.chords, seam + Beats{0.1});
      if (function_of(*after, plan.key) != Function::Tonic) continue;
      ++seams;
      if (function_of(*before, plan.key) == Function::Tonic) ++home_again;
    }
    ++songs;
    const auto* penultimate = score::chord_at(plan.chords, plan.bar_start(plan.bars - 1) - Beats{0.1});
    const Function f = function_of(*penultimate, plan.key);
    if (f == Function::Dominant || f == Function::Predominant) ++prepared;
  }
  EXPECT_GT(seams, 50);
  EXPECT_EQ(home_again, 0);
  EXPECT_EQ(prepared, songs) << "authentic or plagal";
}

TEST(Harmony, ExtensionsFollowTheStyle) {
  const auto mean_tones = [](const std::string& id) {
    double tones = 0, chords = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      for (const auto& span : make_plan({.style = id, .seed = seed, .until = Until::Chords}).chords) {
        tones += static_cast<double>(span.chord.intervals.size());
        ++chords;
      }
    }
    return tones / chords;
  };
  EXPECT_GT(mean_tones("jazz"), 4.2);
  EXPECT_LT(mean_tones("rock"), 3.2);
}

TEST(Harmony, SeedsDifferAndRepeat) {
  const auto chords = [](std::uint64_t seed) {
    std::string text;
    for (const auto& span : make_plan({.style = "jazz", .seed = seed, .until = Until::Chords}).chords)
      text += span.chord.text() + " ";
    return text;
  };
  EXPECT_EQ(chords(3), chords(3));
  EXPECT_NE(chords(3), chords(4));
}

TEST(Harmony, ChordScaleBendsWhatContradictsTheChord) {
  const Key minor{9, Mode::Minor};
  const PitchSet over_e = chord_scale(score::parse_chord("E7"), minor);
  EXPECT_TRUE(over_e[8]) << "g sharp";
  EXPECT_FALSE(over_e[7]) << "no g natural against it";
  EXPECT_TRUE(over_e[9]);
  const Key major{0, Mode::Major};
  const PitchSet over_fm = chord_scale(score::parse_chord("Fm"), major);
  EXPECT_TRUE(over_fm[8]);
  EXPECT_FALSE(over_fm[9]);
  const PitchSet over_a7 = chord_scale(score::parse_chord("A7"), major);
  EXPECT_TRUE(over_a7[1]);
  EXPECT_FALSE(over_a7[0]);
}

}  // namespace
}  // namespace figment::compose
