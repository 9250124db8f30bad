#include "dsp/bitcrush.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

TEST(Bitcrush, HasAsManyLevelsAsItsBits) {
  auto p = make("bitcrush", {{"bits", 4}, {"rate_hz", 96000}});
  auto sound = sine(100, 0.99, 44100);
  run(*p, sound);
  for (int i = 0; i < 44100; ++i) {
    const double level = sound.channel(0)[i] * 8;
    ASSERT_NEAR(level, std::round(level), 1e-5);
  }
}

TEST(Bitcrush, HoldsSamplesAtItsRate) {
  auto p = make("bitcrush", {{"bits", 24}, {"rate_hz", 4410}});
  auto sound = noise(2, 10000);
  run(*p, sound);
  int changes = 0;
  for (int i = 1; i < 10000; ++i) changes += sound.channel(0)[i] != sound.channel(0)[i - 1] ? 1 : 0;
  EXPECT_NEAR(changes, 1000, 2);
}

TEST(Bitcrush, AntiAliasTakesTheMirrorAway) {
  // 3.2 kHz held at 4 kHz mirrors to 800 Hz.
  double mirror[2];
  for (int on = 0; on < 2; ++on) {
    auto p = make("bitcrush", {{"bits", 24}, {"rate_hz", 4000}, {"anti_alias", on}});
    auto sound = sine(3200, 0.5, 32768);
    run(*p, sound);
    mirror[on] = db(amplitude_at(sound.channel(0) + 8192, 16384, 800));
  }
  EXPECT_LT(mirror[1], mirror[0] - 12);
}

TEST(Bitcrush, AtFullResolutionChangesNothing) {
  auto p = make("bitcrush", {{"bits", 24}, {"rate_hz", 96000}});
  auto sound = noise(2, 5000);
  const auto before = sound;
  run(*p, sound);
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(sound.channel(0)[i], before.channel(0)[i]);
}

}  // namespace
}  // namespace figment::dsp
