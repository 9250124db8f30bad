#include "sampling/sustain.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace figment::sampling {
namespace {

constexpr Hertz kRate{44100};

// A saw of ten partials with vibrato that dies by so many dB a second.
audio::AudioBuffer note(double midi, double seconds, double db_per_second, double vibrato_cents = 0) {
  audio::AudioBuffer x(1, static_cast<std::int64_t>(seconds * kRate.value), kRate);
  double phase = 0;
  for (std::int64_t n = 0; n < x.frames(); ++n) {
    const double t = static_cast<double>(n) / kRate.value;
    phase += 440 * std::pow(2, (midi - 69 + vibrato_cents / 100 * std::sin(2 * M_PI * 5 * t)) / 12) / kRate.value;
    double v = 0;
    for (int h = 1; h <= 10; ++h) v += std::sin(2 * M_PI * h * phase) / h;
    x.channel(0)[n] = static_cast<float>(0.3 * v * std::pow(10, -db_per_second * t / 20) * std::min(1.0, t / 0.01));
  }
  return x;
}

// The largest difference between neighbouring samples around the place where the loop goes back, and anywhere in it.
std::pair<double, double> steps(const audio::AudioBuffer& x, const SustainLoop& loop) {
  double inside = 0;
  for (std::int64_t n = loop.begin + 1; n < loop.end; ++n) inside = std::max(inside, std::abs(static_cast<double>(x.channel(0)[n]) - x.channel(0)[n - 1]));
  return {std::abs(static_cast<double>(x.channel(0)[loop.begin]) - x.channel(0)[loop.end - 1]), inside};
}

TEST(Sustain, AHeldNoteLoopsInWholePeriods) {
  for (const double midi : {33.0, 45.3, 60.0, 76.5}) {
    audio::AudioBuffer x = note(midi, 1.5, 1);
    const auto loop = find_sustain_loop(x.view(), midi);
    ASSERT_TRUE(loop) << midi;
    EXPECT_GT(loop->alike, 0.97);
    const double periods = static_cast<double>(loop->end - loop->begin) / (kRate.value / (440 * std::pow(2, (midi - 69) / 12)));
    EXPECT_NEAR(periods, std::round(periods), 0.03) << midi;
    close_sustain_loop(x.block(), *loop);
    const auto [step, inside] = steps(x, *loop);
    EXPECT_LE(step, inside) << midi;
  }
}

TEST(Sustain, VibratoIsKept) {
  const audio::AudioBuffer x = note(60, 3, 0.5, 30);
  const auto loop = find_sustain_loop(x.view(), 60);
  ASSERT_TRUE(loop);
  // Five a second: a loop shorter than a cycle would hold the pitch at one place.
  EXPECT_GT(loop->end - loop->begin, to_frames(Seconds{0.19}, kRate).value);
}

TEST(Sustain, WhatDiesOrIsNoiseDoesNotLoop) {
  EXPECT_FALSE(find_sustain_loop(note(48, 1.5, 40).view(), 48)) << "a pluck";
  EXPECT_FALSE(find_sustain_loop(note(48, 0.2, 0).view(), 48)) << "too short";
  audio::AudioBuffer noise(2, 44100, kRate);
  std::mt19937 random(1);
  std::normal_distribution<float> draw(0, 0.1F);
  for (int c = 0; c < 2; ++c)
    for (std::int64_t n = 0; n < noise.frames(); ++n) noise.channel(c)[n] = draw(random);
  EXPECT_FALSE(find_sustain_loop(noise.view(), 60));
  EXPECT_FALSE(find_sustain_loop(audio::AudioBuffer(1, 44100, kRate).view(), 60)) << "silence";
  EXPECT_FALSE(find_sustain_loop(audio::AudioBuffer(1, 10, kRate).view(), 60));
}

}  // namespace
}  // namespace figment::sampling
