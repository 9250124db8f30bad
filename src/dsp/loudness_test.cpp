#include "dsp/loudness.h"

#include <gtest/gtest.h>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

// The table in ITU-R BS.1770-4, Annex 1.
TEST(Loudness, FiltersAreTheStandardsAt48k) {
  const auto [shelf, high] = k_weighting(Hertz{48000});
  EXPECT_NEAR(shelf.b0, 1.53512485958697, 1e-6);
  EXPECT_NEAR(shelf.b1, -2.69169618940638, 1e-6);
  EXPECT_NEAR(shelf.b2, 1.19839281085285, 1e-6);
  EXPECT_NEAR(shelf.a1, -1.69065929318241, 1e-6);
  EXPECT_NEAR(shelf.a2, 0.73248077421585, 1e-6);
  EXPECT_NEAR(high.a1, -1.99004745483398, 1e-6);
  EXPECT_NEAR(high.a2, 0.99007225036621, 1e-6);
}

// BS.1770: a 997 Hz sine at 0 dBFS in one front channel reads -3.01 LKFS.
TEST(Loudness, ReadsTheReferenceSine) {
  for (const double rate : {44100.0, 48000.0, 96000.0}) {
    auto sound = sine(997, 1, 480000, 2, Hertz{rate});
    std::fill_n(sound.channel(1), 480000, 0.0F);
    EXPECT_NEAR(plain_loudness(sound.view()).value, -3.01, 0.02) << rate;
  }
}

}  // namespace
}  // namespace figment::dsp
