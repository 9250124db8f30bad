#include "base/half.h"

#include <gtest/gtest.h>

#include <cmath>

namespace figment {
namespace {

TEST(Half, EveryNumberOfSixteenBitsComesBack) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = half_to_float(half), brain = bfloat_to_float(half);
    EXPECT_TRUE(std::isnan(value) || float_to_half(value) == half) << bits;
    EXPECT_TRUE(std::isnan(brain) || float_to_bfloat(brain) == half) << bits;
  }
  EXPECT_EQ(half_to_float(0x3C00), 1.0F);
  EXPECT_EQ(half_to_float(0x0001), std::ldexp(1.0F, -24));
  EXPECT_EQ(half_to_float(0xFBFF), -65504.0F);
  EXPECT_TRUE(std::isinf(half_to_float(float_to_half(65520.0F))));
  // Half way between two: to the even one.
  EXPECT_EQ(float_to_half(1 + std::ldexp(1.0F, -11)), 0x3C00);
  EXPECT_EQ(float_to_half(1 + 3 * std::ldexp(1.0F, -11)), 0x3C02);
}

}  // namespace
}  // namespace figment
