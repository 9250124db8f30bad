#include "dsp/tremolo.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

TEST(Tremolo, BeatsInTimeWithTheSong) {
  auto p = make("tremolo", {{"cycle_beats", 0.5}, {"depth", 1}});
  p->set_tempo(Bpm{120});  // an eighth note lasts 11025 frames
  AudioBuffer sound(2, 44100, kRate);
  for (int c = 0; c < 2; ++c) std::fill_n(sound.channel(c), 44100, 1.0F);
  run(*p, sound);
  for (int cycle = 0; cycle < 3; ++cycle) {
    EXPECT_NEAR(sound.channel(0)[cycle * 11025], 1, 1e-3) << cycle;
    EXPECT_NEAR(sound.channel(0)[cycle * 11025 + 5512], 0, 1e-3) << cycle;
  }
}

TEST(Tremolo, PansAtConstantPower) {
  auto p = make("tremolo", {{"mode", 1}, {"sync", 0}, {"rate_hz", 2}, {"depth", 1}});
  AudioBuffer sound(2, 44100, kRate);
  for (int c = 0; c < 2; ++c) std::fill_n(sound.channel(c), 44100, 1.0F);
  run(*p, sound);
  for (int i = 0; i < 44100; ++i)
    ASSERT_NEAR(std::pow(sound.channel(0)[i], 2) + std::pow(sound.channel(1)[i], 2), 2, 1e-3);
  EXPECT_NEAR(sound.channel(1)[44100 / 8], std::sqrt(2.0), 1e-2) << "right first";
}

}  // namespace
}  // namespace figment::dsp
