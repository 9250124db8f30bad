#include "neural/musicgen/float_lm.h"

#include <ATen/ATen.h>

#include <cmath>

#include "base/error.h"

namespace figment::neural {

at::Tensor places(std::int64_t first, std::int64_t count, std::int64_t width) {
  const std::int64_t half = width / 2;
  const at::Tensor rate = at::pow(10000.0, at::arange(half, at::kFloat) / -static_cast<double>(half - 1));
  const at::Tensor phase = at::arange(first, first + count, at::kFloat).unsqueeze(1) * rate;
  return at::cat({phase.cos(), phase.sin()}, 1);
}

FloatLm::FloatLm(const LmSettings& settings, LmWeights w, at::Device device, at::ScalarType numbers) : settings_(settings), file_(std::move(w.file)), device_(device), numbers_(numbers) {
  const c10::InferenceMode inference;
  const auto get = [&](const weights::Tensor& t) { return tensor(t).to(device_, numbers_); };
  const auto norm = [&](const LmNorm& n) { return n.weight.bytes.empty() ? Norm{} : Norm{get(n.weight), get(n.bias)}; };
  for (std::size_t k = 0; k < w.embeddings.size(); ++k) embeddings_.push_back(get(w.embeddings[k])), heads_.push_back(get(w.heads[k]));
  for (const LmLayer& l : w.layers) {
    Layer layer{norm(l.self_norm), norm(l.cross_norm), norm(l.inner_norm), at::cat({get(l.q), get(l.k), get(l.v)}), get(l.out), {}, {}, {}, {}, get(l.in), get(l.back)};
    if (!l.cross_q.bytes.empty()) layer.cross_q = get(l.cross_q), layer.cross_k = get(l.cross_k), layer.cross_v = get(l.cross_v), layer.cross_out = get(l.cross_out);
    layers_.push_back(std::move(layer));
  }
  out_norm_ = norm(w.out_norm);
  text_weight_ = get(w.text_weight), text_bias_ = get(w.text_bias);
  if (settings_.prefixed()) chroma_weight_ = get(w.chroma_weight), chroma_bias_ = get(w.chroma_bias);
}

at::Tensor FloatLm::project_text(const at::Tensor& hidden, const at::Tensor& mask) const {
  const c10::InferenceMode inference;
  return at::linear(hidden.to(device_, numbers_), text_weight_, text_bias_) * mask.to(device_, numbers_).unsqueeze(-1);
}

at::Tensor FloatLm::project_chroma(const at::Tensor& chroma) const {
  const c10::InferenceMode inference;
  return at::linear(chroma.to(device_, numbers_), chroma_weight_, chroma_bias_);
}

at::Tensor FloatLm::heads_of(const at::Tensor& x) const {
  return x.reshape({x.size(0), x.size(1), settings_.heads, settings_.width / settings_.heads}).transpose(1, 2);
}

FloatLm::Run::Run(const FloatLm& lm, const at::Tensor& conditions, const std::optional<at::Tensor>& mask, std::int64_t most) : lm_(lm) {
  const c10::InferenceMode inference;
  const LmSettings& s = lm.settings_;
  const at::Tensor told = conditions.to(lm.device_, lm.numbers_);
  if (s.prefixed()) prefix_ = told;
  if (mask) mask_ = ((1 - mask->to(lm.device_, at::kFloat)) * std::numeric_limits<float>::lowest()).clamp_min(lm.numbers_ == at::kHalf ? -65504.0 : -3e38).to(lm.numbers_).reshape({mask->size(0), 1, 1, mask->size(1)});
  const std::int64_t room = most + (s.prefixed() ? told.size(1) : 0);
  for (const Layer& layer : lm.layers_) {
    for (auto* cache : {&keys_, &values_}) cache->push_back(at::empty({told.size(0), s.heads, room, s.width / s.heads}, told.options()));
    if (!s.prefixed()) {
      cross_keys_.push_back(lm.heads_of(at::linear(told, layer.cross_k)));
      cross_values_.push_back(lm.heads_of(at::linear(told, layer.cross_v)));
    }
  }
}

at::Tensor FloatLm::Run::step(const at::Tensor& tokens, const Probe& probe) {
  const c10::InferenceMode inference;
  const LmSettings& s = lm_.settings_;
  const std::int64_t rows = tokens.size(0), steps = tokens.size(2);
  at::Tensor x;
  for (std::int64_t k = 0; k < s.codebooks; ++k) {
    const at::Tensor part = at::embedding(lm_.embeddings_[static_cast<std::size_t>(k)], tokens.select(1, k).to(lm_.device_));
    x = x.defined() ? x + part : part;
  }
  const bool first = at_ == 0 && prefix_.defined();
  if (first) x = at::cat({prefix_, x}, 1);
  const std::int64_t count = x.size(1), until = at_ + count;
  if (until > keys_.front().size(2)) throw Error(ErrorCode::InvalidArgument, "the language model was asked for more steps than it was made ready for");
  x = x + places(at_, count, s.width).to(x.device(), x.scalar_type());
  // Each step sees itself and what was before.
  at::Tensor future;
  if (count > 1) future = at::full({count, until}, -std::numeric_limits<float>::infinity(), at::kFloat).triu(at_ + 1).to(x.device(), x.scalar_type());
  const double scale = 1 / std::sqrt(static_cast<double>(s.width / s.heads));
  const auto norm = [&](const Norm& n, const at::Tensor& y) { return at::layer_norm(y, {s.width}, n.weight, n.bias, 1e-5); };
  const auto joined = [&](const at::Tensor& y) { return y.transpose(1, 2).reshape({rows, count, s.width}); };
  for (std::size_t n = 0; n < lm_.layers_.size(); ++n) {
    const Layer& layer = lm_.layers_[n];
    const auto qkv = at::linear(norm(layer.self_norm, x), layer.qkv).chunk(3, -1);
    keys_[n].slice(2, at_, until).copy_(lm_.heads_of(qkv[1]));
    values_[n].slice(2, at_, until).copy_(lm_.heads_of(qkv[2]));
    at::Tensor scores = at::matmul(lm_.heads_of(qkv[0]) * scale, keys_[n].slice(2, 0, until).transpose(2, 3));
    if (future.defined()) scores = scores + future;
    x = x + at::linear(joined(at::matmul(at::softmax(scores, -1), values_[n].slice(2, 0, until))), layer.out);
    if (!s.prefixed()) {
      scores = at::matmul(lm_.heads_of(at::linear(norm(layer.cross_norm, x), layer.cross_q)) * scale, cross_keys_[n].transpose(2, 3));
      if (mask_.defined()) scores = scores + mask_;
      x = x + at::linear(joined(at::matmul(at::softmax(scores, -1), cross_values_[n])), layer.cross_out);
    }
    x = x + at::linear(at::gelu(at::linear(norm(layer.inner_norm, x), layer.in)), layer.back);
    if (probe) probe("hidden." + std::to_string(n), x);
  }
  at_ = until;
  x = norm(lm_.out_norm_, first ? x.slice(1, count - steps, count) : x);
  std::vector<at::Tensor> logits;
  for (const at::Tensor& head : lm_.heads_) logits.push_back(at::linear(x, head));
  return at::stack(logits, 1).to(at::kFloat);
}

}  // namespace figment::neural
