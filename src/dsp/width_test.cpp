#include "dsp/width.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

TEST(Width, ZeroIsMono) {
  auto p = make("width", {{"width", 0}});
  auto sound = noise(2, 5000);
  run(*p, sound);
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(sound.channel(0)[i], sound.channel(1)[i]);
}

TEST(Width, OneIsAsItWas) {
  auto p = make("width", {{"width", 1}, {"safe", 0}});
  auto sound = noise(2, 5000);
  const auto before = sound;
  run(*p, sound);
  for (int i = 0; i < 5000; ++i) ASSERT_NEAR(sound.channel(0)[i], before.channel(0)[i], 1e-6);
}

TEST(Width, LowsAreMonoBelow) {
  const auto side = [](double hz) {
    auto p = make("width", {{"mono_below_hz", 150}, {"safe", 0}});
    auto sound = sine(hz, 0.5, 44100);
    std::fill_n(sound.channel(1), 44100, 0.0F);
    run(*p, sound);
    for (int i = 0; i < 44100; ++i) sound.channel(0)[i] -= sound.channel(1)[i];
    return db(amplitude_at(sound.channel(0) + 22050, 16384, hz) / 0.5);
  };
  EXPECT_LT(side(40), -20);
  EXPECT_NEAR(side(2000), 0, 0.2);
}

TEST(Width, FoldsDownSafely) {
  auto p = make("width", {{"width", 2}});
  auto sound = noise(2, 132300, 0.2);
  for (int i = 0; i < 132300; ++i) sound.channel(1)[i] = -0.8F * sound.channel(0)[i] + 0.2F * sound.channel(1)[i];
  run(*p, sound);
  double mid = 0, side = 0;
  for (int i = 44100; i < 132300; ++i) {
    mid += std::pow(sound.channel(0)[i] + sound.channel(1)[i], 2);
    side += std::pow(sound.channel(0)[i] - sound.channel(1)[i], 2);
  }
  EXPECT_LT(10 * std::log10((mid + side) / mid), 3.1);
}

}  // namespace
}  // namespace figment::dsp
