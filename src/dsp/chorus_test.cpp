#include "dsp/chorus.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

TEST(Chorus, WidensMonoAndKeepsTheLevel) {
  auto p = make("chorus", {{"mix", 0.5}});
  auto sound = noise(1, 88200, 0.1);
  AudioBuffer both(2, 88200, kRate);
  both.block().copy_from(sound.view());
  run(*p, both);
  double side = 0, mid = 0;
  for (int i = 4410; i < 88200; ++i) {
    side += std::pow(both.channel(0)[i] - both.channel(1)[i], 2);
    mid += std::pow(both.channel(0)[i] + both.channel(1)[i], 2);
  }
  EXPECT_GT(10 * std::log10(side / mid), -15);
  EXPECT_NEAR(db(rms(both.channel(0) + 4410, 80000) / 0.1), -3, 1.5);
}

TEST(Chorus, LeavesTheLowsDry) {
  auto p = make("chorus", {{"mix", 1}, {"low_cut_hz", 500}});
  EXPECT_LT(gain_at(*p, 40), -15);
}

}  // namespace
}  // namespace figment::dsp
