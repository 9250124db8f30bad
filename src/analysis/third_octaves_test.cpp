#include "analysis/third_octaves.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "base/executor.h"
#include "base/random.h"

namespace figment::analysis {
namespace {

BandLevels levels_of(const audio::AudioBuffer& sound) {
  audio::Spool spool(std::filesystem::temp_directory_path(), sound.channels(), sound.rate());
  spool.write(0, sound.view());
  return third_octaves(spool, sound.frames(), Progress());
}

double total(const BandLevels& levels) {
  double sum = 0;
  for (const double l : levels) sum += std::pow(10, l / 10);
  return sum;
}

TEST(ThirdOctaves, ASineOfPeakOneHasMinusThreeDecibelsAtEveryRateInItsBandAlone) {
  for (const double rate : {8000.0, 11025.0, 44100.0, 48000.0, 96000.0, 192000.0}) {
    audio::AudioBuffer sound(1, static_cast<std::int64_t>(rate * 8), Hertz{rate});
    for (std::int64_t n = 0; n < sound.frames(); ++n) sound.channel(0)[n] = static_cast<float>(std::sin(2 * M_PI * 1000 * static_cast<double>(n) / rate));
    const BandLevels levels = levels_of(sound);
    EXPECT_NEAR(levels[17], -3.01, 0.05) << rate;
    // A sine that begins and ends at once has a little everywhere.
    for (const std::size_t b : {0, 5, 10, 14, 20, 22}) EXPECT_LT(levels[b], -50) << rate << " band " << b;
  }
}

// A click at any place has the same flat spectrum: every sample counts alike, also the first and the last.
TEST(ThirdOctaves, EverySampleCountsAlike) {
  BandLevels first{};
  for (const std::int64_t at : {0, 1, 4000, 8191, 8192, 20000, 29999}) {
    audio::AudioBuffer sound(2, 30000, Hertz{44100});
    sound.channel(0)[at] = sound.channel(1)[at] = 1;
    const BandLevels levels = levels_of(sound);
    EXPECT_NEAR(slope(levels, Hertz{100}, Hertz{10000}), 3.01, 0.02);
    if (at == 0) first = levels;
    for (std::size_t b = 0; b < kBands; ++b) EXPECT_NEAR(levels[b], first[b], 1e-3) << "sample " << at << " band " << b;
  }
}

// Of white noise the bands hold what lies between 17.8 Hz and 22.05 kHz, all but a thousandth of its power.
TEST(ThirdOctaves, TheBandsAddUpToThePowerOfTheSound) {
  Random random(3);
  for (const std::int64_t frames : {500, 4410, 100000}) {
    audio::AudioBuffer sound(1, frames, Hertz{44100});
    double power = 0;
    for (std::int64_t n = 0; n < frames; ++n) {
      sound.channel(0)[n] = static_cast<float>(random.uniform(-1, 1));
      power += sound.channel(0)[n] * sound.channel(0)[n] / static_cast<double>(frames);
    }
    EXPECT_NEAR(10 * std::log10(total(levels_of(sound)) / power), 0, 0.1) << frames;
  }
}

TEST(ThirdOctaves, SilenceNothingAndThreads) {
  EXPECT_EQ(levels_of(audio::AudioBuffer(2, 50000, Hertz{44100}))[17], -200);
  EXPECT_EQ(levels_of(audio::AudioBuffer(1, 0, Hertz{44100}))[17], -200);
  Random random(4);
  audio::AudioBuffer sound(2, 44100 * 30, Hertz{44100});
  for (int c = 0; c < 2; ++c)
    for (std::int64_t n = 0; n < sound.frames(); ++n) sound.channel(c)[n] = static_cast<float>(random.uniform(-1, 1));
  const BandLevels many = levels_of(sound);
  const ThreadLimit one(1);
  EXPECT_EQ(levels_of(sound), many);
}

}  // namespace
}  // namespace figment::analysis
