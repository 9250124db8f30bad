#include "analysis/beats.h"

#include <gtest/gtest.h>

#include "analysis/test_sounds.h"

namespace figment::analysis {
namespace {

using namespace testing;

BeatGrid beats_of(const Samples& sound, const BeatOptions& options = {}) {
  const Features features = features_of(sound);
  return find_beats(flux_activations(features), find_attacks(features), length_of(sound), options);
}

double worst_error(const BeatGrid& grid, const std::vector<double>& truth) {
  double worst = 0;
  for (const double t : truth) {
    double nearest = 1;
    for (const Seconds b : grid.beats) nearest = std::min(nearest, std::abs(b.value - t));
    worst = std::max(worst, nearest);
  }
  return worst;
}

TEST(Beats, AMetronomeIsFoundToTwoMilliseconds) {
  for (const double bpm : {62.0, 95.3, 120.0, 147.7}) {
    Samples sound = silence(20);
    std::vector<double> truth;
    for (double at = 0.37; at < 19.5; at += 60 / bpm) {
      strike(sound, at);
      truth.push_back(at);
    }
    const BeatGrid grid = beats_of(sound);
    EXPECT_NEAR(grid.tempo.value, bpm, 0.02);
    EXPECT_TRUE(grid.steady) << bpm;
    EXPECT_GT(grid.confidence, 0.8) << bpm;
    EXPECT_LT(worst_error(grid, truth), 0.002) << bpm;
  }
}

TEST(Beats, ATempoThatMovesIsFollowed) {
  Samples sound = silence(40);
  std::vector<double> truth;
  double at = 0.5;
  for (int beat = 0; at < 39; ++beat) {
    strike(sound, at);
    truth.push_back(at);
    at += 60 / (100 + 14 * std::sin(beat * 0.15));
  }
  const BeatGrid grid = beats_of(sound);
  EXPECT_FALSE(grid.steady);
  EXPECT_LT(worst_error(grid, truth), 0.02);
  EXPECT_GT(grid.drift, 0.15);
}

// A take that is cut, or a player who slips, near its end: nine of ten beats are on one line, and the rest count too.
TEST(Beats, ALateEndIsFollowed) {
  Samples sound = silence(40);
  std::vector<double> truth;
  for (int beat = 0; beat < 72; ++beat) {
    const double at = 0.5 + 0.5 * beat + (beat >= 65 ? 0.045 : 0);
    strike(sound, at);
    truth.push_back(at);
  }
  const BeatGrid grid = beats_of(sound);
  EXPECT_FALSE(grid.steady);
  EXPECT_LT(worst_error(grid, truth), 0.024);
}

// Tempi whose beats do not last a whole number of frames are no dearer than others.
TEST(Beats, FastTemposBetweenFramesAreHeardThroughGaps) {
  for (const double bpm : {171.4, 176.5, 184.6, 193.5}) {
    Samples sound = silence(24);
    for (int beat = 0; 0.3 + 60 / bpm * beat < 23.5; ++beat)
      if (beat % 7 != 5 && beat % 11 != 8) strike(sound, 0.3 + 60 / bpm * beat);
    const BeatGrid grid = beats_of(sound);
    EXPECT_NEAR(grid.tempo.value, bpm, 0.2);
    EXPECT_TRUE(grid.steady) << bpm;
  }
}

TEST(Beats, AKnownTempoIsKept) {
  Samples sound = silence(16);
  for (double at = 0.2; at < 15.5; at += 0.25) strike(sound, at);
  BeatOptions options;
  options.known = Bpm{120};
  EXPECT_NEAR(beats_of(sound, options).tempo.value, 120, 0.1);
  options.known = Bpm{240};
  EXPECT_NEAR(beats_of(sound, options).tempo.value, 240, 0.2);
}

TEST(Beats, NothingIsSureWhereNothingBeats) {
  EXPECT_LT(beats_of(silence(10)).confidence, 0.1);
  Samples noise = silence(10);
  Random random(1);
  for (float& x : noise) x = static_cast<float>(0.1 * random.normal());
  EXPECT_LT(beats_of(noise).confidence, 0.3);
  Samples wild = silence(20);
  for (double at = 0.3; at < 19; at += random.uniform(0.15, 1.4)) strike(wild, at);
  EXPECT_LT(beats_of(wild).confidence, 0.8);
  EXPECT_EQ(beats_of(Samples(1, 0.5F)).beats.size(), 0U);
  EXPECT_EQ(beats_of({}).beats.size(), 0U);
}

}  // namespace
}  // namespace figment::analysis
