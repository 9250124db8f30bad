#include "dsp/exciter.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

TEST(Exciter, AddsHarmonicsAboveAndTouchesNothingBelow) {
  auto p = make("exciter", {{"frequency_hz", 3000}, {"amount", 1}});
  EXPECT_NEAR(gain_at(*p, 200), 0, 0.05);
  p->reset();
  auto sound = sine(4500, 0.2, 32768);
  run(*p, sound);
  EXPECT_GT(db(amplitude_at(sound.channel(0) + 8192, 16384, 9000) / 0.2), -45);
  EXPECT_LT(db(amplitude_at(sound.channel(0) + 8192, 16384, 700) / 0.2), -80);
}

}  // namespace
}  // namespace figment::dsp
