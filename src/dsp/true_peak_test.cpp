#include "dsp/true_peak.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

// EBU Tech 3341, tests 15 to 19: sines at fractions of the rate whose peaks hide between the samples.
TEST(TruePeak, FindsWhatHidesBetweenSamples) {
  for (const auto& [divisor, degrees] : {std::pair{4.0, 0.0}, {4.0, 45.0}, {6.0, 60.0}, {8.0, 67.5}}) {
    AudioBuffer sound(1, 48000, Hertz{48000});
    for (int i = 0; i < 48000; ++i) {
      // Faded in and out, as in the reference files, so that the edges do not count.
      const double fade = std::min({1.0, i / 4800.0, (47999 - i) / 4800.0});
      sound.channel(0)[i] = static_cast<float>(
          0.5 * fade * std::sin(2 * std::numbers::pi * i / divisor + degrees * std::numbers::pi / 180));
    }
    EXPECT_LT(db(true_peak(sound.view())), db(0.5) + 0.2) << divisor << " " << degrees;
    EXPECT_GT(db(true_peak(sound.view())), db(0.5) - 0.4) << divisor << " " << degrees;
  }
}

TEST(TruePeak, PartsGiveTheSameAsTheWhole) {
  const auto sound = noise(1, 5000);
  TruePeakMeter whole, parts;
  whole.add(sound.channel(0), 5000);
  for (int at = 0; at < 5000; at += 7) parts.add(sound.channel(0) + at, std::min(7, 5000 - at));
  EXPECT_EQ(whole.peak(), parts.peak());
}

}  // namespace
}  // namespace figment::dsp
