#include "compose/theme.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "compose/test_plan.h"

namespace figment::compose {
namespace {

Motif example() {
  return {Beats{4},
          {{Beats{0}, Beats{1}, 0, 0, 0.9},
           {Beats{1}, Beats{0.5}, 2, 0, 0.8},
           {Beats{1.5}, Beats{0.5}, 1, 0, 0.7},
           {Beats{2}, Beats{2}, 4, 0, 0.9}}};
}

TEST(Motif, DevelopmentsAreWhatTheirNamesSay) {
  const Motif m = example();
  EXPECT_EQ(sequenced(m, 3).notes[1].degree, 5);
  EXPECT_EQ(inverted(m).notes[3].degree, -4);
  EXPECT_EQ(inverted(inverted(m)).notes[1].degree, 2);
  EXPECT_EQ(augmented(m, 2).length, Beats{8});
  EXPECT_EQ(augmented(m, 2).notes[3].at, Beats{4});
  const Motif back = retrograde(m);
  EXPECT_EQ(back.notes.front().degree, 4);
  EXPECT_EQ(back.notes.front().at, Beats{0});
  const Motif head = fragment(m, Beats{0}, Beats{2});
  EXPECT_EQ(head.notes.size(), 3U);
  EXPECT_EQ(head.length, Beats{2});
  const Motif end = with_ending(m, 0, Beats{4});
  EXPECT_EQ(end.notes.back().degree, 0);
}

TEST(Theme, MotifsAreOrderedAndBreathe) {
  for (const auto& id : testing::style_names()) {
    for (const score::Metre metre : {score::Metre{4, 4}, {3, 4}, {6, 8}, {7, 8}, {5, 4}}) {
      for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        const Plan plan =
            testing::make_plan({.style = id, .key = {5, score::Mode::Minor}, .metre = metre, .seed = seed});
        for (const Motif* motif : {&plan.theme.hook, &plan.theme.verse, &plan.theme.contrast}) {
          ASSERT_GE(motif->notes.size(), 1U) << id;
          Beats at{0};
          for (const auto& note : motif->notes) {
            EXPECT_GE(note.at.value, at.value - 1e-9) << id << metre.text();
            EXPECT_GT(note.length.value, 0);
            EXPECT_LE((note.at + note.length).value, motif->length.value + 1e-9) << id << metre.text();
            at = note.at + note.length;
          }
          if (motif->length >= metre.bar() * 2.0) {
            EXPECT_LT(at.value, motif->length.value) << "air at the end";
          }
        }
      }
    }
  }
}

TEST(Theme, HooksAreSmallEnoughToRemember) {
  int songs = 0, wide = 0, many = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Plan plan = testing::make_plan({.style = "pop", .seed = seed});
    std::set<int> degrees;
    for (const auto& note : plan.theme.hook.notes) degrees.insert(note.degree);
    ++songs;
    if (*degrees.rbegin() - *degrees.begin() > 8) ++wide;
    if (degrees.size() > 7) ++many;
    EXPECT_GE(degrees.size(), 2U) << seed;
  }
  EXPECT_LE(wide, songs / 20);
  EXPECT_LE(many, songs / 20);
}

TEST(Theme, VerseAndHookHaveDifferentRhythmsAndTheVerseIsSparser) {
  int sparser = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Theme theme = testing::make_plan({.style = "pop", .seed = seed}).theme;
    std::vector<double> hook, verse;
    for (const auto& n : theme.hook.notes) hook.push_back(n.at.value);
    for (const auto& n : theme.verse.notes) verse.push_back(n.at.value);
    EXPECT_NE(hook, verse) << seed;
    const double hook_rate = static_cast<double>(hook.size()) / theme.hook.length.value;
    const double verse_rate = static_cast<double>(verse.size()) / theme.verse.length.value;
    if (verse_rate <= hook_rate) ++sparser;
  }
  EXPECT_GE(sparser, 34);
}

TEST(Theme, SeedsDifferAndRepeat) {
  const auto hook = [](std::uint64_t seed) {
    std::vector<int> degrees;
    for (const auto& n : testing::make_plan({.seed = seed}).theme.hook.notes)
      degrees.push_back(n.degree * 100 + static_cast<int>(n.at.value * 4));
    return degrees;
  };
  EXPECT_EQ(hook(1), hook(1));
  std::set<std::vector<int>> all;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) all.insert(hook(seed));
  EXPECT_GE(all.size(), 29U);
}

}  // namespace
}  // namespace figment::compose
