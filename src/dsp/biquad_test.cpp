#include "dsp/biquad.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace figment::dsp {
namespace {

double level(const Biquad& b, double hz) { return 20 * std::log10(std::abs(b.response(hz, 48000))); }

TEST(Biquad, DesignsMeetTheirDefinitions) {
  EXPECT_NEAR(level(Biquad::low_pass(1000, 0.70710678, 48000), 1000), -3.0103, 1e-4);
  EXPECT_NEAR(level(Biquad::high_pass(1000, 0.70710678, 48000), 1000), -3.0103, 1e-4);
  EXPECT_NEAR(level(Biquad::band_pass(1000, 5, 48000), 1000), 0, 1e-9);
  EXPECT_NEAR(level(Biquad::bell(1000, 7, 2, 48000), 1000), 7, 1e-9);
  EXPECT_NEAR(level(Biquad::low_shelf(1000, -5, 0.71, 48000), 5), -5, 1e-3);
  EXPECT_NEAR(level(Biquad::low_shelf(1000, -5, 0.71, 48000), 1000), -2.5, 1e-6);
  EXPECT_NEAR(level(Biquad::high_shelf(1000, 5, 0.71, 48000), 23900), 5, 1e-3);
  EXPECT_NEAR(level(Biquad::low_pass_1(1000, 48000), 1000), -3.0103, 1e-4);
  EXPECT_NEAR(level(Biquad::high_pass_1(1000, 48000), 1000), -3.0103, 1e-4);
  for (const double hz : {20.0, 900.0, 1000.0, 15000.0})
    EXPECT_NEAR(level(Biquad::all_pass(1000, 0.7, 48000), hz), 0, 1e-9);
}

// The plain way: one section after another, one channel, the difference equation as it stands in the cookbook.
TEST(Biquad, TheFastCascadeEqualsThePlainOne) {
  for (std::size_t count = 1; count <= 9; ++count) {
    std::vector<Biquad> sections;
    for (std::size_t k = 0; k < count; ++k) sections.push_back(Biquad::bell(100.0 * std::pow(1.8, k), 6, 1, 48000));
    Random random(3);
    constexpr int kFrames = 500;
    std::vector<Pair> fast(kFrames);
    std::vector<double> slow(kFrames);
    for (int i = 0; i < kFrames; ++i) {
      const double x = random.normal();
      fast[static_cast<std::size_t>(i)] = Pair{x, -0.5 * x};
      slow[static_cast<std::size_t>(i)] = x;
    }
    std::vector<BiquadState> states(count);
    run_cascade(sections.data(), states.data(), count, fast.data(), kFrames);
    for (const auto& s : sections) {
      double x1 = 0, x2 = 0, y1 = 0, y2 = 0;
      for (double& v : slow) {
        const double y = s.b0 * v + s.b1 * x1 + s.b2 * x2 - s.a1 * y1 - s.a2 * y2;
        x2 = x1, x1 = v, y2 = y1, y1 = y;
        v = y;
      }
    }
    for (int i = 0; i < kFrames; ++i) {
      ASSERT_NEAR(fast[static_cast<std::size_t>(i)][0], slow[static_cast<std::size_t>(i)], 1e-9);
      ASSERT_NEAR(fast[static_cast<std::size_t>(i)][1], -0.5 * slow[static_cast<std::size_t>(i)], 1e-9);
    }
  }
}

}  // namespace
}  // namespace figment::dsp
