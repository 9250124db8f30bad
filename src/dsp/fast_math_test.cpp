#include "dsp/fast_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace figment::dsp {
namespace {

TEST(FastMath, KeepsItsPromises) {
  for (double x = 1e-30; x < 1e30; x *= 1.0173) {
    const auto f = static_cast<float>(x);
    const double exact = std::log2(static_cast<double>(f));
    ASSERT_NEAR(log2_fast(f), exact, 3e-7 + 1e-7 * std::abs(exact)) << x;
  }
  for (float x = -126; x <= 126; x += 0.0137F) {
    const double exact = std::exp2(static_cast<double>(x));
    ASSERT_NEAR(exp2_fast(x) / exact, 1, 4e-7) << x;
  }
  for (float x = -20; x < 20; x += 0.0031F) ASSERT_NEAR(tanh_fast(x), std::tanh(static_cast<double>(x)), 1e-6) << x;
  for (float t = -3; t < 3; t += 0.00037F) {
    ASSERT_NEAR(sin_turns(t), std::sin(2 * std::numbers::pi * static_cast<double>(t)), 5e-6) << t;
  }
  EXPECT_NEAR(gain_to_db_fast(0), -200, 1e-3);
  EXPECT_NEAR(gain_to_db_fast(0.5F), -6.0206, 1e-4);
  EXPECT_NEAR(db_to_gain_fast(-6.0206F), 0.5, 1e-5);
  EXPECT_EQ(biased_tanh_fast(0, 1.8F), 0.0F);
  EXPECT_NEAR(biased_tanh_fast(0.7F, static_cast<float>(std::exp(0.6))), std::tanh(1.0) - std::tanh(0.3), 1e-6);
}

}  // namespace
}  // namespace figment::dsp
