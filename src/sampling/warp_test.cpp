#include "sampling/warp.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace figment::sampling {
namespace {

// Beats at `bpm` from `first`, the third of them a downbeat.
analysis::SoundAnalysis heard(double bpm, double first, double length, bool steady = true) {
  analysis::SoundAnalysis a;
  a.length = Seconds{length};
  a.grid.tempo = Bpm{bpm};
  a.grid.steady = steady;
  a.grid.beats_per_bar = 4;
  a.grid.confidence = a.grid.bar_confidence = 1;
  int n = 0;
  for (double at = first; at < length; at += 60 / bpm) {
    a.grid.beats.push_back(Seconds{at});
    a.grid.positions.push_back((n++ + 2) % 4 + 1);
  }
  return a;
}

TEST(PlanWarp, StartsOnADownbeatAndHoldsWholeBars) {
  const auto plan = plan_warp(heard(100, 0.2, 20), {Bpm{110}, {4, 4}, 0});
  ASSERT_EQ(plan.warp.points.size(), 2U);
  EXPECT_NEAR(plan.warp.points[0].source.value, 0.2 + 2 * 0.6, 1e-9);   // the third beat
  EXPECT_EQ(plan.bars, 7);                                              // 18.6 s of 2.4 s bars
  EXPECT_NEAR(plan.warp.points[1].source.value, 1.4 + 7 * 2.4, 1e-9);
  EXPECT_EQ(plan.warp.length(), Beats{28});
}

TEST(PlanWarp, CountsAtTheTempoThatIsNearest) {
  for (const auto& [source, wanted, count] : {std::tuple{70.0, 140.0, 2.0}, {172.0, 90.0, 0.5}, {120.0, 128.0, 1.0}, {45.0, 174.0, 4.0}}) {
    const auto plan = plan_warp(heard(source, 0, 60), {Bpm{wanted}, {4, 4}, 0});
    EXPECT_EQ(plan.count, count) << source << " to " << wanted;
    EXPECT_NEAR(plan.source_tempo.value, source * count, 1e-9);
    // A beat of the song lasts as long in the source as its tempo says.
    EXPECT_NEAR((plan.warp.points.back().source - plan.warp.points.front().source).value / plan.warp.length().value, 60 / plan.source_tempo.value, 1e-9);
  }
}

TEST(PlanWarp, BeatsThatMoveArePointsOfTheirOwn) {
  auto a = heard(100, 0, 30, false);
  for (std::size_t i = 0; i < a.grid.beats.size(); ++i) a.grid.beats[i] += Seconds{0.03 * std::sin(static_cast<double>(i))};
  const auto plan = plan_warp(a, {Bpm{104}, {4, 4}, 4});
  ASSERT_EQ(plan.warp.points.size(), 17U);
  for (std::size_t i = 0; i < 16; ++i) EXPECT_NEAR(plan.warp.points[i].source.value, a.grid.beats[i + 2].value, 1e-9);
}

TEST(PlanWarp, LoopsGoRoundOthersDoNot) {
  auto a = heard(120, 0, 8);
  a.loop_beats = 16;
  const auto plan = plan_warp(a, {Bpm{125}, {4, 4}, 12});
  EXPECT_TRUE(plan.warp.circular);
  EXPECT_EQ(plan.bars, 12);
  EXPECT_EQ(plan.warp.points.front().source, Seconds{0});
  a.loop_beats = 0;
  EXPECT_THROW((void)plan_warp(a, {Bpm{125}, {4, 4}, 12}), Error);
}

TEST(PlanWarp, NoBeatAndLessThanABarAreRefused) {
  EXPECT_THROW((void)plan_warp({}, {}), Error);
  EXPECT_THROW((void)plan_warp(heard(60, 0, 3), {Bpm{60}, {4, 4}, 0}), Error);
}

}  // namespace
}  // namespace figment::sampling
