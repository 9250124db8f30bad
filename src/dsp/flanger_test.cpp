#include "dsp/flanger.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

TEST(Flanger, CombsWhereItsDelaySays) {
  // A still delay of 1 ms, equal mix: notches at 500, 1500 Hz …, peaks at 1000, 2000 Hz.
  auto p = make("flanger", {{"delay_ms", 1}, {"depth_ms", 0}, {"feedback", 0}, {"mix", 0.5}});
  EXPECT_LT(gain_at(*p, 500), -35);
  EXPECT_LT(gain_at(*p, 1500), -30);
  EXPECT_NEAR(gain_at(*p, 1000), 0, 0.1);
}

}  // namespace
}  // namespace figment::dsp
