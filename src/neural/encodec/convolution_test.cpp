// EnCodec's convolutions and LSTM against LibTorch's own, which are the plain way of doing the same.
#include "neural/encodec/convolution.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "neural/encodec/lstm.h"

namespace figment::neural {
namespace {

double farthest(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>() / b.abs().max().item<double>(); }

at::Tensor padded(const at::Tensor& x, std::int64_t left, std::int64_t right, Padding padding) {
  if (padding == Padding::Zeros) return at::constant_pad_nd(x, {left, right}, 0);
  const std::int64_t lack = std::max<std::int64_t>(0, std::max(left, right) - x.size(2) + 1);
  const at::Tensor y = at::reflection_pad1d(lack > 0 ? at::constant_pad_nd(x, {0, lack}, 0) : x, {left, right});
  return y.slice(2, 0, y.size(2) - lack);
}

at::Tensor plain(const at::Tensor& weight, const at::Tensor& bias, std::int64_t stride, std::int64_t dilation, const at::Tensor& x, Padding padding, bool causal) {
  const std::int64_t reach = (weight.size(2) - 1) * dilation + 1, total = reach - stride, length = x.size(2);
  const std::int64_t extra = ((length - reach + total + stride - 1) / stride) * stride + reach - total - length;
  const std::int64_t right = causal ? extra : total / 2 + extra, left = causal ? total : total - total / 2;
  return at::conv1d(padded(x, left, right, padding), weight, bias, at::IntArrayRef{stride}, at::IntArrayRef{0}, at::IntArrayRef{dilation});
}

struct Shape {
  std::int64_t inputs, outputs, kernel, stride, dilation, length, rows;
};
const Shape kShapes[]{{1, 64, 7, 1, 1, 300, 1}, {64, 1, 7, 1, 1, 250, 2}, {16, 40, 8, 4, 1, 403, 2}, {6, 12, 3, 1, 2, 97, 1}, {5, 3, 3, 1, 4, 100, 1}, {128, 512, 4, 2, 1, 21, 1}, {8, 8, 7, 1, 1, 2, 1}, {4, 8, 16, 8, 1, 5, 3}};

TEST(Convolution, IsThatOfLibTorch) {
  at::manual_seed(1);
  for (const Shape& s : kShapes)
    for (const Padding padding : {Padding::Reflect, Padding::Zeros})
      for (const bool causal : {false, true}) {
        const at::Tensor weight = at::randn({s.outputs, s.inputs, s.kernel}), bias = at::randn({s.outputs}), x = at::randn({s.rows, s.inputs, s.length});
        const at::Tensor want = plain(weight, bias, s.stride, s.dilation, x, padding, causal);
        const at::Tensor got = convolve(Convolution(weight, bias, s.stride, s.dilation), x.transpose(1, 2), padding, causal).transpose(1, 2);
        ASSERT_EQ(got.sizes(), want.sizes());
        EXPECT_LT(farthest(got, want), 2e-6) << s.inputs << " to " << s.outputs << ", kernel " << s.kernel << ", causal " << causal;
      }
}

TEST(Transposed, IsThatOfLibTorch) {
  at::manual_seed(2);
  for (const auto& [inputs, outputs, stride, length, rows] : {std::array<std::int64_t, 5>{12, 5, 3, 50, 2}, {64, 32, 8, 7, 1}, {3, 40, 4, 1, 1}, {16, 8, 5, 200, 1}}) {
    const at::Tensor weight = at::randn({inputs, outputs, 2 * stride}), bias = at::randn({outputs}), x = at::randn({rows, inputs, length});
    const at::Tensor all = at::conv_transpose1d(x, weight, bias, at::IntArrayRef{stride});
    for (const std::int64_t right : {std::int64_t{0}, stride / 2, stride}) {
      const at::Tensor want = all.slice(2, stride - right, all.size(2) - right), got = convolve(Transposed(weight, bias, stride), x.transpose(1, 2), right).transpose(1, 2);
      ASSERT_EQ(got.sizes(), want.sizes());
      EXPECT_LT(farthest(got, want), 2e-6) << inputs << " to " << outputs << ", stride " << stride << ", cut " << right;
    }
  }
}

TEST(Residual, IsItsConvolutionsOneAfterAnother) {
  at::manual_seed(3);
  for (const std::int64_t dilation : {1, 2})
    for (const std::int64_t length : {3, 96, 250})
      for (const bool shortened : {false, true}) {
        const at::Tensor x = at::randn({2, 20, length}), a = at::randn({10, 20, 3}), b = at::randn({20, 10, 1}), c = at::randn({20, 20, 1}), few = at::randn({10}), many = at::randn({20}), other = at::randn({20});
        const at::Tensor branch = plain(b, many, 1, 1, at::elu(plain(a, few, 1, dilation, at::elu(x), Padding::Reflect, false)), Padding::Reflect, false);
        const at::Tensor want = branch + (shortened ? at::conv1d(x, c, other) : x);
        const Convolution shortcut(c, other, 1, 1);
        const at::Tensor got = residual(Convolution(a, few, 1, dilation), Convolution(b, many, 1, 1), shortened ? &shortcut : nullptr, x.transpose(1, 2), Padding::Reflect, false).transpose(1, 2);
        EXPECT_LT(farthest(got, want), 2e-6) << length << " frames, dilation " << dilation;
      }
}

TEST(Lstm, IsThatOfLibTorchAndGoesOnWhereItStood) {
  at::manual_seed(4);
  for (const auto& [width, rows, length] : {std::array<std::int64_t, 3>{20, 1, 9}, {130, 2, 25}}) {
    std::vector<at::Tensor> weights;
    for (int n = 0; n < 2; ++n)
      for (const bool matrix : {true, true, false, false}) weights.push_back(0.2 * (matrix ? at::randn({4 * width, width}) : at::randn({4 * width})));
    const at::Tensor x = at::randn({rows, length, width});
    const auto [want, last, cells] = at::lstm(x.transpose(0, 1), {at::zeros({2, rows, width}), at::zeros({2, rows, width})}, weights, true, 2, 0.0, false, false, false);
    at::Tensor hidden = at::zeros({2, rows, width}), cell = at::zeros({2, rows, width});
    const at::Tensor first = lstm(weights, x.slice(1, 0, 4), hidden, cell), rest = lstm(weights, x.slice(1, 4), hidden, cell);
    EXPECT_LT(farthest(at::cat({first, rest}, 1).transpose(0, 1), want), 2e-6);
    EXPECT_LT(farthest(hidden, last), 2e-6);
    EXPECT_LT(farthest(cell, cells), 2e-6);
  }
}

TEST(EluOf, LeavesWhatItWasGiven) {
  const at::Tensor x = at::randn({1, 30, 7}), before = x.clone();
  EXPECT_LT(farthest(elu_of(x), at::elu(x)), 1e-6);
  EXPECT_TRUE(at::equal(x, before));
}

}  // namespace
}  // namespace figment::neural
