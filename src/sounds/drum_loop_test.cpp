#include "sounds/drum_loop.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "compose/style.h"

namespace figment::sounds {
namespace {

namespace d = score::drum;
const std::filesystem::path kLoopData = FIGMENT_SOURCE_DIR;
const std::vector<std::uint8_t> kHatNotes{d::hat_closed, d::hat_pedal, d::hat_open};

double off_grid(double beats, double step) { return std::abs(beats - std::round(beats / step) * step); }

TEST(DrumLoop, AHatSoloIsHatsOnTheGridWithRolls) {
  int sixteenths = 0, faster = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    DrumLoopWish wish;
    wish.style = "trap";
    wish.drums = kHatNotes;
    wish.tempo = Bpm{140};
    wish.energy = 1;
    wish.busy = 1;
    const DrumLoop loop = write_drum_loop(wish, seed, kLoopData);
    EXPECT_EQ(loop.tempo, Bpm{140});
    for (const score::Note& n : loop.score.notes) {
      EXPECT_NE(std::find(kHatNotes.begin(), kHatNotes.end(), n.pitch), kHatNotes.end()) << int{n.pitch};
      // Straight: sixteenths, and rolls of 6, 8, 12 or 16 a beat.
      const double off = std::min(off_grid(n.start.value, 1.0 / 16), off_grid(n.start.value, 1.0 / 24));
      EXPECT_LT(off, 1e-6) << n.start.value;
      off_grid(n.start.value, 0.25) < 1e-6 ? ++sixteenths : ++faster;
    }
    // Fast: nothing longer than a sixteenth is left empty.
    for (std::size_t i = 1; i < loop.score.notes.size(); ++i) EXPECT_LT((loop.score.notes[i].start - loop.score.notes[i - 1].start).value, 0.26);
  }
  EXPECT_GT(sixteenths, 300);
  EXPECT_GT(faster, 40);
}

TEST(DrumLoop, SwingsAsTheStyleDoes) {
  DrumLoopWish wish;
  wish.style = "jazz";
  wish.drums = {d::ride};
  wish.swing = 1;
  const DrumLoop loop = write_drum_loop(wish, 3, kLoopData);
  int swung = 0;
  for (const score::Note& n : loop.score.notes) {
    const double in_beat = n.start.value - std::floor(n.start.value + 1e-9);
    if (in_beat < 0.01) continue;
    EXPECT_NEAR(in_beat, loop.swing_unit == 8 ? 2.0 / 3 : in_beat, 0.17);
    ++swung;
  }
  EXPECT_GT(swung, 2);
}

TEST(DrumLoop, EveryStyleHasALoopOfEveryKindThatLastsItsBars) {
  for (const auto& info : compose::list_styles(kLoopData)) {
    for (const std::vector<std::uint8_t>& drums : {std::vector<std::uint8_t>{}, {d::kick, d::kick2}, {d::cowbell}}) {
      DrumLoopWish wish;
      wish.style = info.id;
      wish.drums = drums;
      wish.bars = 2;
      if (compose::load_style(kLoopData, info.id)->grooves.empty()) {
        EXPECT_THROW((void)write_drum_loop(wish, 5, kLoopData), Error) << info.id;
        continue;
      }
      const DrumLoop loop = write_drum_loop(wish, 5, kLoopData);
      EXPECT_FALSE(loop.score.notes.empty()) << info.id;
      for (const score::Note& n : loop.score.notes) {
        EXPECT_GE(n.start, Beats{0});
        EXPECT_LT(n.start, loop.metre.bar() * 2.0) << info.id;
        if (!drums.empty()) { EXPECT_NE(std::find(drums.begin(), drums.end(), n.pitch), drums.end()) << info.id; }
      }
    }
  }
}

TEST(DrumLoop, SlowLeavesTheEighths) {
  DrumLoopWish wish;
  wish.style = "trap";
  wish.drums = kHatNotes;
  wish.busy = -1;
  for (const score::Note& n : write_drum_loop(wish, 2, kLoopData).score.notes) EXPECT_LT(off_grid(n.start.value, 0.5), 0.01);
}

TEST(DrumLoop, WithoutMeansWithout) {
  DrumLoopWish wish;
  wish.style = "house";
  wish.without = {d::kick, d::kick2};
  const DrumLoop loop = write_drum_loop(wish, 2, kLoopData);
  EXPECT_FALSE(loop.score.notes.empty());
  for (const score::Note& n : loop.score.notes) EXPECT_NE(n.pitch, d::kick);
}

}  // namespace
}  // namespace figment::sounds
