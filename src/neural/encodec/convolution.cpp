#include "neural/encodec/convolution.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "neural/fast/floats.h"
#include "neural/parallel.h"

namespace figment::neural {
namespace {

constexpr std::int64_t kTile = 96;         // frames, of the output

struct Frames {
  const float* first;
  std::int64_t length, channels;
};

// Which frame stands at place `at`, which may lie before the first or behind the last; -1: silence. A mirror shows no more than there
// is: sound that is shorter than `most`, the longer padding, gets zeros behind it first.
std::int64_t mirrored(std::int64_t at, std::int64_t length, std::int64_t most, Padding padding) {
  if (at >= 0 && at < length) return at;
  if (padding == Padding::Zeros) return -1;
  const std::int64_t long_enough = std::max(length, most + 1);
  if (at < 0) at = -at;
  if (at >= long_enough) at = 2 * (long_enough - 1) - at;
  return at < length ? at : -1;
}

// Frames from … from + count of x with its padding.
void lay_out(const Frames& x, std::int64_t from, std::int64_t count, std::int64_t most, Padding padding, float* out) {
  for (std::int64_t n = 0; n < count;) {
    const std::int64_t at = from + n;
    if (at >= 0 && at < x.length) {
      const std::int64_t some = std::min(count - n, x.length - at);
      std::copy_n(x.first + at * x.channels, some * x.channels, out + n * x.channels);
      n += some;
      continue;
    }
    const std::int64_t frame = mirrored(at, x.length, most, padding);
    if (frame < 0) std::fill_n(out + n * x.channels, x.channels, 0.0F);
    else std::copy_n(x.first + frame * x.channels, x.channels, out + n * x.channels);
    ++n;
  }
}

Windows windows_of(const Convolution& c) {
  if (c.dilation == 1) return {1, c.kernel * c.inputs, 0, c.stride * c.inputs};
  return {c.kernel, c.inputs, c.dilation * c.inputs, c.stride * c.inputs};
}

// `count` outputs of windows that begin at `in`; of panels the outputs first … last.
void apply(const Convolution& c, const float* in, std::int64_t count, bool add, float* out, std::int64_t first, std::int64_t last) {
  const Windows w = windows_of(c);
  if (c.few()) dot_rows(c.weights.data(), 0, c.outputs, w.length, in, w.step, count, c.bias.data(), add, out, c.outputs);
  else convolve(c.weights.data(), first, last, c.outputs, w, in, count, c.bias.data(), add, out, c.outputs);
}
void apply(const Convolution& c, const float* in, std::int64_t count, bool add, float* out) { apply(c, in, count, add, out, 0, c.outputs); }

Frames row_of(const at::Tensor& x, std::int64_t row) { return {x.data_ptr<float>() + row * x.size(1) * x.size(2), x.size(1), x.size(2)}; }

struct Pad {
  std::int64_t left, most;
};

at::Tensor tiled(const Convolution& c, const at::Tensor& given, std::int64_t count, Pad pad, Padding padding) {
  const at::Tensor x = given.contiguous();
  const std::int64_t rows = x.size(0);
  at::Tensor y = at::empty({rows, count, c.outputs}, x.options());
  // Where the weights are more than the sound, each thread takes a part of them.
  const std::int64_t panels = (c.outputs + kPanel - 1) / kPanel;
  const std::int64_t parts = !c.few() && static_cast<std::int64_t>(c.weights.size()) > count * c.stride * c.inputs ? std::min<std::int64_t>(panels, 16) : 1, tiles = (count + kTile - 1) / kTile;
  for_each_part(rows * parts * tiles, [&](std::int64_t item) {
    static thread_local std::vector<float> laid;
    const std::int64_t tile = item % tiles, part = item / tiles % parts, row = item / tiles / parts;
    const std::int64_t t = tile * kTile, some = std::min(kTile, count - t), from = t * c.stride - pad.left, span = (some - 1) * c.stride + c.reach();
    const Frames frames = row_of(x, row);
    const float* in = nullptr;
    if (from < 0 || from + span > frames.length) {
      laid.resize(static_cast<std::size_t>(span * frames.channels));
      lay_out(frames, from, span, pad.most, padding, laid.data());
      in = laid.data();
    } else {
      in = frames.first + from * frames.channels;
    }
    apply(c, in, some, false, y.data_ptr<float>() + (row * count + t) * c.outputs, panels * part / parts * kPanel, panels * (part + 1) / parts * kPanel);
  });
  return y;
}

// What is put before and behind `length` frames.
std::pair<std::int64_t, std::int64_t> paddings(const Convolution& c, std::int64_t length, bool causal) {
  const std::int64_t total = c.reach() - c.stride, windows = (length + c.stride - 1) / c.stride;
  const std::int64_t extra = (windows - 1) * c.stride + c.reach() - total - length;
  return causal ? std::pair{total, extra} : std::pair{total - total / 2, total / 2 + extra};
}

}  // namespace

Convolution::Convolution(const at::Tensor& weight, const at::Tensor& given_bias, std::int64_t its_stride, std::int64_t its_dilation)
    : inputs(weight.size(1)), outputs(weight.size(0)), kernel(weight.size(2)), stride(its_stride), dilation(its_dilation) {
  const at::Tensor matrix = few() ? weight.permute({0, 2, 1}).contiguous() : weight.permute({2, 1, 0}).contiguous(), b = given_bias.contiguous();
  const std::span<const float> numbers(matrix.data_ptr<float>(), static_cast<std::size_t>(matrix.numel()));
  weights = few() ? std::vector<float>(numbers.begin(), numbers.end()) : to_panels(numbers, kernel * inputs, outputs);
  bias.assign(b.data_ptr<float>(), b.data_ptr<float>() + outputs);
}

// The window of output frames stride · t … is x[t - 1], x[t]: of x[t - 1] the second half of the kernel reaches there.
Transposed::Transposed(const at::Tensor& weight, const at::Tensor& bias, std::int64_t its_stride)
    : stride(its_stride), outputs(weight.size(1)),
      windows(weight.view({weight.size(0), outputs, 2, stride}).flip({2}).permute({3, 1, 0, 2}).reshape({stride * outputs, weight.size(0), 2}), bias.repeat({stride}), 1, 1) {}

at::Tensor convolve(const Convolution& c, const at::Tensor& x, Padding padding, bool causal) {
  const auto [left, right] = paddings(c, x.size(1), causal);
  return tiled(c, x, (x.size(1) + c.stride - 1) / c.stride, {left, std::max(left, right)}, padding);
}

at::Tensor convolve(const Transposed& t, const at::Tensor& x, std::int64_t right) {
  const std::int64_t length = x.size(1);
  const at::Tensor y = tiled(t.windows, x, length + 1, {1, 1}, Padding::Zeros).view({x.size(0), (length + 1) * t.stride, t.outputs});
  return y.narrow(1, t.stride - right, length * t.stride);
}

at::Tensor residual(const Convolution& narrow, const Convolution& wide, const Convolution* shortcut, const at::Tensor& given, Padding padding, bool causal) {
  const at::Tensor x = given.contiguous();
  const std::int64_t rows = x.size(0), length = x.size(1), channels = x.size(2), tiles = (length + kTile - 1) / kTile;
  const auto [left, right] = paddings(narrow, length, causal);
  const std::int64_t before = left, most = std::max(left, right);
  at::Tensor y = at::empty_like(x);
  for_each_part(rows * tiles, [&](std::int64_t item) {
    static thread_local std::vector<float> around, inner;
    const std::int64_t row = item / tiles, t = item % tiles * kTile, some = std::min(kTile, length - t), span = some + narrow.reach() - 1;
    around.resize(static_cast<std::size_t>(span * channels)), inner.resize(static_cast<std::size_t>(some * narrow.outputs));
    const Frames frames = row_of(x, row);
    const float* in = frames.first + t * channels;
    float* out = y.data_ptr<float>() + (row * length + t) * channels;
    lay_out(frames, t - before, span, most, padding, around.data());
    elu(around.data(), span * channels, around.data());
    apply(narrow, around.data(), some, false, inner.data());
    elu(inner.data(), some * narrow.outputs, inner.data());
    apply(wide, inner.data(), some, false, out);
    if (shortcut != nullptr) apply(*shortcut, in, some, true, out);
    else for (std::int64_t i = 0; i < some * channels; ++i) out[i] += in[i];
  });
  return y;
}

namespace {

constexpr std::int64_t kStretch = 1 << 14;      // numbers

void elu_to(const at::Tensor& from, at::Tensor& to) {
  const float* in = from.data_ptr<float>();
  float* out = to.data_ptr<float>();
  for_each_stretch(from.numel(), kStretch, [&](std::int64_t begin, std::int64_t end) { elu(in + begin, end - begin, out + begin); });
}

}  // namespace

at::Tensor elu_of(const at::Tensor& x) {
  const at::Tensor from = x.contiguous();
  at::Tensor to = at::empty_like(from);
  elu_to(from, to);
  return to;
}

void elu_in_place(at::Tensor& x) { x.is_contiguous() ? elu_to(x, x) : void(x = elu_of(x)); }

}  // namespace figment::neural
