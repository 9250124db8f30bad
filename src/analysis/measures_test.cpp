#include "analysis/measures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "base/executor.h"
#include "base/random.h"

namespace figment::analysis {
namespace {

Measures measured(const audio::AudioBuffer& sound) {
  audio::Spool spool(std::filesystem::temp_directory_path(), sound.channels(), sound.rate());
  spool.write(0, sound.view());
  return measure(spool, sound.frames(), Progress());
}

audio::AudioBuffer noise(int channels, std::int64_t frames, double level) {
  Random random(5);
  audio::AudioBuffer sound(channels, frames, Hertz{44100});
  for (int c = 0; c < channels; ++c)
    for (std::int64_t n = 0; n < frames; ++n) sound.channel(c)[n] = static_cast<float>(random.uniform(-level, level));
  return sound;
}

TEST(Measures, AgreeWithTheStandardsMeterOverManySegments) {
  const auto sound = noise(2, 44100 * 25 + 321, 0.3);
  LoudnessMeter judge(sound.rate(), 2);
  judge.add(sound.view());
  const Measures m = measured(sound);
  EXPECT_NEAR(m.loudness.integrated.value, judge.result().integrated.value, 0.02);
  EXPECT_NEAR(m.loudness.true_peak.value, judge.result().true_peak.value, 0.01);
  EXPECT_NEAR(m.plr_db(), m.loudness.true_peak.value - m.loudness.integrated.value, 1e-9);
  EXPECT_NEAR(m.length().value, 25.007, 0.001);
  EXPECT_NEAR(m.mono_loss_db, 3.01, 0.1);
  EXPECT_NEAR(m.dc[0], 0, 1e-3);
  EXPECT_EQ(m.clipped, 0);
}

TEST(Measures, TheOutlineHoldsEverySample) {
  for (const std::int64_t frames : {1, 700, 50000, 600000}) {
    auto sound = noise(1, frames, 0.1);
    sound.channel(0)[frames / 2] = 0.9F;
    sound.channel(0)[frames - 1] = -0.8F;
    const Measures m = measured(sound);
    ASSERT_EQ(m.outline.size(), static_cast<std::size_t>(kOutlineParts));
    float low = 0, high = 0;
    for (const auto& part : m.outline) low = std::min(low, part.low), high = std::max(high, part.high);
    EXPECT_EQ(low, -0.8F) << frames;
    EXPECT_EQ(high, frames == 1 ? 0.0F : 0.9F) << frames;
  }
}

TEST(Measures, FlatTopsAreCountedAlsoWhereSegmentsMeet) {
  auto sound = noise(1, 44100 * 20, 0.5);
  const std::int64_t meet = 64 * 4410;
  for (const std::int64_t at : {std::int64_t{1000}, meet - 1, std::int64_t{500000}})
    for (int k = 0; k < 4; ++k) sound.channel(0)[at + k] = at == 1000 ? -1.0F : 1.0F;
  sound.channel(0)[700000] = sound.channel(0)[700001] = 1.0F;   // two alike are no flat top
  EXPECT_EQ(measured(sound).clipped, 3);
}

TEST(Measures, DirectCurrentSilenceNothing) {
  audio::AudioBuffer still(2, 100000, Hertz{44100});
  std::fill_n(still.channel(1), still.frames(), 0.25F);
  EXPECT_NEAR(measured(still).dc[1], 0.25, 1e-6);
  EXPECT_TRUE(measured(audio::AudioBuffer(1, 100000, Hertz{8000})).silent());
  EXPECT_TRUE(measured(audio::AudioBuffer(1, 0, Hertz{44100})).silent());
}

TEST(Measures, ThreadsDoNotChangeThem) {
  const auto sound = noise(2, 44100 * 30, 0.3);
  const Measures many = measured(sound);
  const ThreadLimit one(1);
  const Measures same = measured(sound);
  EXPECT_EQ(many.spectrum, same.spectrum);
  EXPECT_EQ(many.loudness.integrated, same.loudness.integrated);
  EXPECT_EQ(many.width, same.width);
}

}  // namespace
}  // namespace figment::analysis
