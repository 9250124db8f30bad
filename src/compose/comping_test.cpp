#include "compose/comping.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "compose/test_plan.h"

namespace figment::compose {
namespace {

using score::Note;
using score::Score;
using testing::make_plan;

const std::vector<std::string> kPatterns{"pads",       "stabs",  "offbeat",  "strum",   "comp",
                                         "arpeggio",   "blocks", "alberti",  "skank",   "clave",
                                         "charleston", "pulse",  "house",    "sustain", "fingerpick",
                                         "power-chug", "broken", "ostinato", "tremolo", "trance-gate"};

Member with_pattern(const Member& member, TrackTemplate& part, const std::string& pattern) {
  part = *member.part;
  part.part.pattern = pattern;
  Member result = member;
  result.part = &part;
  return result;
}

void expect_sound_score(const Plan& plan, const Member& member, const Score& score, const std::string& where) {
  const Beats end = plan.bar_start(plan.bars);
  std::map<int, Beats> free_from;
  std::set<int> bars;
  for (const Note& note : score.notes) {
    ASSERT_GE(note.start.value, 0) << where;
    ASSERT_LE(note.end().value, end.value + 1e-9) << where;
    ASSERT_GT(note.length.value, 0) << where;
    ASSERT_GE(note.pitch, member.part->part.low) << where;
    ASSERT_LE(note.pitch, member.part->part.high) << where;
    ASSERT_GT(note.velocity, 0) << where;
    ASSERT_LE(note.velocity, 1) << where;
    const int bar = plan.bar_at(note.start);
    ASSERT_TRUE(member.plays(bar)) << where << " plays in silent bar " << bar;
    bars.insert(bar);
    int until = bar + 1;
    while (member.plays(until)) ++until;
    ASSERT_LE(note.end().value, plan.bar_start(until).value + 1e-9) << where << " rings into silence";
    const auto before = free_from.find(note.pitch);
    if (before != free_from.end()) {
      ASSERT_GE(note.start.value, before->second.value - 1e-9) << where << " overlaps itself";
    }
    free_from[note.pitch] = note.end();
  }
  ASSERT_FALSE(score.notes.empty()) << where;
}

TEST(Comping, IsSoundInEveryPatternAndMetre) {
  std::uint64_t seed = 0;
  for (const auto& pattern : kPatterns) {
    for (const std::string id : {"pop", "jazz", "metal"}) {
      for (const score::Metre metre : {score::Metre{4, 4}, {3, 4}, {6, 8}, {7, 8}, {5, 4}, {12, 8}, {5, 8}}) {
        ++seed;
        Plan plan =
            make_plan({.style = id,
                       .key = {static_cast<int>(seed % 12), seed % 2 ? score::Mode::Minor : score::Mode::Dorian},
                       .metre = metre,
                       .seed = seed,
                       .until = testing::Until::Chords});
        for (const std::string role : {"chords", "pad", "pluck"}) {
          TrackTemplate part;
          Member member = with_pattern(*plan.member(role), part, pattern);
          for (std::size_t bar = 0; bar < member.activity.size(); ++bar)
            member.activity[bar] = bar % 9 == 4 ? 0.0 : 1.0;
          const Score score = write_chords(plan, member);
          expect_sound_score(plan, member, score, pattern + " " + id + " " + metre.text() + " " + role);
        }
      }
    }
  }
}

TEST(Comping, SoundsTheChordOfTheMoment) {
  for (const auto& pattern : kPatterns) {
    const Plan plan = make_plan({.style = "pop", .seed = 7, .until = testing::Until::Chords});
    TrackTemplate part;
    const Member member = with_pattern(*plan.member("chords"), part, pattern);
    int inside = 0, all = 0;
    for (const Note& note : write_chords(plan, member).notes) {
      ++all;
      const auto* now = score::chord_at(plan.chords, note.start + Beats{1e-6});
      const auto* soon =
          score::chord_at(plan.chords, std::min(note.start + Beats{0.51}, plan.bar_start(plan.bars) - Beats{0.01}));
      if (now->contains(note.pitch) || soon->contains(note.pitch)) ++inside;
    }
    EXPECT_EQ(inside, all) << pattern;
  }
}

TEST(Comping, EveryPlayingBarOfARhythmPatternHasHits) {
  for (const auto& pattern : kPatterns) {
    if (pattern == "pads" || pattern == "sustain") continue;
    const Plan plan = make_plan({.style = "pop", .metre = {7, 8}, .seed = 3, .until = testing::Until::Chords});
    TrackTemplate part;
    const Member member = with_pattern(*plan.member("chords"), part, pattern);
    std::set<int> bars;
    for (const Note& note : write_chords(plan, member).notes)
      bars.insert(plan.bar_at(note.start));
    // Clave is silent in no bar either, whatever the metre.
    EXPECT_EQ(bars.size(), static_cast<std::size_t>(plan.bars)) << pattern;
  }
}

TEST(Comping, PadsSoundThroughEveryChordAndHoldCommonTones) {
  const Plan plan = make_plan({.style = "pop", .seed = 4, .until = testing::Until::Chords});
  const Score score = write_chords(plan, *plan.member("pad"));
  int held = 0;
  for (const auto& span : plan.chords) {
    int sounding = 0;
    for (const Note& note : score.notes) {
      if (note.start <= span.start + Beats{1e-9} && note.end() >= span.start + span.length - Beats{1e-9}) ++sounding;
      if (note.start < span.start - Beats{1e-6} && note.end() > span.start + Beats{1e-6}) ++held;
    }
    EXPECT_GE(sounding, 3) << span.start.value;
  }
  EXPECT_GT(held, 5) << "common tones are tied";
}

TEST(Comping, StrumsRunAcrossTheStrings) {
  const Plan plan = make_plan({.style = "pop", .seed = 4, .until = testing::Until::Chords});
  TrackTemplate part;
  const Member member = with_pattern(*plan.member("chords"), part, "strum");
  const auto notes = write_chords(plan, member).notes;
  int late = 0;
  for (const Note& note : notes) {
    const double off = std::abs(std::remainder(note.start.value, 0.25));
    if (off > 1e-6) ++late;
    EXPECT_LT(off * 60 / plan.tempo.value, 0.11) << "a strum is over within a tenth of a second";
  }
  EXPECT_GT(late, static_cast<int>(notes.size()) / 2);
}

TEST(Comping, LoudSectionsPlayMore) {
  for (const std::string pattern : {"blocks", "strum"}) {
    const Plan plan = make_plan({.style = "pop", .seed = 4, .until = testing::Until::Chords});
    TrackTemplate part;
    const Member member = with_pattern(*plan.member("chords"), part, pattern);
    double quiet = 0, loud = 0;
    for (const Note& note : write_chords(plan, member).notes) {
      const auto& kind = plan.section_at(static_cast<int>(note.start / plan.metre.bar() + 1e-9)).kind;
      if (kind == "intro") quiet += 1.0 / 4;
      if (kind == "chorus") loud += 1.0 / 24;
    }
    EXPECT_GT(loud, quiet) << pattern;
  }
}

TEST(Arp, FollowsTheChordInItsRange) {
  for (const std::string pattern : {"up", "down", "updown", "random", "figure"}) {
    for (const score::Metre metre : {score::Metre{4, 4}, {6, 8}, {7, 8}, {5, 4}}) {
      for (const double density : {0.2, 0.5, 0.9}) {
        const Plan plan = make_plan({.style = "trance",
                                     .key = {6, score::Mode::Minor},
                                     .metre = metre,
                                     .seed = 9,
                                     .until = testing::Until::Chords});
        TrackTemplate part;
        Member member = with_pattern(*plan.member("arp"), part, pattern);
        part.part.density = density;
        for (std::size_t bar = 0; bar < member.activity.size(); ++bar) member.activity[bar] = bar % 9 == 4 ? 0.0 : 1.0;
        const Score score = write_arp(plan, member);
        expect_sound_score(plan, member, score, "arp " + pattern + metre.text());
        for (const Note& note : score.notes) {
          EXPECT_TRUE(score::chord_at(plan.chords, note.start + Beats{1e-6})->contains(note.pitch));
          EXPECT_LT(std::abs(std::remainder(note.start.value, 0.25)), 1e-9);
        }
      }
    }
  }
}

TEST(Arp, UpGoesUp) {
  const Plan plan = make_plan({.style = "trance", .seed = 9, .until = testing::Until::Chords});
  TrackTemplate part;
  const Member member = with_pattern(*plan.member("arp"), part, "up");
  const auto notes = write_arp(plan, member).notes;
  int up = 0;
  for (std::size_t i = 1; i < notes.size(); ++i) up += notes[i].pitch > notes[i - 1].pitch ? 1 : 0;
  EXPECT_GT(up, static_cast<int>(notes.size()) * 6 / 10);
}

TEST(Comping, SeedsDifferAndRepeat) {
  const auto notes = [](std::uint64_t seed) {
    const Plan plan = make_plan({.style = "jazz", .seed = seed, .until = testing::Until::Chords});
    return write_chords(plan, *plan.member("chords")).notes;
  };
  EXPECT_EQ(notes(1), notes(1));
  EXPECT_NE(notes(1), notes(2));
}

}  // namespace
}  // namespace figment::compose
