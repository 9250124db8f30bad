// The float kernels against the plain way of doing the same.
#include "neural/fast/floats.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace figment::neural {
namespace {

std::vector<float> drawn(std::int64_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> all(static_cast<std::size_t>(count));
  for (float& x : all) x = static_cast<float>(random.normal());
  return all;
}

TEST(DotRows, AreSumsOfProducts) {
  // Widths that no vector divides, rows that no group of four does, columns beyond what is kept in registers; overlapping columns.
  for (const auto& [rows, width, count, stride] : {std::array<std::int64_t, 4>{1, 1, 1, 1}, {7, 19, 2, 19}, {4, 64, 20, 64}, {13, 100, 31, 100}, {3, 448, 50, 64}, {8, 33, 6, 40}}) {
    const auto w = drawn(rows * width, 1), x = drawn(count * stride + width, 2), bias = drawn(rows, 3);
    for (const bool add : {false, true}) {
      std::vector<float> out(static_cast<std::size_t>(count * (rows + 1)), 0.5F);
      dot_rows(w.data(), 0, rows, width, x.data(), stride, count, bias.data(), add, out.data(), rows + 1);
      for (std::int64_t c = 0; c < count; ++c) {
        for (std::int64_t r = 0; r < rows; ++r) {
          double want = static_cast<double>(bias[static_cast<std::size_t>(r)]) + (add ? 0.5 : 0);
          for (std::int64_t i = 0; i < width; ++i) want += static_cast<double>(w[static_cast<std::size_t>(r * width + i)]) * x[static_cast<std::size_t>(c * stride + i)];
          ASSERT_NEAR(out[static_cast<std::size_t>(c * (rows + 1) + r)], want, 1e-5 * std::sqrt(static_cast<double>(width)) + 1e-6) << rows << " " << width << " " << count;
        }
        EXPECT_EQ(out[static_cast<std::size_t>(c * (rows + 1) + rows)], 0.5F);      // what lies between is left alone
      }
    }
  }
}

TEST(DotRows, DoThePartTheyAreTold) {
  const auto w = drawn(10 * 16, 1), x = drawn(16, 2);
  std::vector<float> whole(10, 7.0F), part(10, 7.0F);
  dot_rows(w.data(), 0, 10, 16, x.data(), 16, 1, nullptr, false, whole.data(), 10);
  dot_rows(w.data(), 3, 8, 16, x.data(), 16, 1, nullptr, false, part.data(), 10);
  for (std::size_t r = 0; r < 10; ++r) EXPECT_EQ(part[r], r >= 3 && r < 8 ? whole[r] : 7.0F);
}

TEST(Convolve, IsSumsOverWindows) {
  for (const std::int64_t outputs : {1, 15, 32, 33, 100})
    for (const Windows w : {Windows{1, 21, 0, 5}, Windows{3, 4, 12, 4}})
      for (const std::int64_t count : {1, 2, 5, 12, 31})
        for (const bool add : {false, true}) {
          const std::int64_t inputs = w.runs * w.length;
          const auto matrix = drawn(inputs * outputs, 1), x = drawn(count * w.step + w.runs * w.spacing + w.length, 2), bias = drawn(outputs, 3);
          const auto panels = to_panels(matrix, inputs, outputs);
          std::vector<float> out(static_cast<std::size_t>(count * outputs), 0.25F);
          convolve(panels.data(), 0, (outputs + kPanel - 1) / kPanel * kPanel, outputs, w, x.data(), count, bias.data(), add, out.data(), outputs);
          for (std::int64_t t = 0; t < count; ++t)
            for (std::int64_t o = 0; o < outputs; ++o) {
              double want = (add ? 0.25 : 0) + static_cast<double>(bias[static_cast<std::size_t>(o)]);
              for (std::int64_t run = 0; run < w.runs; ++run)
                for (std::int64_t i = 0; i < w.length; ++i)
                  want += static_cast<double>(matrix[static_cast<std::size_t>((run * w.length + i) * outputs + o)]) * x[static_cast<std::size_t>(t * w.step + run * w.spacing + i)];
              ASSERT_NEAR(out[static_cast<std::size_t>(t * outputs + o)], want, 5e-5) << outputs << " outputs, " << count << " windows";
            }
        }
}

TEST(Elu, IsExponentialBelowZero) {
  const auto x = drawn(53, 4);
  std::vector<float> y(54, 9.0F);
  elu(x.data(), 53, y.data());
  for (std::size_t i = 0; i < 53; ++i) EXPECT_NEAR(y[i], x[i] > 0 ? x[i] : std::expm1(x[i]), 2e-7);
  EXPECT_EQ(y[53], 9.0F);
  const std::vector<float> ends{-1000, 1000, 0};
  elu(ends.data(), 3, y.data());
  EXPECT_EQ(y[0], -1.0F);
  EXPECT_EQ(y[1], 1000.0F);
  EXPECT_EQ(y[2], 0.0F);
}

TEST(LstmGates, AreThoseOfThePaper) {
  const std::int64_t count = 37;
  const auto i = drawn(count, 1), f = drawn(count, 2), g = drawn(count, 3), o = drawn(count, 4), before = drawn(count, 5);
  auto cell = before;
  std::vector<float> hidden(static_cast<std::size_t>(count));
  lstm_gates(i.data(), f.data(), g.data(), o.data(), count, cell.data(), hidden.data());
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  for (std::size_t n = 0; n < static_cast<std::size_t>(count); ++n) {
    const double c = sigmoid(f[n]) * before[n] + sigmoid(i[n]) * std::tanh(g[n]);
    EXPECT_NEAR(cell[n], c, 1e-6);
    EXPECT_NEAR(hidden[n], sigmoid(o[n]) * std::tanh(c), 1e-6);
  }
}

}  // namespace
}  // namespace figment::neural
