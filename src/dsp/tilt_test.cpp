#include "dsp/tilt.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

TEST(Tilt, IsAStraightLineThroughThePivot) {
  for (const double slope : {-3.0, 1.5, 3.0}) {
    auto p = make("tilt", {{"tilt_db_per_octave", slope}, {"pivot_hz", 1000}});
    for (double hz = 62.5; hz <= 8000; hz *= 2) {
      EXPECT_NEAR(gain_at(*p, hz), slope * std::log2(hz / 1000), 0.25 * std::abs(slope) + 0.2) << slope << " at " << hz;
    }
    EXPECT_NEAR(gain_at(*p, 1000), 0, 0.05);
  }
}

}  // namespace
}  // namespace figment::dsp
