#include "analysis/sections.h"

#include <gtest/gtest.h>

#include "analysis/test_sounds.h"

namespace figment::analysis {
namespace {

using namespace testing;

// Eight bars of hats alone, eight of everything, eight of hats alone.
TEST(Sections, ChangesOfWhoPlaysAreFoundOnTheirBarLinesAndReturnsShareALetter) {
  Samples sound = silence(48.05);
  BeatGrid grid;
  grid.tempo = Bpm{120};
  grid.confidence = 1;
  grid.beats_per_bar = 4;
  for (int beat = 0; beat < 96; ++beat) {
    const double at = 0.5 * beat;
    grid.beats.push_back(Seconds{at});
    grid.positions.push_back(beat % 4 + 1);
    strike(sound, at + 0.25, 0.15, 0.008);
    if (beat < 32 || beat >= 64) continue;
    thump(sound, at, 0.9);
    if (beat % 2 == 1) strike(sound, at, 0.6, 0.05);
    tone(sound, at, 0.45, 45, 0.1);
  }
  const Features features = features_of(sound);
  const auto sections = find_sections(features, find_notes(features), grid, length_of(sound));
  ASSERT_EQ(sections.size(), 3U);
  EXPECT_EQ(sections[1].bar, 9);
  EXPECT_EQ(sections[1].bars, 8);
  EXPECT_EQ(sections[0].label, sections[2].label);
  EXPECT_NE(sections[0].label, sections[1].label);
  EXPECT_GT(sections[1].energy, sections[0].energy + 0.3);
}

TEST(Sections, WhatDoesNotChangeIsOneSection) {
  Samples sound = silence(32);
  BeatGrid grid;
  grid.tempo = Bpm{120};
  grid.confidence = 1;
  grid.beats_per_bar = 4;
  for (int beat = 0; beat < 64; ++beat) {
    grid.beats.push_back(Seconds{0.5 * beat});
    grid.positions.push_back(beat % 4 + 1);
    thump(sound, 0.5 * beat);
  }
  const Features features = features_of(sound);
  EXPECT_EQ(find_sections(features, find_notes(features), grid, length_of(sound)).size(), 1U);
  EXPECT_EQ(find_sections(features_of(silence(1)), {}, {}, Seconds{1}).size(), 1U);
}

}  // namespace
}  // namespace figment::analysis
