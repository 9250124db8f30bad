#include "analysis/spectrum.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace figment::analysis {
namespace {

// White noise has equal power per hertz: third octaves rise by 3.01 dB per octave.
TEST(Spectrum, WhiteNoiseRisesThreeDecibelsPerOctaveInThirdOctaves) {
  Random random(1);
  audio::AudioBuffer sound(2, 44100 * 20, Hertz{44100});
  for (int c = 0; c < 2; ++c)
    for (std::int64_t n = 0; n < sound.frames(); ++n) sound.channel(c)[n] = static_cast<float>(random.uniform(-0.5, 0.5));
  SpectrumMeter meter(Hertz{44100});
  for (std::int64_t at = 0; at < sound.frames(); at += 777) meter.add(sound.view().part(at, 777));
  EXPECT_NEAR(slope(meter.result(), Hertz{100}, Hertz{10000}), 3.01, 0.1);
  // Two independent channels: folding to mono loses 3 dB, side and mid are equal.
  EXPECT_NEAR(meter.mono_loss(), 3.01, 0.1);
  EXPECT_NEAR(meter.width(), 1.0, 0.05);
}

TEST(Spectrum, BandsHaveTheirNamesFromTheStandard) {
  for (const auto& [band, name] : {std::pair{0, 20.0}, {2, 31.5}, {10, 200.0}, {15, 630.0}, {17, 1000.0}, {28, 12500.0}, {30, 20000.0}}) {
    EXPECT_EQ(nominal_hertz(band), name);
    EXPECT_NEAR(band_centre(band).value / name, 1, 0.02);
  }
}

TEST(Spectrum, ASineLiesInItsBand) {
  audio::AudioBuffer sound(1, 44100 * 4, Hertz{44100});
  for (std::int64_t n = 0; n < sound.frames(); ++n) sound.channel(0)[n] = static_cast<float>(0.5 * std::sin(2 * M_PI * 1000 * static_cast<double>(n) / 44100));
  SpectrumMeter meter(Hertz{44100});
  meter.add(sound.view());
  const BandLevels levels = meter.result();
  const auto loudest = std::max_element(levels.begin(), levels.end()) - levels.begin();
  EXPECT_NEAR(band_centre(static_cast<int>(loudest)).value, 1000, 1);
  EXPECT_GT(levels[17] - levels[14], 60);
  EXPECT_NEAR(meter.mono_loss(), 0, 1e-6);
}

TEST(Spectrum, SilenceHasNoLevels) {
  SpectrumMeter meter(Hertz{44100});
  meter.add(audio::AudioBuffer(2, 44100, Hertz{44100}).view());
  for (double level : meter.result()) EXPECT_EQ(level, -200);
}

}  // namespace
}  // namespace figment::analysis
