// What lies between matrix products, against the definitions in double.
#include "neural/fast/activations.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"

namespace figment::neural {
namespace {

std::vector<float> spread_numbers(std::size_t count, double spread, double middle = 0) {
  Random random(count);
  std::vector<float> x(count);
  for (float& v : x) v = static_cast<float>(middle + spread * random.normal());
  return x;
}
double true_gelu(double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }
double true_gate(double a, double b) { return a / (1 + std::exp(-b)); }

constexpr std::int64_t kSizes[] = {1, 3, 4, 6, 15, 16, 17, 48, 96, 333};

TEST(Activations, GeluIsThatOfTheNormalDistribution) {
  std::vector<float> x;
  for (double v = -12; v <= 12; v += 0.001) x.push_back(static_cast<float>(v));
  std::vector<float> y(x.size());
  gelu(x.data(), static_cast<std::int64_t>(x.size()), y.data());
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(y[i], true_gelu(x[i]), 1e-6 * std::max(1.0F, std::abs(x[i]))) << x[i];
  std::vector<float> sum(x.size(), 2.0F);
  add_gelu(x.data(), static_cast<std::int64_t>(x.size()), sum.data());
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(sum[i], 2 + y[i], 1e-6 * std::max(1.0F, std::abs(sum[i])));
}

TEST(Activations, MomentsAreSums) {
  for (const std::int64_t n : {1, 15, 16, 100, 100'000}) {
    const auto x = spread_numbers(static_cast<std::size_t>(n), 1, 3);
    double sum = 0, squares = 0;
    for (const float v : x) sum += v, squares += static_cast<double>(v) * v;
    const Moments m = moments(x.data(), n);
    EXPECT_NEAR(m.sum, sum, 1e-6 * std::abs(sum));
    EXPECT_NEAR(m.squares, squares, 1e-6 * squares);
  }
}

TEST(Activations, GatesAndScalesAreByChannel) {
  for (const std::int64_t c : kSizes) {
    const auto n = static_cast<std::size_t>(c);
    const auto in = spread_numbers(2 * n * 3, 4), scale = spread_numbers(2 * n + 1, 1), shift = spread_numbers(2 * n + 2, 1), gain = spread_numbers(n + 3, 1);
    std::vector<float> out(3 * (n + 2), 7.0F);
    glu(in.data(), 3, c, out.data(), c + 2);
    for (std::size_t p = 0; p < 3; ++p) {
      for (std::size_t i = 0; i < n; ++i) ASSERT_NEAR(out[p * (n + 2) + i], true_gate(in[p * 2 * n + i], in[p * 2 * n + n + i]), 2e-5) << c;
      EXPECT_EQ(out[p * (n + 2) + n], 7.0F) << "what lies between rows is left alone";
    }
    std::vector<float> more(3 * n, 1.0F);
    add_scaled_glu(in.data(), 3, c, scale.data(), shift.data(), gain.data(), more.data(), c);
    for (std::size_t p = 0; p < 3; ++p)
      for (std::size_t i = 0; i < n; ++i) {
        const double a = static_cast<double>(in[p * 2 * n + i]) * scale[i] + shift[i], b = static_cast<double>(in[p * 2 * n + n + i]) * scale[n + i] + shift[n + i];
        ASSERT_NEAR(more[p * n + i], 1 + gain[i] * true_gate(a, b), 1e-4) << c;
      }
    std::vector<float> x(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(2 * n)), y = x;
    scale_gelu(x.data(), 2, c, scale.data(), shift.data());
    scale_shift(y.data(), 2, c, scale.data(), shift.data());
    std::vector<float> z(2 * n, 1.0F);
    add_scaled(in.data(), 2, c, gain.data(), z.data(), c);
    for (std::size_t i = 0; i < 2 * n; ++i) {
      const double moved = static_cast<double>(in[i]) * scale[i % n] + shift[i % n];
      ASSERT_NEAR(y[i], moved, 1e-5);
      ASSERT_NEAR(x[i], true_gelu(moved), 2e-5);
      ASSERT_NEAR(z[i], 1 + static_cast<double>(gain[i % n]) * in[i], 1e-5);
    }
  }
}

TEST(Activations, AGateFarBelowZeroIsShutAndNoNumberIsLost) {
  const std::vector<float> in{1e30F, 5.0F, -1e4F, 1e4F};   // a: 1e30, 5; b: -1e4, 1e4
  std::vector<float> out(2);
  glu(in.data(), 1, 2, out.data(), 2);
  EXPECT_LT(std::abs(out[0]), 1e-3F);
  EXPECT_EQ(out[1], 5.0F);
}

TEST(Activations, LayerNormHasMeanZeroAndVarianceOne) {
  for (const std::int64_t c : kSizes) {
    const auto n = static_cast<std::size_t>(c);
    const auto in = spread_numbers(2 * n, 3, 10), weight = spread_numbers(n, 1, 1), bias = spread_numbers(n + 1, 1);
    std::vector<float> out(2 * n);
    layer_norm(in.data(), 2, c, weight.data(), bias.data(), 1e-5F, out.data());
    for (std::size_t p = 0; p < 2; ++p) {
      double mean = 0, squares = 0;
      for (std::size_t i = 0; i < n; ++i) mean += in[p * n + i] / static_cast<double>(n);
      for (std::size_t i = 0; i < n; ++i) squares += std::pow(in[p * n + i] - mean, 2) / static_cast<double>(n);
      for (std::size_t i = 0; i < n; ++i) ASSERT_NEAR(out[p * n + i], (in[p * n + i] - mean) / std::sqrt(squares + 1e-5) * weight[i] + bias[i], 2e-4) << c;
    }
  }
}

TEST(Activations, ExponentialsAreThoseOfASoftmax) {
  for (const std::int64_t c : kSizes) {
    auto x = spread_numbers(static_cast<std::size_t>(c), 200);
    const auto given = x;
    const float top = *std::max_element(x.begin(), x.end());
    const float sum = exponentials(x.data(), c, 0.125F);
    double expected = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double e = std::exp(0.125 * (static_cast<double>(given[i]) - top));
      ASSERT_NEAR(x[i], e, 2e-5) << c;
      expected += e;
    }
    EXPECT_NEAR(sum, expected, 1e-5 * expected);
  }
}

}  // namespace
}  // namespace figment::neural
