// Records whose beats are known become songs whose bars they lie in.
#include "studio/record_grid.h"

#include <gtest/gtest.h>

#include <cmath>

namespace figment::studio {
namespace {

// Beats at `first`, `first` + `gap` … of a record of so many seconds; the `down`-th is a downbeat.
analysis::SoundAnalysis beaten(double length, double first, double gap, int down, bool steady = true, int per_bar = 4) {
  analysis::SoundAnalysis heard;
  heard.length = Seconds{length};
  heard.grid.tempo = Bpm{60 / gap};
  heard.grid.beats_per_bar = per_bar;
  heard.grid.confidence = 0.9;
  heard.grid.steady = steady;
  int i = 0;
  for (double at = first; at < length; at += steady ? gap : gap * (1 + 0.02 * (i % 3)), ++i) {
    heard.grid.beats.push_back(Seconds{at});
    heard.grid.positions.push_back((i - down + 8 * per_bar) % per_bar + 1);
  }
  return heard;
}

// The song's clock and the record's run side by side.
void expect_nothing_stretched(const RecordGrid& grid) {
  const score::TempoMap map(grid.tempo);
  for (const score::WarpPoint& p : grid.warp.points) EXPECT_NEAR(map.seconds(p.beat).value, (p.source - grid.warp.points.front().source).value, 1e-6);
  EXPECT_TRUE(score::makes_sense(grid.warp));
  EXPECT_EQ(grid.warp.length(), grid.metre.bar() * static_cast<double>(grid.bars));
}

TEST(RecordGrid, ASteadyRecordGivesOneTempoAndItsDownbeatsAreBarLines) {
  const RecordGrid grid = record_grid(beaten(30, 0.7, 0.5, 2));
  expect_nothing_stretched(grid);
  ASSERT_EQ(grid.tempo.size(), 1U);
  EXPECT_NEAR(grid.tempo[0].tempo.value, 120, 1e-9);
  EXPECT_NEAR(grid.warp.points[0].source.value, 1.7 - 2, 1e-9) << "the bar that its pick-up lies in";
  EXPECT_GE(grid.warp.points.back().source.value, 30) << "its end is inside";
  EXPECT_LT(grid.warp.points.back().source.value, 32);
}

TEST(RecordGrid, ALoopIsExactlyItsBars) {
  analysis::SoundAnalysis heard = beaten(8, 0.004, 0.5, 0);
  heard.loop_beats = 16;
  const RecordGrid grid = record_grid(heard);
  expect_nothing_stretched(grid);
  EXPECT_EQ(grid.bars, 4);
  EXPECT_EQ(grid.warp.points[0].source.value, 0);
  EXPECT_NEAR(grid.warp.points.back().source.value, 8, 1e-9);
}

TEST(RecordGrid, AWanderingRecordIsFollowedBeatByBeat) {
  const analysis::SoundAnalysis heard = beaten(40, 0.9, 0.55, 1, false);
  const RecordGrid grid = record_grid(heard);
  expect_nothing_stretched(grid);
  EXPECT_GT(grid.tempo.size(), 60U);
  EXPECT_LE(grid.warp.points.front().source.value, 0.01);
  EXPECT_GE(grid.warp.points.back().source.value, 39.9);
  // The first downbeat lies on a bar line.
  bool found = false;
  for (const score::WarpPoint& p : grid.warp.points)
    if (p.source == heard.grid.beats[1]) {
      found = true;
      EXPECT_NEAR(std::fmod(p.beat.value, 4), 0, 1e-9);
    }
  EXPECT_TRUE(found);
}

TEST(RecordGrid, SixEighthsHaveTwoDottedQuarters) {
  analysis::SoundAnalysis heard = beaten(20, 0, 0.6, 0, true, 2);
  heard.subdivision.parts = 3;
  heard.subdivision.confidence = 0.8;
  const RecordGrid grid = record_grid(heard);
  expect_nothing_stretched(grid);
  EXPECT_EQ(grid.metre.text(), "6/8");
  EXPECT_NEAR(grid.tempo[0].tempo.value, 150, 1e-9) << "quarters: three in two taps of 0.6 s";
}

TEST(RecordGrid, WithoutBeatsItCountsFromTheBeginning) {
  analysis::SoundAnalysis heard;
  heard.length = Seconds{5};
  const RecordGrid grid = record_grid(heard);
  expect_nothing_stretched(grid);
  EXPECT_FALSE(grid.sure);
  EXPECT_EQ(grid.bars, 3);
}

TEST(RecordGrid, SectionsAndChordsLieOnItWithoutGaps) {
  const RecordGrid grid = record_grid(beaten(32, 0, 0.5, 0));
  const auto sections = sections_on(grid, {{Seconds{0}, Seconds{8}, 1, 4, "A", 0.5, 1}, {Seconds{8.1}, Seconds{24}, 5, 8, "B", 1, 1}, {Seconds{24}, Seconds{32}, 13, 4, "A", 0.5, 1}});
  ASSERT_EQ(sections.size(), 3U);
  EXPECT_EQ(sections[1].bar, 5);
  EXPECT_EQ(sections[1].bars, 8);
  EXPECT_EQ(sections[2].name, "A 2");
  EXPECT_EQ(sections[2].bar + sections[2].bars - 1, grid.bars);
  EXPECT_EQ(sections_on(grid, {}).size(), 1U);
  const auto chords = chords_on(grid, {{Seconds{0}, Seconds{2}, score::parse_chord("Am"), 1}, {Seconds{2}, Seconds{4}, {}, 1}, {Seconds{4}, Seconds{8}, score::parse_chord("F"), 1}});
  ASSERT_EQ(chords.size(), 2U);
  EXPECT_EQ(chords[1].start, Beats{8});
  EXPECT_EQ(chords[1].length, Beats{8});
}

}  // namespace
}  // namespace figment::studio
