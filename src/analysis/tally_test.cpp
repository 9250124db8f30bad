#include "analysis/tally.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace figment::analysis {
namespace {

constexpr double kRate = 44100;

// Music of a kind: loud and quiet parts, beats, a different left and right.
audio::AudioBuffer music(double seconds, std::uint64_t seed) {
  Random random(seed);
  const auto frames = static_cast<std::int64_t>(seconds * kRate);
  audio::AudioBuffer sound(2, frames, Hertz{kRate});
  for (std::int64_t n = 0; n < frames; ++n) {
    const double t = static_cast<double>(n) / kRate;
    const double part = 0.15 + 0.85 * std::pow(std::sin(t * 0.3), 2);
    const double beat = std::exp(-std::fmod(t, 0.5) * 12);
    for (int c = 0; c < 2; ++c)
      sound.channel(c)[n] = static_cast<float>(0.6 * part * (beat * std::sin(2 * M_PI * 70 * t) + 0.2 * random.uniform(-1, 1)));
  }
  return sound;
}

Tally in_stretches(const audio::AudioBuffer& sound, std::int64_t length) {
  Tally whole;
  for (std::int64_t at = 0; at < sound.frames(); at += length) {
    const std::int64_t before = std::min<std::int64_t>(at, 22050);
    whole.append(tally(sound.view().part(at - before, before), sound.view().part(at, length)));
  }
  return whole;
}

TEST(Tally, StretchesAddUpToWhatLibebur128Finds) {
  const auto sound = music(33.37, 1);
  LoudnessMeter judge(Hertz{kRate}, 2);
  judge.add(sound.view());
  const Loudness wanted = judge.result();
  const Tally sum = in_stretches(sound, 4410 * 64);
  const Loudness found = sum.loudness();
  EXPECT_NEAR(found.integrated.value, wanted.integrated.value, 0.02);
  EXPECT_NEAR(found.loudest_momentary.value, wanted.loudest_momentary.value, 0.02);
  EXPECT_NEAR(found.range, wanted.range, 0.15);
  EXPECT_NEAR(found.true_peak.value, wanted.true_peak.value, 1e-4);
  EXPECT_NEAR(found.sample_peak.value, wanted.sample_peak.value, 1e-6);
  ASSERT_EQ(sum.short_term().size(), judge.short_term().size());
  for (std::size_t i = 0; i < sum.short_term().size(); ++i) EXPECT_NEAR(sum.short_term()[i].value, judge.short_term()[i].value, 0.05) << i;

  SpectrumMeter spectrum(Hertz{kRate});
  spectrum.add(sound.view());
  const auto wanted_bands = spectrum.result(), bands = sum.spectrum();
  double mean = 0;
  for (std::size_t b = 3; b < kBands; ++b) mean += (bands[b] - wanted_bands[b]) / (kBands - 3);
  for (std::size_t b = 3; b < kBands; ++b) EXPECT_NEAR(bands[b] - mean, wanted_bands[b], 0.5) << b;
  EXPECT_NEAR(sum.mono_loss(), spectrum.mono_loss(), 1e-9);
  EXPECT_NEAR(sum.width(), spectrum.width(), 1e-9);
}

TEST(Tally, APeakBetweenTwoStretchesIsSeen) {
  // Two half-height neighbours on both sides of the cut rise above either between them.
  audio::AudioBuffer sound(1, 8820, Hertz{kRate});
  sound.channel(0)[4409] = sound.channel(0)[4410] = 0.7F;
  const Tally sum = in_stretches(sound, 4410);
  EXPECT_NEAR(sum.true_peak, tally({}, sound.view()).true_peak, 1e-6);
  EXPECT_GT(sum.true_peak, 0.8);
}

TEST(Tally, BytesComeBackAndDamageIsSeen) {
  const Tally before = tally({}, music(2, 2).view());
  const std::string bytes = before.to_bytes();
  const auto after = Tally::from_bytes(bytes);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->tenths, before.tenths);
  EXPECT_EQ(after->by_level, before.by_level);
  EXPECT_EQ(after->true_peak, before.true_peak);
  for (std::size_t cut = 0; cut < bytes.size(); cut += 7) EXPECT_FALSE(Tally::from_bytes(bytes.substr(0, cut))) << cut;
  EXPECT_FALSE(Tally::from_bytes(bytes + "x"));
  EXPECT_FALSE(Tally::from_bytes(std::string(bytes.size(), '\xFF')));
}

TEST(Tally, SilenceAndNothing) {
  const audio::AudioBuffer silence(2, 44100, Hertz{kRate});
  const Tally t = tally({}, silence.view());
  EXPECT_EQ(t.loudness().integrated, Lufs{-200});
  EXPECT_EQ(t.loudness().range, 0);
  EXPECT_EQ(t.spectrum()[10], -200);
  EXPECT_EQ(tally({}, silence.view().part(0, 0)).loudness().true_peak, Decibels{-200});
}

}  // namespace
}  // namespace figment::analysis
