// The fast kernels against the plain way of doing the same.
#include "neural/fast/kernels.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "base/half.h"
#include "base/random.h"
#include "neural/fast/thread_team.h"

namespace figment::neural {
namespace {

std::vector<float> drawn(std::size_t count, std::uint64_t seed, double spread) {
  Random random(seed);
  std::vector<float> all(count);
  for (float& x : all) x = static_cast<float>(spread * random.normal());
  return all;
}

struct Column {
  std::vector<std::int16_t> numbers;
  Activations view;
  explicit Column(const std::vector<float>& x) : numbers((x.size() + kFill - 1) / kFill * kFill) {
    view = {numbers.data(), 0};
    to_activations(x.data(), static_cast<std::int64_t>(x.size()), view);
  }
};

class Quantizing : public ::testing::TestWithParam<Precision> {};

TEST_P(Quantizing, WeightsComeBackAsFarAsTheirBitsAllow) {
  // Rows and columns that fill neither bands nor groups; one row of zeros, one of a single large number.
  const std::int64_t rows = 21, columns = 70;
  auto w = drawn(static_cast<std::size_t>(rows * columns), 1, 0.02);
  std::fill_n(w.begin() + 3 * columns, columns, 0.0F);
  w[static_cast<std::size_t>(5 * columns + 7)] = 10;
  std::vector<std::byte> packed(static_cast<std::size_t>(quantized_bytes(GetParam(), rows, columns)));
  quantize(w, rows, columns, GetParam(), packed.data());
  const auto back = dequantize({GetParam(), rows, columns, packed.data()});
  const std::int64_t size = group_of(GetParam());
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t g = 0; g < columns; g += size) {
      float most = 0;
      for (std::int64_t c = g; c < std::min(columns, g + size); ++c) most = std::max(most, std::abs(w[static_cast<std::size_t>(r * columns + c)]));
      // 4 bits: large weights may be cut a little where that serves the others.
      const float step = GetParam() == Precision::Q8 ? most / 127 : most / 8, allowed = GetParam() == Precision::Q8 ? 0.51F * step + most * 0.001F : 2.5F * step;
      for (std::int64_t c = g; c < std::min(columns, g + size); ++c) EXPECT_NEAR(back[static_cast<std::size_t>(r * columns + c)], w[static_cast<std::size_t>(r * columns + c)], allowed + 1e-9F);
    }
}

// Of normal weights: 127 steps leave half a percent; sixteen levels of Lloyd's 6.5 percent.
TEST_P(Quantizing, TheErrorOfNormalWeightsIsThatOfTheirStep) {
  const auto w = drawn(256 * 256, 9, 0.02);
  std::vector<std::byte> packed(static_cast<std::size_t>(quantized_bytes(GetParam(), 256, 256)));
  quantize(w, 256, 256, GetParam(), packed.data());
  const auto back = dequantize({GetParam(), 256, 256, packed.data()});
  double error = 0, power = 0;
  for (std::size_t i = 0; i < w.size(); ++i) error += (back[i] - w[i]) * (back[i] - w[i]), power += w[i] * w[i];
  EXPECT_LT(std::sqrt(error / power), GetParam() == Precision::Q8 ? 0.006 : 0.067);
}

TEST_P(Quantizing, ProductsAreThoseOfThePlainSum) {
  const std::int64_t rows = 53, columns = 100;
  std::vector<std::byte> packed(static_cast<std::size_t>(quantized_bytes(GetParam(), rows, columns)));
  quantize(drawn(static_cast<std::size_t>(rows * columns), 2, 0.02), rows, columns, GetParam(), packed.data());
  const QuantizedMatrix m{GetParam(), rows, columns, packed.data()};
  const auto plain = dequantize(m);
  for (int count = 1; count <= kMostColumns; ++count) {
    std::vector<std::vector<float>> x;
    std::vector<Column> held;
    std::vector<Activations> views;
    held.reserve(static_cast<std::size_t>(count));
    for (int c = 0; c < count; ++c) {
      x.push_back(drawn(static_cast<std::size_t>(columns), static_cast<std::uint64_t>(10 + c), c == 0 ? 100 : 1));
      held.emplace_back(x.back());
      views.push_back(held.back().view);
    }
    for (const Then then : {Then::Store, Then::Add, Then::Gelu}) {
      std::vector<float> out(static_cast<std::size_t>(count * rows), 1.0F);
      // In two parts, as threads take it.
      multiply(m, 0, 32, views.data(), count, out.data(), rows, then);
      multiply(m, 32, rows, views.data(), count, out.data(), rows, then);
      for (int c = 0; c < count; ++c) {
        double scale = 1e-6;
        for (const float v : x[static_cast<std::size_t>(c)]) scale = std::max(scale, static_cast<double>(std::abs(v)));
        for (std::int64_t r = 0; r < rows; ++r) {
          double sum = 0;
          for (std::int64_t k = 0; k < columns; ++k) sum += static_cast<double>(plain[static_cast<std::size_t>(r * columns + k)]) * x[static_cast<std::size_t>(c)][static_cast<std::size_t>(k)];
          const double want = then == Then::Add ? sum + 1 : then == Then::Gelu ? 0.5 * sum * (1 + std::erf(sum / std::sqrt(2.0))) : sum;
          EXPECT_NEAR(out[static_cast<std::size_t>(c * rows + r)], want, 2e-5 * scale) << count << " " << r;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Bits, Quantizing, ::testing::Values(Precision::Q8, Precision::Q4), [](const auto& at) { return at.param == Precision::Q8 ? "q8" : "q4"; });

TEST(FastKernels, NormsAreCentredAndOfOneSize) {
  for (const std::int64_t count : {5, 16, 48, 1024}) {
    auto x = drawn(static_cast<std::size_t>(count), 3, 4);
    for (float& v : x) v += 7;
    const std::vector<float> one(static_cast<std::size_t>(count), 2.0F), zero(static_cast<std::size_t>(count), 0.5F);
    std::vector<float> out(static_cast<std::size_t>(count));
    layer_norm(x.data(), one.data(), zero.data(), count, out.data());
    double mean = 0, power = 0;
    for (const float v : out) mean += v - 0.5;
    mean /= static_cast<double>(count);
    for (const float v : out) power += (v - 0.5 - mean) * (v - 0.5 - mean);
    EXPECT_NEAR(mean, 0, 1e-5);
    EXPECT_NEAR(power / static_cast<double>(count), 4, 1e-3);
  }
}

TEST(FastKernels, AttentionIsAWeighedMean) {
  for (const std::int64_t width : {12, 64}) {
    const std::int64_t length = 37;
    const auto query = drawn(static_cast<std::size_t>(width), 4, 1), k = drawn(static_cast<std::size_t>(width * length), 5, 1), v = drawn(static_cast<std::size_t>(width * length), 6, 1);
    std::vector<std::uint16_t> keys(k.size()), values(v.size());
    to_halves(k.data(), static_cast<std::int64_t>(k.size()), keys.data());
    to_halves(v.data(), static_cast<std::int64_t>(v.size()), values.data());
    for (std::size_t i = 0; i < k.size(); ++i) EXPECT_EQ(keys[i], float_to_half(k[i]));
    std::vector<float> scores(static_cast<std::size_t>(length)), out(static_cast<std::size_t>(width));
    attend(query.data(), keys.data(), values.data(), length, width, 0.3F, scores.data(), out.data());
    std::vector<double> e(static_cast<std::size_t>(length));
    double all = 0;
    for (std::int64_t t = 0; t < length; ++t) {
      double dot = 0;
      for (std::int64_t i = 0; i < width; ++i) dot += static_cast<double>(query[static_cast<std::size_t>(i)]) * half_to_float(keys[static_cast<std::size_t>(t * width + i)]);
      all += e[static_cast<std::size_t>(t)] = std::exp(0.3 * dot);
    }
    for (std::int64_t i = 0; i < width; ++i) {
      double want = 0;
      for (std::int64_t t = 0; t < length; ++t) want += e[static_cast<std::size_t>(t)] / all * half_to_float(values[static_cast<std::size_t>(t * width + i)]);
      EXPECT_NEAR(out[static_cast<std::size_t>(i)], want, 1e-5);
    }
  }
}

}  // namespace
}  // namespace figment::neural
