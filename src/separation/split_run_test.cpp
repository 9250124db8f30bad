// Segments laid over a sound: what goes in comes out, wherever a run begins, and the network sees what demucs' would.
#include "separation/split_run.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"

namespace figment::separation {
namespace {

// Stems that are fixed shares of the mix, and a note of what was seen.
class SharingSplitter final : public roles::StemSplitter {
 public:
  explicit SharingSplitter(std::int64_t segment, int at_once = 1, bool levelled = false) : segment_(segment), at_once_(at_once), levelled_(levelled) {}
  roles::EngineInfo info() const override { return {"sharing", 1, "", {}}; }
  const std::vector<std::string>& stems() const override { return names_; }
  roles::SplitShape shape() const override { return {Hertz{44100}, segment_, 0.25, levelled_}; }
  int most_at_once() const override { return at_once_; }
  void split(std::span<const roles::SplitSegment> segments, const Progress& progress) override {
    progress.check();
    for (const roles::SplitSegment& one : segments) {
      seen.emplace_back(one.sound.channel(0), one.sound.channel(0) + one.sound.frames());
      for (std::size_t s = 0; s < 2; ++s) {
        if (one.stems[s].empty()) continue;
        one.stems[s].copy_from(one.sound);
        one.stems[s].scale(s == 0 ? 0.75F : 0.25F);
        // Something that depends on where in the segment a frame lies, so that wrong joints show.
        if (marks) one.stems[s].channel(0)[0] += 1;
      }
    }
  }
  std::vector<std::vector<float>> seen;
  bool marks = false;

