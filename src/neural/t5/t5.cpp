#include "neural/t5/t5.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "neural/fast/bfloats.h"
#include "neural/fast/floats.h"
#include "neural/parallel.h"

namespace figment::neural {
namespace {

at::Tensor root_mean_square_norm(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  return weight * (x * at::rsqrt(x.square().mean(-1, true) + epsilon));
}

constexpr std::int64_t kRowsAtOnce = 32;   // of a matrix, that a thread takes

// [rows, length, width] times a matrix of the file, and nothing below 0 where `relu`. A text is a few columns: the weights are read once,
// where they lie, which at::linear packs first. at::relu would wake LibTorch's threads, which then keep ours from working for a while.
at::Tensor product(const at::Tensor& given, const at::Tensor& matrix, bool rounded, bool relu) {
  const at::Tensor x = given.contiguous(), weight = matrix.contiguous();
  const std::int64_t outputs = weight.size(0), width = weight.size(1), columns = x.size(0) * x.size(1);
  at::Tensor y = at::empty({x.size(0), x.size(1), outputs}, x.options());
  const float* in = x.data_ptr<float>();
  const float* rows = weight.data_ptr<float>();
  float* out = y.data_ptr<float>();
  std::vector<Bfloat16> rounded_in(rounded ? static_cast<std::size_t>(columns * width) : 0);
  if (rounded) to_bfloats(in, columns * width, rounded_in.data());
  for_each_stretch(outputs, kRowsAtOnce, [&](std::int64_t first, std::int64_t last) {
    if (rounded) dot_rows_rounded(rows, first, last, width, rounded_in.data(), width, columns, out, outputs);
    else dot_rows(rows, first, last, width, in, width, columns, nullptr, false, out, outputs);
    for (std::int64_t c = 0; relu && c < columns; ++c)
      for (std::int64_t r = first; r < last; ++r) out[c * outputs + r] = std::max(out[c * outputs + r], 0.0F);
  });
  return y;
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
  const auto get = [&](const std::string& name) { return tensor(*weights_, prefix + name); };
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
  bias = bias + (1 - mask.to(at::kFloat)).reshape({rows, 1, 1, length}) * std::numeric_limits<float>::lowest();
  const auto times = [&](const at::Tensor& y, const at::Tensor& matrix, bool relu = false) { return product(y, matrix, rounded_, relu); };
  const auto heads = [&](const at::Tensor& y) { return y.view({rows, length, settings_.heads, settings_.head_width}).transpose(1, 2); };
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const Block& block = blocks_[b];
    const at::Tensor y = root_mean_square_norm(x, block.norm, settings_.epsilon);
    const at::Tensor scores = at::matmul(heads(times(y, block.q)), heads(times(y, block.k)).transpose(2, 3)) + bias;
    const at::Tensor seen = at::matmul(at::softmax(scores, -1), heads(times(y, block.v)));
    x = x + times(seen.transpose(1, 2).reshape({rows, length, settings_.heads * settings_.head_width}), block.o);
    const at::Tensor z = root_mean_square_norm(x, block.inner_norm, settings_.epsilon);
    const at::Tensor inner = settings_.gated ? at::gelu(times(z, block.in), "tanh") * times(z, block.gate) : times(z, block.in, true);
    x = x + times(inner, block.out);
    if (probe) probe("block." + std::to_string(b), x);
  }
  x = root_mean_square_norm(x, final_norm_, settings_.epsilon);
  if (probe) probe("last_hidden_state", x);
  return x;
}

}  // namespace figment::neural
