#include "score/score.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"

namespace figment::score {
namespace {

TEST(Score, SortsByTimeThenPitchAndKnowsItsEnd) {
  Score score;
  score.notes = {{Beats{2}, Beats{1}, 60, 0.5F}, {Beats{0}, Beats{9}, 64, 0.5F}, {Beats{0}, Beats{1}, 50, 0.5F}};
  score.sort();
  EXPECT_EQ(score.notes[0].pitch, 50);
  EXPECT_EQ(score.notes[1].pitch, 64);
  EXPECT_EQ(score.notes[2].pitch, 60);
  EXPECT_EQ(score.end(), Beats{9});
  EXPECT_EQ(Score{}.end(), Beats{0});
}

TEST(Score, QuantizedIsWithinHalfATickAndIdempotent) {
  Score score;
  Random random(7);
  for (int i = 0; i < 500; ++i) {
    score.notes.push_back({Beats{random.uniform() * 64}, Beats{random.uniform() * 2},
                           static_cast<std::uint8_t>(random.uniform() * 128), static_cast<float>(random.uniform())});
    score.controls.push_back(
        {Beats{random.uniform() * 64}, Controller::Bend, static_cast<float>(random.uniform() * 24 - 12)});
  }
  const Score once = quantized(score);
  EXPECT_EQ(quantized(once), once);
  for (const Note& note : once.notes) {
    EXPECT_GE(note.length, Beats{1.0 / kTicksPerBeat});
    EXPECT_GT(note.velocity, 0);
    const bool near = std::any_of(score.notes.begin(), score.notes.end(), [&](const Note& original) {
      return original.pitch == note.pitch && std::abs((original.start - note.start).value) <= 0.5001 / kTicksPerBeat;
    });
    EXPECT_TRUE(near);
  }
}

TEST(Score, APitchSoundsOnceAtATime) {
  Score score;
  score.notes = {{Beats{0}, Beats{8}, 60, 0.5F},
                 {Beats{2}, Beats{1}, 60, 0.5F},
                 {Beats{2}, Beats{1}, 61, 0.5F},
                 {Beats{4}, Beats{1}, 60, 0.2F},
                 {Beats{4}, Beats{2}, 60, 0.9F}};
  const Score out = quantized(score);
  ASSERT_EQ(out.notes.size(), 4U);
  EXPECT_EQ(out.notes[0].length, Beats{2});
  EXPECT_EQ(out.notes[3].length, Beats{2});
  EXPECT_NEAR(out.notes[3].velocity, 0.9F, 0.004F);
}

TEST(Score, QuantizedSurvivesNonsense) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const float bad = std::numeric_limits<float>::quiet_NaN();
  Score score;
  score.notes = {{Beats{nan}, Beats{nan}, 255, bad}, {Beats{-3}, Beats{-1}, 3, -4}, {Beats{1e300}, Beats{1e300}, 4, 9}};
  score.controls = {{Beats{nan}, Controller::Sustain, bad}, {Beats{2}, Controller::Bend, 1e9F}};
  const Score out = quantized(score);
  for (const Note& note : out.notes) {
    EXPECT_GE(note.start, Beats{0});
    EXPECT_LE(note.end(), Beats{300000});
    EXPECT_GT(note.velocity, 0);
    EXPECT_LE(note.velocity, 1);
    EXPECT_LT(note.pitch, 128);
  }
  for (const Control& control : out.controls) EXPECT_LE(std::abs(control.value), 12);
}

}  // namespace
}  // namespace figment::score
