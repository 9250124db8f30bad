#include "dsp/phaser.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

TEST(Phaser, MakesANotchForEachTwoStages) {
  for (const int stages : {2, 4, 8}) {
    auto p = make("phaser", {{"depth_octaves", 0}, {"feedback", 0}, {"stages", stages}, {"mix", 0.5}});
    auto sound = impulse(32768);
    run(*p, sound);
    int notches = 0;
    bool below = false;
    for (double hz = 60; hz < 20000; hz *= 1.004) {
      std::complex<double> sum = 0;
      for (int i = 0; i < 4096; ++i)
        sum += static_cast<double>(sound.channel(0)[i]) * std::polar(1.0, -2 * std::numbers::pi * hz * i / kRate.value);
      const bool now = db(std::abs(sum)) < -20;
      notches += now && !below ? 1 : 0;
      below = now;
    }
    EXPECT_EQ(notches, stages / 2);
  }
}

}  // namespace
}  // namespace figment::dsp
