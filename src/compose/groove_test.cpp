#include "compose/groove.h"

#include <gtest/gtest.h>

#include "compose/test_plan.h"

namespace figment::compose {
namespace {

TEST(Groove, SwingMovesOffbeatsToTheThirdOfTheTripletAtMost) {
  EXPECT_DOUBLE_EQ(swung(0.5, 1.0, 8, 4), 2.0 / 3);
  EXPECT_DOUBLE_EQ(swung(0.25, 1.0, 16, 4), 1.0 / 3);
  EXPECT_DOUBLE_EQ(swung(1.0, 1.0, 8, 4), 1.0);
  EXPECT_DOUBLE_EQ(swung(0.5, 0.0, 8, 4), 0.5);
  EXPECT_NEAR(swung(4.5, 0.5, 8, 4), 4 + 0.5 + 0.5 / 6, 1e-12);
  // Triplets are already where swing wants to go.
  EXPECT_DOUBLE_EQ(swung(1.0 / 3, 1.0, 8, 4), 1.0 / 3);
  EXPECT_DOUBLE_EQ(swung(2.0 / 3, 1.0, 8, 4), 2.0 / 3);
}

TEST(Groove, TheMapKeepsOrderAndBarLines) {
  for (const double bar : {4.0, 3.0, 3.5, 2.5})
    for (const int unit : {8, 16}) {
      double last = -1;
      for (int k = 0; k < 32 * 4; ++k) {
        const double at = swung(k / 16.0, 0.9, unit, bar);
        EXPECT_GE(at, last - 1e-9) << bar << " " << k;
        last = at;
      }
      for (int b = 0; b < 5; ++b) EXPECT_DOUBLE_EQ(swung(b * bar, 0.9, unit, bar), b * bar);
    }
}

TEST(Groove, KickAndBassMoveTogetherAndNobodyComesBeforeTheSong) {
  auto style = testing::style("jazz");
  style.mix.looseness = 1;
  style.tracks.push_back(testing::part("kick", "kick", "", 0, 127));
  for (auto& t : style.tracks) t.part.humanize = 1;
  const Plan plan = testing::make_plan(style, {.style = "jazz", .until = testing::Until::Form});
  score::Score straight;
  for (int i = 0; i < 64; ++i) straight.notes.push_back({Beats{i * 0.5}, Beats{0.25}, 36, 0.8F});
  const auto kick = with_groove(plan, *plan.member("kick"), straight);
  const auto bass = with_groove(plan, *plan.member("bass"), straight);
  const auto keys = with_groove(plan, *plan.member("chords"), straight);
  ASSERT_EQ(kick.notes.size(), 64U);
  double apart = 0;
  for (std::size_t i = 0; i < 64; ++i) {
    EXPECT_DOUBLE_EQ(kick.notes[i].start.value, bass.notes[i].start.value);
    EXPECT_GE(keys.notes[i].start.value, 0);
    EXPECT_LE(std::abs(keys.notes[i].start.value - straight.notes[i].start.value) * 60000 / plan.tempo.value, 9.001);
    apart += std::abs(keys.notes[i].start.value - kick.notes[i].start.value);
  }
  EXPECT_GT(apart, 0.05);  // a human band, not a machine
}

}  // namespace
}  // namespace figment::compose
