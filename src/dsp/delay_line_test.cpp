#include "dsp/delay_line.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/block_line.h"

namespace figment::dsp {
namespace {

TEST(DelayLine, ReadsWholeAndBetween) {
  DelayLine line;
  line.prepare(100);
  for (int i = 0; i < 500; ++i) line.push(static_cast<float>(std::sin(0.05 * i)));
  EXPECT_FLOAT_EQ(line.at(std::size_t{0}), static_cast<float>(std::sin(0.05 * 499)));
  EXPECT_FLOAT_EQ(line.at(std::size_t{99}), static_cast<float>(std::sin(0.05 * 400)));
  for (double delay = 1; delay < 99; delay += 0.37)
    EXPECT_NEAR(line.at(delay), std::sin(0.05 * (499 - delay)), 1e-6) << delay;
}

TEST(BlockLine, GivesTheSameWindowsAcrossTheWrap) {
  BlockLine line;
  line.prepare(150);
  float x[7], next = 0;
  for (int round = 0; round < 200; ++round) {
    for (float& v : x) v = next++;
    line.write(x, 7);
    if (next < 170) continue;
    const float* w = line.window(150, 40);
    for (int i = 0; i < 40; ++i) ASSERT_EQ(w[i], next - 150 + static_cast<float>(i));
  }
}

}  // namespace
}  // namespace figment::dsp
