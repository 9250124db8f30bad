#include "dsp/crossover.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

namespace figment::dsp {
namespace {

// The impulse response of the sum, or of one band, at a frequency, in dB.
double level(const double* splits, int bands, int band, double hz) {
  Crossover crossover;
  crossover.design(splits, bands, 44100);
  crossover.clear();
  std::complex<double> sum = 0;
  Pair in[32], out[4][32];
  for (int at = 0; at < 44100; at += 32) {
    for (int i = 0; i < 32; ++i) in[i] = Pair{at + i == 0 ? 1.0 : 0.0, 0};
    crossover.run(in, out, 32);
    for (int i = 0; i < 32; ++i) {
      double y = 0;
      for (int b = 0; b < bands; ++b) y += band < 0 || band == b ? out[b][i][0] : 0;
      sum += y * std::polar(1.0, -2 * std::numbers::pi * hz * (at + i) / 44100);
    }
  }
  return 20 * std::log10(std::abs(sum));
}

TEST(Crossover, SumsFlat) {
  const double splits[] = {150, 900, 6000};
  for (int bands = 2; bands <= 4; ++bands) {
    for (double hz = 20; hz < 20000; hz *= 1.37)
      EXPECT_NEAR(level(splits, bands, -1, hz), 0, 0.02) << bands << " bands at " << hz;
  }
}

TEST(Crossover, IsSixDownAtTheSplitAndSteep) {
  const double split[] = {1000};
  EXPECT_NEAR(level(split, 2, 0, 1000), -6.02, 0.02);
  EXPECT_NEAR(level(split, 2, 1, 1000), -6.02, 0.02);
  EXPECT_NEAR(level(split, 2, 1, 200) - level(split, 2, 1, 100), 24, 0.3);
}

}  // namespace
}  // namespace figment::dsp
