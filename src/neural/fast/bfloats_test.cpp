// Products of bfloat16 numbers, against the same in double; and matrices that are kept in them.
#include "neural/fast/bfloats.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "neural/fast/packed_matrix.h"

namespace figment::neural {
namespace {

float back(Bfloat16 half) { return std::bit_cast<float>(static_cast<std::uint32_t>(half) << 16); }

std::vector<float> bfloat_numbers(std::size_t count) {
  Random random(count + 77);
  std::vector<float> x(count);
  for (float& v : x) v = static_cast<float>(random.normal());
  return x;
}

TEST(Bfloats, NumbersGoToTheNearestAndTheEvenOneOfTwo) {
  // 1 + 1/256 lies between 1 and 1 + 1/128: the even one is 1; 1 + 3/256 goes up.
  std::vector<float> x{1.0F, 1.00390625F, 1.01171875F, 1.0039064F, -1.00390625F, 0.0F, -0.0F, 3.0e38F, 1e-40F, std::numeric_limits<float>::infinity()};
  const std::vector<float> expected{1.0F, 1.0F, 1.015625F, 1.0078125F, -1.0F, 0.0F, -0.0F, 3.0e38F, 1e-40F, std::numeric_limits<float>::infinity()};
  while (x.size() < 100) x.push_back(1.00390625F);     // long enough for vectors
  std::vector<Bfloat16> h(x.size());
  to_bfloats(x.data(), static_cast<std::int64_t>(x.size()), h.data());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (i == 7) { EXPECT_NEAR(back(h[i]) / expected[i], 1, 1.0 / 256); }
    else if (i == 8) { EXPECT_LT(std::abs(back(h[i])), 1e-38F); }       // too small to be told from 0
    else { EXPECT_EQ(back(h[i]), expected[i]) << i; }
  }
  EXPECT_EQ(back(h[99]), 1.0F);
  const std::vector<float> none(40, std::numeric_limits<float>::quiet_NaN());
  std::vector<Bfloat16> still(40);
  to_bfloats(none.data(), 40, still.data());
  for (const Bfloat16 one : still) EXPECT_TRUE(std::isnan(back(one)));
}

TEST(Bfloats, AProductIsThatOfTheRoundedNumbers) {
  if (!has_bfloats()) GTEST_SKIP() << "this processor does not multiply bfloat16 numbers";
  struct Case {
    Windows windows;
    std::int64_t outputs, count;
  };
  for (const Case& c : {Case{{1, 64, 0, 64}, 32, 12}, Case{{1, 6, 0, 10}, 5, 1}, Case{{3, 12, 40, 4}, 33, 14}, Case{{2, 8, 24, 2}, 100, 27}, Case{{8, 2, 2, 2}, 17, 3}}) {
    const Windows& w = c.windows;
    const std::int64_t inputs = w.runs * w.length, all = (w.runs - 1) * w.spacing + (c.count - 1) * w.step + w.length;
    const auto in = bfloat_numbers(static_cast<std::size_t>(all)), matrix = bfloat_numbers(static_cast<std::size_t>(inputs * c.outputs)), bias = bfloat_numbers(static_cast<std::size_t>(c.outputs));
    const PackedMatrix packed(matrix, inputs, c.outputs, bias, true);
    ASSERT_TRUE(packed.bfloats());
    for (const bool add : {false, true}) {
      std::vector<float> out(static_cast<std::size_t>(c.count * (c.outputs + 3)), 0.5F);
      packed.times(w, in.data(), c.count, out.data(), c.outputs + 3, add);
      for (std::int64_t t = 0; t < c.count; ++t) {
        for (std::int64_t o = 0; o < c.outputs; ++o) {
          double sum = static_cast<double>(bias[static_cast<std::size_t>(o)]) + (add ? 0.5 : 0);
          for (std::int64_t n = 0; n < inputs; ++n) {
            Bfloat16 a = 0, b = 0;
            to_bfloats(&in[static_cast<std::size_t>(n / w.length * w.spacing + t * w.step + n % w.length)], 1, &a);
            to_bfloats(&matrix[static_cast<std::size_t>(n * c.outputs + o)], 1, &b);
            sum += static_cast<double>(back(a)) * back(b);
          }
          ASSERT_NEAR(out[static_cast<std::size_t>(t * (c.outputs + 3) + o)], sum, 1e-4) << t << " " << o;
        }
        EXPECT_EQ(out[static_cast<std::size_t>(t * (c.outputs + 3) + c.outputs)], 0.5F) << "what lies between rows is left alone";
      }
    }
  }
}

TEST(Bfloats, RowsThatAreRoundedOnTheWayGiveTheSame) {
  if (!has_bfloats()) GTEST_SKIP() << "this processor does not multiply bfloat16 numbers";
  for (const std::int64_t width : {2, 16, 30, 32, 64, 770})
    for (const std::int64_t rows : {1, 4, 7, 33})
      for (const std::int64_t columns : {1, 5, 20, 23}) {
        const auto weights = bfloat_numbers(static_cast<std::size_t>(rows * width)), in = bfloat_numbers(static_cast<std::size_t>(columns * width));
        std::vector<Bfloat16> given(in.size()), held(weights.size());
        to_bfloats(in.data(), columns * width, given.data());
        to_bfloats(weights.data(), rows * width, held.data());
        std::vector<float> out(static_cast<std::size_t>(columns * rows), 9.0F);
        dot_rows_rounded(weights.data(), 0, rows, width, given.data(), width, columns, out.data(), rows);
        for (std::int64_t c = 0; c < columns; ++c)
          for (std::int64_t r = 0; r < rows; ++r) {
            double sum = 0;
            for (std::int64_t i = 0; i < width; ++i) sum += static_cast<double>(back(held[static_cast<std::size_t>(r * width + i)])) * back(given[static_cast<std::size_t>(c * width + i)]);
            ASSERT_NEAR(out[static_cast<std::size_t>(c * rows + r)], sum, 2e-4) << width << " " << rows << " " << columns;
          }
      }
}

TEST(Bfloats, AMatrixOfAnOddNumberOfInputsStaysFloat) {
  const auto matrix = bfloat_numbers(7 * 4);
  EXPECT_FALSE(PackedMatrix(matrix, 7, 4, {}, true).bfloats());
  EXPECT_FALSE(PackedMatrix(matrix, 14, 2, {}, false).bfloats());
}

}  // namespace
}  // namespace figment::neural
