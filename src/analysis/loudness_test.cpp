#include "analysis/loudness.h"

#include <gtest/gtest.h>

#include <cmath>

#include "analysis/gated_loudness.h"
#include "base/random.h"

namespace figment::analysis {
namespace {

audio::AudioBuffer sine(double hz, double level_db, double seconds, double rate = 48000) {
  audio::AudioBuffer sound(2, static_cast<std::int64_t>(seconds * rate), Hertz{rate});
  for (int c = 0; c < 2; ++c)
    for (std::int64_t n = 0; n < sound.frames(); ++n)
      sound.channel(c)[n] = static_cast<float>(std::pow(10, level_db / 20) * std::sin(2 * M_PI * hz * static_cast<double>(n) / rate));
  return sound;
}

// Bursts of noise at very different levels, with pauses: both gates have work to do.
audio::AudioBuffer uneven(std::uint64_t seed, int channels, double rate) {
  Random random(seed);
  audio::AudioBuffer sound(channels, static_cast<std::int64_t>(20 * rate), Hertz{rate});
  double level = 0;
  for (std::int64_t n = 0; n < sound.frames(); ++n) {
    if (n % static_cast<std::int64_t>(rate * 0.7) == 0) level = random.chance(0.3) ? 0 : std::pow(10, random.uniform(-70, 0) / 20);
    for (int c = 0; c < channels; ++c) sound.channel(c)[n] = static_cast<float>(level * random.uniform(-1, 1));
  }
  return sound;
}

// EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS is -23 LUFS.
TEST(Loudness, TheStandardsFirstCase) {
  LoudnessMeter meter(Hertz{48000}, 2);
  meter.add(sine(1000, -23, 20).view());
  EXPECT_NEAR(meter.result().integrated.value, -23.0, 0.1);
  EXPECT_NEAR(meter.result().true_peak.value, -23.0, 0.1);
  EXPECT_NEAR(meter.short_term().back().value, -23.0, 0.1);
}

// EBU Tech 3341, case 3: the quiet parts at -36 are gated away.
TEST(Loudness, QuietPartsDoNotCount) {
  LoudnessMeter meter(Hertz{48000}, 2);
  meter.add(sine(1000, -36, 10).view());
  meter.add(sine(1000, -23, 60).view());
  meter.add(sine(1000, -36, 10).view());
  EXPECT_NEAR(meter.result().integrated.value, -23.0, 0.1);
}

// A sine between the samples: fs/4 at 45° has its peaks 3 dB above every sample.
TEST(Loudness, TruePeakSeesBetweenTheSamples) {
  audio::AudioBuffer sound(1, 48000, Hertz{48000});
  for (std::int64_t n = 0; n < sound.frames(); ++n) sound.channel(0)[n] = static_cast<float>(0.5 * std::sin(M_PI / 2 * static_cast<double>(n) + M_PI / 4));
  LoudnessMeter meter(Hertz{48000}, 1);
  meter.add(sound.view());
  EXPECT_NEAR(meter.result().sample_peak.value, -9.03, 0.05);
  EXPECT_NEAR(meter.result().true_peak.value, -6.02, 0.2);
}

TEST(GatedLoudness, AgreesWithTheReferenceOnEverySound) {
  for (const double rate : {44100.0, 48000.0, 96000.0}) {
    for (const int channels : {1, 2}) {
      for (std::uint64_t seed = 0; seed < 3; ++seed) {
        const auto sound = uneven(seed, channels, rate);
        LoudnessMeter reference(Hertz{rate}, channels);
        reference.add(sound.view());
        GatedLoudnessMeter fast((Hertz{rate}));
        for (std::int64_t at = 0; at < sound.frames(); at += 1000) fast.add(sound.view().part(at, 1000));
        EXPECT_NEAR(fast.result().value, reference.result().integrated.value, 0.02) << rate << " " << channels << " " << seed;
      }
    }
  }
}

TEST(GatedLoudness, SilenceIsSilence) {
  GatedLoudnessMeter meter(Hertz{44100});
  EXPECT_EQ(meter.result(), Lufs{-200});
  meter.add(audio::AudioBuffer(2, 44100, Hertz{44100}).view());
  EXPECT_EQ(meter.result(), Lufs{-200});
}

}  // namespace
}  // namespace figment::analysis
