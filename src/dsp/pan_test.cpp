#include "dsp/pan.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

TEST(Pan, KeepsThePowerEverywhere) {
  for (const double place : {-1.0, -0.6, 0.0, 0.3, 1.0}) {
    auto p = make("pan", {{"pan", place}});
    auto sound = impulse(64);
    run(*p, sound);
    const double left = sound.channel(0)[0], right = sound.channel(1)[0];
    EXPECT_NEAR(left * left + right * right, 2, 1e-5) << place;
    if (place < 0) {
      EXPECT_GT(left, right);
    }
    if (place > 0) {
      EXPECT_LT(left, right);
    }
    if (std::abs(place) == 1) {
      EXPECT_LT(std::min(left, right), 1e-7);
    }
  }
}

}  // namespace
}  // namespace figment::dsp
