#include "dsp/clipper.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

TEST(Clipper, RoundsPeaksAndLeavesTheRest) {
  auto p = make("clipper", {{"ceiling_db", -3}, {"softness", 0.3}});
  EXPECT_NEAR(gain_at(*p, 1000, 0.3), 0, 0.01);
  auto loud = sine(200, 2, 44100);
  p->reset();
  run(*p, loud);
  EXPECT_LT(db(audio::peak(loud.view().part(1000, 40000))), -3 + 0.5);
  EXPECT_GT(db(audio::peak(loud.view().part(1000, 40000))), -3.5);
}

}  // namespace
}  // namespace figment::dsp
