#include "compose/lead_upbeat.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "compose/lead.h"
#include "compose/test_plan.h"

namespace figment::compose {
namespace {

// The same song with no pick-ups and with as many as there is room for.
struct Pair {
  Plan plan;
  score::Score without, with;
};

Pair pair_of(const std::string& style, score::Metre metre, std::uint64_t seed) {
  testing::PlanWish wish;
  wish.metre = metre;
  wish.seed = seed;
  Style never = testing::style(style), always = never;
  never.melody.upbeat = 0;
  always.melody.upbeat = 1;
  never.tracks[4].part.pattern = always.tracks[4].part.pattern = "hook";
  Pair pair;
  const Plan plain = testing::make_plan(never, wish);
  pair.plan = testing::make_plan(always, wish);
  pair.without = write_lead(plain, *plain.member("lead"));
  pair.with = write_lead(pair.plan, *pair.plan.member("lead"));
  return pair;
}

std::vector<score::Note> added(const Pair& pair) {
  std::set<std::pair<double, int>> known;
  for (const auto& n : pair.without.notes) known.insert({n.start.value, n.pitch});
  std::vector<score::Note> out;
  for (const auto& n : pair.with.notes)
    if (!known.contains({n.start.value, n.pitch})) out.push_back(n);
  return out;
}

TEST(Upbeat, LeadsIntoThePhraseAndLeavesItAsItWas) {
  int pickups = 0;
  for (const char* style : {"pop", "house", "waltz", "blues"}) {
    for (const score::Metre metre : {score::Metre{4, 4}, {3, 4}, {6, 8}}) {
      for (const std::uint64_t seed : {1, 2, 3}) {
        const Pair pair = pair_of(style, metre, seed);
        const auto more = added(pair);
        pickups += static_cast<int>(more.size());
        const auto& part = *pair.plan.member("lead")->part;
        for (const auto& n : more) {
          EXPECT_GE(n.pitch, part.part.low);
          EXPECT_LE(n.pitch, part.part.high);
          // In the last beat and a half of a bar, and what it leads to begins on the next bar line.
          EXPECT_GE(pair.plan.in_bar(n.start).value, metre.bar().value - 1.5 - 1e-9);
          const double line = n.start.value - pair.plan.in_bar(n.start).value + metre.bar().value;
          const auto goal = std::find_if(pair.with.notes.begin(), pair.with.notes.end(),
                                         [&](const score::Note& m) { return std::abs(m.start.value - line) < 1e-9; });
          ASSERT_NE(goal, pair.with.notes.end());
          EXPECT_LE(std::abs(goal->pitch - n.pitch), 9);
        }
        // Everything that was there still is: the strong beats have the chord tones they had.
        for (const auto& n : pair.without.notes)
          EXPECT_TRUE(std::any_of(pair.with.notes.begin(), pair.with.notes.end(),
                                  [&](const score::Note& m) { return m.start == n.start && m.pitch == n.pitch; }));
      }
    }
  }
  EXPECT_GT(pickups, 100);
}

TEST(Upbeat, IntoASectionSoundsInTheBarBefore) {
  int into_sections = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const Pair pair = pair_of("pop", {4, 4}, seed);
    for (const auto& n : added(pair))
      for (const auto& section : pair.plan.sections) {
        const Beats start = pair.plan.bar_start(section.bar - 1);
        if (n.start < start && start - n.start <= Beats{1.5}) ++into_sections;
      }
  }
  EXPECT_GT(into_sections, 10);
}

TEST(Upbeat, ASectionOfTheSameKindHasItAtTheSamePlaces) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const Pair a = pair_of("pop", {4, 4}, seed), b = pair_of("pop", {4, 4}, seed);
    EXPECT_EQ(a.with, b.with);
  }
}

TEST(Upbeat, ComesAsOftenAsTheStyleSays) {
  int some = 0, all = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    testing::PlanWish wish;
    wish.seed = seed;
    Style half = testing::style("pop");
    half.tracks[4].part.pattern = "hook";
    half.melody.upbeat = 0.4;
    const Plan plan = testing::make_plan(half, wish);
    Pair pair = pair_of("pop", {4, 4}, seed);
    all += static_cast<int>(added(pair).size());
    pair.with = write_lead(plan, *plan.member("lead"));
    some += static_cast<int>(added(pair).size());
  }
  EXPECT_GT(some, 0.25 * all);
  EXPECT_LT(some, 0.55 * all);
}

}  // namespace
}  // namespace figment::compose
