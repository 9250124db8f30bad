#include "compose/lead.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "compose/test_plan.h"

namespace figment::compose {
namespace {

using score::Note;
using score::Score;
using score::Stress;
using testing::make_plan;

const std::vector<std::string> kPatterns{"hook", "riff", "improvise", "long", "call", "ostinato", "bells"};

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
  for (const Note& note : score.notes) {
    ASSERT_GE(note.start.value, 0) << where;
    ASSERT_LE(note.end().value, end.value + 1e-9) << where;
    ASSERT_GT(note.length.value, 0) << where;
    ASSERT_GE(note.pitch, member.part->part.low) << where;
    ASSERT_LE(note.pitch, member.part->part.high) << where;
    ASSERT_GT(note.velocity, 0) << where;
    ASSERT_LE(note.velocity, 1) << where;
    // A pick-up sounds in the bar before its phrase.
    ASSERT_TRUE(member.plays(plan.bar_at(note.start)) || member.plays(plan.bar_at(note.start + Beats{1.5})))
        << where << " plays in a silent bar";
    const auto before = free_from.find(note.pitch);
    if (before != free_from.end()) {
      ASSERT_GE(note.start.value, before->second.value - 1e-9) << where << " overlaps itself";
    }
    free_from[note.pitch] = note.end();
  }
}

TEST(Lead, IsSoundInEveryStylePatternAndMetre) {
  std::uint64_t seed = 0;
  for (const auto& id : testing::style_names()) {
    for (const auto& pattern : kPatterns) {
      for (const score::Metre metre : {score::Metre{4, 4}, {3, 4}, {7, 8}}) {
        ++seed;
        const score::Mode mode = static_cast<score::Mode>(seed % 10);
        Plan plan = make_plan({.style = id,
                               .key = {static_cast<int>(seed % 12), mode},
                               .metre = metre,
                               .seed = seed,
                               .room_for_voice = seed % 5 == 0});
        Member member = *plan.member("lead");
        for (std::size_t bar = 0; bar < member.activity.size(); ++bar)
          member.activity[bar] = bar % 7 == 3 ? 0.0 : bar % 5 == 1 ? 0.5 : 1.0;
        TrackTemplate part;
        member = with_pattern(member, part, pattern);
        part.part.legato = seed % 2 ? 0.9 : 1.2;
        const std::string where = id + " " + pattern + " " + metre.text() + " seed " + std::to_string(seed);
        expect_sound_score(plan, member, write_lead(plan, member), where);
        expect_sound_score(plan, member, write_counter(plan, member), "counter " + where);
      }
    }
  }
}

TEST(Lead, AnyLengthWorks) {
  for (int bars : {1, 2, 3, 5, 8, 130}) {
    const Plan plan = make_plan({.style = "pop", .seed = 2, .form = {{"chorus", bars}}});
    const Score score = write_lead(plan, *plan.member("lead"));
    EXPECT_FALSE(score.notes.empty()) << bars;
    EXPECT_LE(score.end().value, 4.0 * bars + 1e-9);
  }
}

TEST(Lead, StrongBeatsAreChordTones) {
  for (const std::string id : {"pop", "rock", "trap", "trance", "waltz", "classical", "jazz"}) {
    int strong = 0, tones = 0;
    for (std::uint64_t seed = 1; seed <= 15; ++seed) {
      const Plan plan =
          make_plan({.style = id,
                     .key = {static_cast<int>(seed % 12), seed % 2 ? score::Mode::Major : score::Mode::Minor},
                     .seed = seed});
      for (const Note& note : write_lead(plan, *plan.member("lead")).notes) {
        if (plan.stress_at(note.start) != Stress::Strong) continue;
        ++strong;
        const auto* chord = score::chord_at(plan.chords, note.start + Beats{1e-6});
        if (chord->contains(note.pitch)) ++tones;
      }
    }
    EXPECT_GT(strong, 100) << id;
    EXPECT_GE(tones, strong * 0.9) << id << ": " << tones << " of " << strong;
  }
}

// Leaps wider than a fourth inside a phrase, and those answered by a step or third the other way.
TEST(Lead, LeapsAreResolved) {
  for (const std::string id : {"pop", "trap", "trance", "waltz", "classical"}) {
    int leaps = 0, resolved = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      const Plan plan =
          make_plan({.style = id,
                     .key = {static_cast<int>(seed % 12), seed % 2 ? score::Mode::Major : score::Mode::Minor},
                     .seed = seed});
      TrackTemplate part;
      const Member member = with_pattern(*plan.member("lead"), part, "hook");
      const auto notes = write_lead(plan, member).notes;
      for (std::size_t i = 1; i + 1 < notes.size(); ++i) {
        const int leap = notes[i].pitch - notes[i - 1].pitch, answer = notes[i + 1].pitch - notes[i].pitch;
        const bool one_phrase =
            notes[i].start - notes[i - 1].end() < Beats{0.45} && notes[i + 1].start - notes[i].end() < Beats{0.45};
        if (std::abs(leap) <= 5 || !one_phrase) continue;
        ++leaps;
        if (answer * leap < 0 && std::abs(answer) <= 4) ++resolved;
      }
    }
    EXPECT_GE(resolved, leaps * 0.85) << id << ": " << resolved << " of " << leaps;
  }
}

