// Clicks show where instants went; tones show what pitch became of them.
#include "audio/stretch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/error.h"

namespace figment::audio {
namespace {

constexpr Hertz kStretchRate{44100};

// A drum-like burst: 5 ms of decaying noise.
void hit(AudioBuffer& sound, std::int64_t at) {
  std::uint32_t seed = 12345;
  for (int c = 0; c < sound.channels(); ++c)
    for (std::int64_t n = 0; n < 2000 && at + n < sound.frames(); ++n) {
      seed = seed * 1664525U + 1013904223U;
      sound.channel(c)[at + n] += static_cast<float>((static_cast<double>(seed) / 2147483648.0 - 1) * std::exp(-static_cast<double>(n) / 300) * 0.7);
    }
}

// Where the sound first rises to a third of the highest level within ±40 ms of `about`.
double onset_near(const AudioBuffer& sound, std::int64_t about) {
  const std::int64_t from = std::max<std::int64_t>(0, about - 1764), to = std::min(sound.frames(), about + 1764);
  float most = 0;
  for (std::int64_t n = from; n < to; ++n) most = std::max(most, std::abs(sound.channel(0)[n]));
  for (std::int64_t n = from; n < to; ++n)
    if (std::abs(sound.channel(0)[n]) > most / 3) return static_cast<double>(n);
  return -1;
}

TEST(Stretch, AnchorsComeToLieWhereTheyShould) {
  // Beats that wander by up to 12 % go onto a straight grid.
  AudioBuffer sound(2, 12 * 44100, kStretchRate);
  Stretch plan;
  std::int64_t at = 4410;
  std::vector<std::int64_t> wanted;
  for (int b = 0; b < 20; ++b) {
    hit(sound, at);
    const std::int64_t target = 5000 + b * 24000;
    plan.anchors.push_back({at, target});
    wanted.push_back(target);
    at += 22050 + static_cast<std::int64_t>(2600 * std::sin(b * 0.9));
  }
  plan.source_frames = sound.frames();
  plan.result_frames = 13 * 44100;
  const AudioBuffer result = stretch(sound.view(), plan, Progress());
  ASSERT_EQ(result.frames(), plan.result_frames);
  for (const std::int64_t target : wanted) {
    const double ms = (onset_near(result, target) - static_cast<double>(target)) / 44.1;
    EXPECT_LT(std::abs(ms), 4) << "of the anchor at " << target;
  }
}

TEST(Stretch, PitchMovesAloneAndLengthIsExact) {
  AudioBuffer sound(1, 2 * 44100, kStretchRate);
  for (std::int64_t n = 0; n < sound.frames(); ++n) sound.channel(0)[n] = 0.5F * static_cast<float>(std::sin(2 * std::numbers::pi * 440 * static_cast<double>(n) / 44100));
  Stretch plan{sound.frames(), 2 * 44100 + 777, {}, 12, false};
  const AudioBuffer result = stretch(sound.view(), plan, Progress());
  ASSERT_EQ(result.frames(), plan.result_frames);
  int crossings = 0;
  for (std::int64_t n = 22050; n < 66150; ++n) crossings += result.channel(0)[n] >= 0 && result.channel(0)[n - 1] < 0;
  EXPECT_NEAR(crossings, 880, 2);
}

TEST(Stretch, AnchorsThatDoNotRiseAreRefused) {
  const AudioBuffer sound(1, 44100, kStretchRate);
  for (const std::vector<StretchAnchor>& anchors : {std::vector<StretchAnchor>{{100, 200}, {100, 300}}, {{200, 300}, {300, 300}}, {{44099, 10}}, {{10, 22050}}}) {
    EXPECT_THROW((void)stretch(sound.view(), {44100, 44100, anchors, 0, false}, Progress()), Error);
  }
}

}  // namespace
}  // namespace figment::audio