 private:
  std::int64_t segment_;
  int at_once_;
  bool levelled_;
  std::vector<std::string> names_{"most", "rest"};
};

audio::AudioBuffer noise_of(std::int64_t frames, double mean = 0) {
  audio::AudioBuffer x(2, frames, Hertz{44100});
  Random random(5);
  for (int c = 0; c < 2; ++c)
    for (std::int64_t i = 0; i < frames; ++i) x.channel(c)[i] = static_cast<float>(random.normal() * 0.1 + mean);
  return x;
}

std::vector<audio::AudioBuffer> run_whole(roles::StemSplitter& splitter, const audio::AudioBuffer& x, SplitRun run) {
  run.frames = x.frames();
  std::vector<audio::AudioBuffer> out(2, audio::AudioBuffer(2, x.frames(), x.rate()));
  std::int64_t at = run.from;
  split_sound(splitter, run, read_from(x.view()), [&](std::int64_t frame, std::span<const audio::AudioView> stems) {
    EXPECT_EQ(frame, at);
    for (std::size_t s = 0; s < 2; ++s)
      if (!stems[s].empty()) out[s].block().part(frame, stems[s].frames()).copy_from(stems[s]);
    at += std::max(stems[0].frames(), stems[1].frames());
  }, Progress());
  EXPECT_EQ(at, x.frames());
  return out;
}

TEST(SplitRun, WhatASplitterSharesOutIsJoinedWithoutASeam) {
  for (const std::int64_t frames : {1, 7, 999, 1000, 1001, 1749, 1750, 5003})
    for (const int shifts : {0, 1, 3}) {
      SharingSplitter splitter(1000, 2);
      const audio::AudioBuffer x = noise_of(frames);
      SplitRun run;
      run.shifts = shifts;
      const auto out = run_whole(splitter, x, run);
      for (int c = 0; c < 2; ++c)
        for (std::int64_t i = 0; i < frames; ++i) {
          ASSERT_NEAR(out[0].channel(c)[i], 0.75F * x.channel(c)[i], 1e-6) << frames << " frames, shifts " << shifts << ", frame " << i;
          ASSERT_NEAR(out[1].channel(c)[i], 0.25F * x.channel(c)[i], 1e-6);
        }
    }
}

TEST(SplitRun, ARunThatGoesOnGivesTheSameBits) {
  const audio::AudioBuffer x = noise_of(40000);
  for (const int shifts : {0, 2}) {
    SharingSplitter splitter(1000, 3, true);
    splitter.marks = true;
    SplitRun run;
    run.shifts = shifts;
    run.level = {0.01, 0.3};
    const auto whole = run_whole(splitter, x, run);
    for (const std::int64_t from : {1, 749, 750, 751, 9000, 39999}) {
      SharingSplitter again(1000, 1, true);
      again.marks = true;
      run.from = from;
      const auto rest = run_whole(again, x, run);
      for (std::int64_t i = from; i < x.frames(); ++i) ASSERT_EQ(rest[0].channel(0)[i], whole[0].channel(0)[i]) << "from " << from << ", frame " << i << ", shifts " << shifts;
      if (shifts == 0) { EXPECT_LE(again.seen.size(), static_cast<std::size_t>((x.frames() - from) / 750 + 3)); }
    }
  }
}

TEST(SplitRun, TheLastSegmentIsFilledUpWithTheSoundThatLiesThere) {
  SharingSplitter splitter(1000);
  const audio::AudioBuffer x = noise_of(1650);
  (void)run_whole(splitter, x, {});
  // Segments from 0, 750 and 1500; the second has 900 frames and takes 50 more before it, the third 150 and takes 425.
  ASSERT_EQ(splitter.seen.size(), 3U);
  EXPECT_EQ(splitter.seen[1][0], x.channel(0)[700]);
  EXPECT_EQ(splitter.seen[2][0], x.channel(0)[1500 - 425]);
  EXPECT_EQ(splitter.seen[2][574], x.channel(0)[1649]);
  EXPECT_EQ(splitter.seen[2][575], 0.0F);
}

TEST(SplitRun, TheSoundIsLevelledAsItsMeanAndDeviationSay) {
  const audio::AudioBuffer x = noise_of(3000, 0.5);
  const SplitLevel level = measure_level(read_from(x.view()), x.frames(), Progress());
  double sum = 0, squares = 0;
  for (std::int64_t i = 0; i < 3000; ++i) sum += 0.5 * (x.channel(0)[i] + x.channel(1)[i]) / 3000;
  for (std::int64_t i = 0; i < 3000; ++i) squares += std::pow(0.5 * (x.channel(0)[i] + x.channel(1)[i]) - sum, 2) / 2999;
  EXPECT_NEAR(level.mean, sum, 1e-6);
  EXPECT_NEAR(level.deviation, std::sqrt(squares), 1e-6);
  SharingSplitter splitter(1000, 1, true);
  SplitRun run;
  run.level = level;
  const auto out = run_whole(splitter, x, run);
  EXPECT_NEAR(splitter.seen[0][0], (x.channel(0)[0] - level.mean) / level.deviation, 1e-5);
  EXPECT_NEAR(out[0].channel(0)[10], (x.channel(0)[10] - level.mean) * 0.75 + level.mean, 1e-5);
  EXPECT_EQ(splitter.seen.back().back(), 0.0F) << "beyond the end there is silence, not minus the mean";
}

TEST(SplitRun, SilenceIsNotBroughtUp) {
  const audio::AudioBuffer x(2, 500, Hertz{44100});
  const SplitLevel level = measure_level(read_from(x.view()), x.frames(), Progress());
  EXPECT_EQ(level.mean, 0);
  EXPECT_EQ(level.deviation, 1);
}

TEST(SplitRun, StemsThatAreNotWantedCostNothing) {
  SharingSplitter splitter(1000);
  const audio::AudioBuffer x = noise_of(2500);
  SplitRun run;
  run.wanted = {false, true};
  const auto out = run_whole(splitter, x, run);
  EXPECT_EQ(out[0].channel(0)[100], 0.0F);
  EXPECT_NEAR(out[1].channel(0)[100], 0.25F * x.channel(0)[100], 1e-6);
}

TEST(SplitRun, ACancelledRunSaysSo) {
  SharingSplitter splitter(1000);
  const audio::AudioBuffer x = noise_of(2500);
  Progress progress;
  progress.cancel();
  SplitRun run;
  run.frames = 2500;
  EXPECT_THROW(split_sound(splitter, run, read_from(x.view()), [](std::int64_t, std::span<const audio::AudioView>) {}, progress), Error);
}

}  // namespace
}  // namespace figment::separation