TEST(Lead, EachChorusPhraseHasOneClimax) {
  int phrases = 0, single = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Plan plan = make_plan({.style = "pop", .key = {3, score::Mode::Major}, .seed = seed});
    const auto& chorus = plan.sections[2];
    int highest = 0, times = 0;
    for (const Note& note : write_lead(plan, *plan.member("lead")).notes) {
      if (note.start < plan.bar_start(chorus.bar - 1) || note.start >= plan.bar_start(chorus.bar - 1 + chorus.bars))
        continue;
      if (note.pitch > highest) {
        highest = note.pitch;
        times = 0;
      }
      if (note.pitch == highest) ++times;
    }
    ++phrases;
    if (times == 1) ++single;
  }
  EXPECT_GE(single, phrases * 0.9) << single << " of " << phrases;
}

TEST(Lead, TheHookReturns) {
  for (const std::string id : {"pop", "trance", "classical", "trap"}) {
    for (std::uint64_t seed = 1; seed <= 15; ++seed) {
      const Plan plan = make_plan({.style = id, .key = {2, score::Mode::Minor}, .seed = seed});
      const std::string kind = id == "trance" ? "drop" : "chorus";
      std::vector<const song::Section*> found;
      for (const auto& section : plan.sections) {
        if (section.kind == kind) found.push_back(&section);
      }
      ASSERT_GE(found.size(), 2U);
      const auto notes = write_lead(plan, *plan.member("lead")).notes;
      const auto rhythm = [&](const song::Section& section, bool pitches) {
        std::vector<double> result;
        for (const Note& note : notes) {
          const Beats from = plan.bar_start(section.bar - 1), to = plan.bar_start(section.bar - 2 + section.bars);
          if (note.start >= from && note.start < to)
            result.push_back((note.start - from).value + (pitches ? 1000.0 * note.pitch : 0));
        }
        return result;
      };
      EXPECT_FALSE(rhythm(*found[0], false).empty());
      EXPECT_EQ(rhythm(*found[0], false), rhythm(*found[1], false)) << id << seed;
    }
  }
}

TEST(Lead, VersesAreLowerAndSparserThanChoruses) {
  int lower = 0, sparser = 0, songs = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Plan plan = make_plan({.style = "pop", .seed = seed});
    double pitch[2] = {0, 0}, count[2] = {0, 0};
    for (const Note& note : write_lead(plan, *plan.member("lead")).notes) {
      const auto& kind = plan.section_at(static_cast<int>(note.start / plan.metre.bar() + 1e-9)).kind;
      const int which = kind == "verse" ? 0 : kind == "chorus" ? 1 : -1;
      if (which < 0) continue;
      pitch[which] += note.pitch;
      ++count[which];
    }
    ++songs;
    if (pitch[0] / count[0] < pitch[1] / count[1]) ++lower;
    if (count[0] / 16 < count[1] / 24) ++sparser;
  }
  EXPECT_GE(lower, songs * 0.9);
  EXPECT_GE(sparser, songs * 0.9);
}

TEST(Lead, PhrasesBreathe) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Plan plan = make_plan({.style = "pop", .seed = seed});
    const auto notes = write_lead(plan, *plan.member("lead")).notes;
    Beats longest{0}, since{0};
    for (std::size_t i = 1; i < notes.size(); ++i) {
      if (notes[i].start - notes[i - 1].end() >= Beats{0.45}) since = notes[i].start;
      longest = std::max(longest, notes[i].end() - since);
    }
    EXPECT_LE(longest.value, 24) << "no singer has breath for more, seed " << seed;
  }
}

TEST(Lead, LeavesRoomForTheVoice) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Plan plan = make_plan({.style = "pop", .seed = seed, .room_for_voice = true});
    Beats sung{0};
    int intro = 0;
    for (const Note& note : write_lead(plan, *plan.member("lead")).notes) {
      const auto& section = plan.section_at(static_cast<int>(note.start / plan.metre.bar() + 1e-9));
      if (section.kind == "verse" || section.kind == "chorus") {
        sung += note.length;
        EXPECT_GE(note.pitch, 69) << "above where the voice sings";
      }
      if (section.kind == "intro") ++intro;
    }
    EXPECT_LT(sung.value, 0.15 * 40 * 4);
    EXPECT_GT(intro, 0) << "the hook is played where nobody sings";
  }
}

TEST(Counter, AnswersInTheLeadsRests) {
  int together = 0, all = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Plan plan = make_plan({.style = "pop", .seed = seed});
    const auto lead = write_lead(plan, *plan.member("lead")).notes;
    for (const Note& note : write_counter(plan, *plan.member("counter")).notes) {
      ++all;
      for (const Note& other : lead) {
        if (other.start < note.end() - Beats{0.01} && note.start < other.end() - Beats{0.01}) {
          ++together;
          break;
        }
      }
    }
  }
  EXPECT_GT(all, 50);
  EXPECT_LE(together, all / 20);
}

TEST(Lead, SeedsDifferAndRepeat) {
  const auto notes = [](std::uint64_t seed) {
    const Plan plan = make_plan({.style = "jazz", .seed = seed});
    return write_lead(plan, *plan.member("lead")).notes;
  };
  EXPECT_EQ(notes(1), notes(1));
  EXPECT_NE(notes(1), notes(2));
}

}  // namespace
}  // namespace figment::compose
