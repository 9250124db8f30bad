#include "dsp/saturation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

AudioBuffer saturated(int type, double drive, double hz, double amplitude, std::int64_t frames = 32768) {
  auto p = make("saturation", {{"type", type}, {"drive_db", drive}});
  auto sound = sine(hz, amplitude, frames);
  run(*p, sound);
  return sound;
}

TEST(Saturation, KeepsTheLevelOfAMediumSine) {
  for (int type = 0; type < 4; ++type) {
    for (const double drive : {0.0, 12.0, 24.0}) {
      const auto sound = saturated(type, drive, 200, 0.25118864, 44100);
      EXPECT_NEAR(db(rms(sound.channel(0) + 22050, 22050) / (0.25118864 * std::sqrt(0.5))), 0, 0.35)
          << type << " " << drive;
    }
  }
}

TEST(Saturation, TubeMakesEvenHarmonicsTapeDoesNot) {
  const auto tube = saturated(0, 12, 430.6640625, 0.3), tape = saturated(1, 12, 430.6640625, 0.3);
  const auto harmonic = [](const AudioBuffer& s, int k) {
    return db(amplitude_at(s.channel(0) + 16384, 16384, 430.6640625 * k));
  };
  EXPECT_GT(harmonic(tube, 2) - harmonic(tube, 1), -30);
  EXPECT_LT(harmonic(tape, 2) - harmonic(tape, 1), -90);
  EXPECT_GT(harmonic(tape, 3) - harmonic(tape, 1), -35);
  EXPECT_LT(std::abs(amplitude_at(tube.channel(0) + 16384, 16384, 0)), 1e-3) << "direct current";
}

// A sine and its octave, whose humps point one way: any curve flattens them, and what is left over is direct current.
TEST(Saturation, LeavesNoDirectCurrent) {
  for (int type = 0; type < 4; ++type) {
    auto p = make("saturation", {{"type", type}, {"drive_db", 12}});
    auto sound = sine(430.6640625, 0.3, 65536);
    auto octave = sine(861.328125, 0.3, 65536);
    for (std::int64_t i = 0; i + 13 < 65536; ++i) sound.channel(0)[i] += octave.channel(0)[i + 13];
    run(*p, sound);
    EXPECT_LT(std::abs(amplitude_at(sound.channel(0) + 32768, 16384, 0)), 1e-3) << type;
  }
}

// 5 kHz, harmonics 5, 7 … fold to known places at 44.1 kHz: they must stay low.
TEST(Saturation, FoldsLittleBack) {
  for (const auto& [type, limit] :
       {std::pair{0, -60.0}, std::pair{1, -60.0}, std::pair{2, -38.0}, std::pair{3, -60.0}}) {
    const auto sound = saturated(type, 12, 5000, 0.5);
    const double wanted = amplitude_at(sound.channel(0) + 16384, 16384, 5000);
    for (const int k : {5, 6, 7, 8, 9, 11, 13}) {
      const double folded = std::abs(std::remainder(5000.0 * k, 44100));
      EXPECT_LT(db(amplitude_at(sound.channel(0) + 16384, 16384, folded) / wanted), limit)
          << type << ": harmonic " << k << " at " << folded;
    }
  }
}

TEST(Saturation, DryIsOnlyDelayed) {
  auto p = make("saturation", {{"mix", 0}});
  auto sound = noise(2, 4000);
  const auto before = sound;
  run(*p, sound);
  const auto late = p->latency().value;
  for (int i = 0; i + late < 4000; ++i) ASSERT_EQ(sound.channel(0)[i + late], before.channel(0)[i]);
}

}  // namespace
}  // namespace figment::dsp
