#include "neural/t5/t5.h"

#include <ATen/ATen.h>
#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <vector>

#include "base/error.h"
#include "neural/fast/activations.h"
#include "neural/fast/bfloats.h"
#include "neural/fast/floats.h"
#include "neural/parallel.h"

namespace figment::neural {
namespace {

constexpr std::int64_t kRowsAtOnce = 32;   // of a matrix, that a thread takes

// Root mean square norm of each of `count` vectors.
void norm(const float* x, const at::Tensor& weight, double epsilon, std::int64_t count, std::int64_t width, float* out) {
  const float* scale = weight.data_ptr<float>();
  for (std::int64_t c = 0; c < count; ++c, x += width, out += width) {
    const float factor = 1.0F / std::sqrt(static_cast<float>(moments(x, width).squares / static_cast<double>(width) + epsilon));
    for (std::int64_t n = 0; n < width; ++n) out[n] = scale[n] * (x[n] * factor);
  }
}

// The tanh form of GELU.
float gelu_by_tanh(float x) { return 0.5F * x * (1 + std::tanh(0.7978845608F * (x + 0.044715F * x * x * x))); }

float dot(const float* a, const float* b, std::int64_t width) {
  float lanes[16] = {}, sum = 0;
  std::int64_t i = 0;
  for (; i + 16 <= width; i += 16)
    for (int l = 0; l < 16; ++l) lanes[l] += a[i + l] * b[i + l];
  for (; i < width; ++i) sum += a[i] * b[i];
  for (const float lane : lanes) sum += lane;
  return sum;
}

// What one head hears at every place of one text. Rows of `queries`, `keys`, `values` and `out` lie `stride` apart. `bias`
// [length, length] is added to the scores; `mask` is 1 for tokens.
void attend(const float* queries, const float* keys, const float* values, const float* bias, const float* mask, std::int64_t length, std::int64_t width, std::int64_t stride, float* out) {
  std::vector<float> scores(static_cast<std::size_t>(length));
  for (std::int64_t q = 0; q < length; ++q) {
    for (std::int64_t k = 0; k < length; ++k)
      scores[static_cast<std::size_t>(k)] = dot(queries + q * stride, keys + k * stride, width) + (bias[q * length + k] + (1 - mask[k]) * std::numeric_limits<float>::lowest());
    const float sum = exponentials(scores.data(), length, 1.0F);
    float* to = out + q * stride;
    std::fill(to, to + width, 0.0F);
    for (std::int64_t k = 0; k < length; ++k) {
      const float share = scores[static_cast<std::size_t>(k)] / sum;
      const float* value = values + k * stride;
      for (std::int64_t i = 0; i < width; ++i) to[i] += share * value[i];
    }
  }
}

std::string block_name(std::int64_t block, const char* rest) { return "encoder.block." + std::to_string(block) + ".layer." + rest; }

// Near distances each have a bucket, far ones share them by their logarithm; half of the buckets are for what comes after.
std::int64_t bucket_of(std::int64_t distance, std::int64_t buckets, std::int64_t farthest) {
  const std::int64_t half = buckets / 2, exact = half / 2, base = distance > 0 ? half : 0, away = std::abs(distance);
  if (away < exact) return base + away;
  const float scaled = std::log(static_cast<float>(away) / static_cast<float>(exact)) / static_cast<float>(std::log(static_cast<double>(farthest) / static_cast<double>(exact))) * static_cast<float>(half - exact);
  return base + std::min(half - 1, exact + static_cast<std::int64_t>(scaled));
}

}  // namespace

std::vector<weights::TensorSpec> T5Encoder::table(const T5Settings& s) {
  const std::int64_t all = s.heads * s.head_width;
  std::vector<weights::TensorSpec> rows{
      {"shared.weight", {s.vocabulary, s.width}},
      {"encoder.embed_tokens.weight", {s.vocabulary, s.width}, true},
      {"encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", {s.buckets, s.heads}},
      {"encoder.final_layer_norm.weight", {s.width}},
  };
  for (std::int64_t b = 0; b < s.blocks; ++b) {
    for (const char* x : {"q", "k", "v"}) rows.push_back({block_name(b, "0.SelfAttention.") + x + ".weight", {all, s.width}});
    rows.push_back({block_name(b, "0.SelfAttention.o.weight"), {s.width, all}});
    rows.push_back({block_name(b, "0.layer_norm.weight"), {s.width}});
    rows.push_back({block_name(b, "1.layer_norm.weight"), {s.width}});
    for (const char* x : s.gated ? std::vector<const char*>{"wi_0", "wi_1"} : std::vector<const char*>{"wi"})
      rows.push_back({block_name(b, "1.DenseReluDense.") + x + ".weight", {s.inner, s.width}});
    rows.push_back({block_name(b, "1.DenseReluDense.wo.weight"), {s.width, s.inner}});
  }
  return rows;
}

T5Encoder::T5Encoder(const T5Settings& settings, Weights weights, const std::string& prefix, bool rounded) : settings_(settings), rounded_(rounded && has_bfloats() && settings.width % 2 == 0 && settings.inner % 2 == 0 && settings.heads * settings.head_width % 2 == 0), weights_(std::move(weights)) {
  weights::check(*weights_, table(settings), "a T5 encoder", prefix);
  const auto get = [&](const std::string& name) { return tensor(*weights_, prefix + name).contiguous(); };
  embedding_ = get("shared.weight");
  relative_ = get("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight");
  final_norm_ = get("encoder.final_layer_norm.weight");
  for (std::int64_t b = 0; b < settings.blocks; ++b) {
    const auto part = [&](const char* rest) { return get(block_name(b, rest)); };
    blocks_.push_back({part("0.layer_norm.weight"), part("0.SelfAttention.q.weight"), part("0.SelfAttention.k.weight"), part("0.SelfAttention.v.weight"), part("0.SelfAttention.o.weight"), part("1.layer_norm.weight"),
                       part(settings.gated ? "1.DenseReluDense.wi_0.weight" : "1.DenseReluDense.wi.weight"), settings.gated ? part("1.DenseReluDense.wi_1.weight") : at::Tensor(), part("1.DenseReluDense.wo.weight")});
  }
}

at::Tensor T5Encoder::position_bias(std::int64_t length) const {
  at::Tensor buckets = at::empty({length, length}, at::kLong);
  auto* to = buckets.data_ptr<std::int64_t>();
  for (std::int64_t query = 0; query < length; ++query)
    for (std::int64_t key = 0; key < length; ++key) *to++ = bucket_of(key - query, settings_.buckets, settings_.farthest);
  return at::embedding(relative_, buckets).permute({2, 0, 1}).unsqueeze(0);
}

at::Tensor T5Encoder::encode(const at::Tensor& ids, const at::Tensor& mask, const Probe& probe) const {
  const c10::InferenceMode inference;
  const std::int64_t rows = ids.size(0), length = ids.size(1);
  if (length > 0 && (ids.min().item<std::int64_t>() < 0 || ids.max().item<std::int64_t>() >= settings_.vocabulary))
    throw Error(ErrorCode::InvalidArgument, "a text token is beyond the T5 encoder's vocabulary of " + std::to_string(settings_.vocabulary), "the tokenizer may be that of another network");
  at::Tensor x = at::embedding(embedding_, ids);
  if (probe) probe("embeddings", x);
  at::Tensor bias = position_bias(length);
  if (probe) probe("position_bias", bias);
  x = x.contiguous();
  bias = bias.contiguous();
  const at::Tensor tokens = mask.to(at::kFloat).contiguous();
  const std::int64_t columns = rows * length, width = settings_.width, all = settings_.heads * settings_.head_width, inner = settings_.inner;
  // Where vectors begin on a cache line, loading them takes half as long.
  const auto space = [&](std::int64_t numbers) { return hwy::AllocateAligned<float>(static_cast<std::size_t>(columns * numbers)); };
  const auto y = space(width), q = space(all), k = space(all), v = space(all), seen = space(all), wide = space(inner), gate = space(settings_.gated ? inner : 1), made = space(width);
  const auto rounded_in = hwy::AllocateAligned<Bfloat16>(static_cast<std::size_t>(columns * std::max({width, all, inner})));
  float* residual = x.data_ptr<float>();
  // A text is a few columns: the weights are read once, where they lie, which at::linear packs first. Matrices with one input are done in
  // one go. Nothing of LibTorch's works in between: its threads would keep ours from working for a while.
  struct Product {
    const at::Tensor& matrix;
    float* out;
  };
  const auto nothing = [](std::int64_t) {};
  const auto times = [&](const hwy::AlignedFreeUniquePtr<float[]>& in, std::initializer_list<Product> products, const auto& after) {
    const std::int64_t outputs = products.begin()->matrix.size(0), from = products.begin()->matrix.size(1), parts = (outputs + kRowsAtOnce - 1) / kRowsAtOnce;
    if (rounded_) to_bfloats(in.get(), columns * from, rounded_in.get());
    for_each_part(parts * static_cast<std::int64_t>(products.size()), [&](std::int64_t i) {
      const Product& product = products.begin()[i / parts];
      const std::int64_t first = i % parts * kRowsAtOnce, last = std::min(outputs, first + kRowsAtOnce);
      if (rounded_) dot_rows_rounded(product.matrix.data_ptr<float>(), first, last, from, rounded_in.get(), from, columns, product.out, outputs);
      else dot_rows(product.matrix.data_ptr<float>(), first, last, from, in.get(), from, columns, nullptr, false, product.out, outputs);
      for (std::int64_t c = 0; c < columns; ++c)
        for (std::int64_t r = first; r < last; ++r) after(c * outputs + r);
    });
  };
  const auto add = [&](std::int64_t i) { residual[i] += made[static_cast<std::size_t>(i)]; };
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const Block& block = blocks_[b];
    norm(residual, block.norm, settings_.epsilon, columns, width, y.get());
    times(y, {{block.q, q.get()}, {block.k, k.get()}, {block.v, v.get()}}, nothing);
    for_each_part(rows * settings_.heads, [&](std::int64_t i) {
      const std::int64_t row = i / settings_.heads, head = i % settings_.heads, at = row * length * all + head * settings_.head_width;
      attend(q.get() + at, k.get() + at, v.get() + at, bias.data_ptr<float>() + head * length * length, tokens.data_ptr<float>() + row * length, length, settings_.head_width, all, seen.get() + at);
    });
    times(seen, {{block.o, made.get()}}, add);
    norm(residual, block.inner_norm, settings_.epsilon, columns, width, y.get());
    if (settings_.gated) {
      times(y, {{block.gate, gate.get()}}, nothing);
      times(y, {{block.in, wide.get()}}, [&](std::int64_t i) { wide[static_cast<std::size_t>(i)] = gelu_by_tanh(wide[static_cast<std::size_t>(i)]) * gate[static_cast<std::size_t>(i)]; });
    } else {
      times(y, {{block.in, wide.get()}}, [&](std::int64_t i) { wide[static_cast<std::size_t>(i)] = std::max(wide[static_cast<std::size_t>(i)], 0.0F); });
    }
    times(wide, {{block.out, made.get()}}, add);
    if (probe) probe("block." + std::to_string(b), x.clone());
  }
  norm(residual, final_norm_, settings_.epsilon, columns, width, residual);
  if (probe) probe("last_hidden_state", x);
  return x;
}

}  // namespace figment::neural
