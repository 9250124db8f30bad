#include "neural/htdemucs/transformer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "neural/fast/activations.h"
#include "neural/htdemucs/group_norm.h"
#include "neural/htdemucs/htdemucs_table.h"
#include "neural/htdemucs/positions.h"
#include "neural/parallel.h"

namespace figment::neural {
namespace {

constexpr std::int64_t kTokens = 48;     // of a block: as many as the kernels take at once, four times
constexpr float kEpsilon = 1e-5F;

PackedMatrix product(const at::Tensor& weight, const at::Tensor& bias, bool bfloats) {   // [outputs][inputs]
  const at::Tensor turned = weight.t().contiguous();
  return {{turned.data_ptr<float>(), static_cast<std::size_t>(turned.numel())}, turned.size(0), turned.size(1), numbers(bias), bfloats};
}

std::int64_t panels(std::int64_t n) { return (n + kPanel - 1) / kPanel; }
std::size_t size_of(std::int64_t n) { return static_cast<std::size_t>(n); }
Windows rows_of(std::int64_t width) { return {1, width, 0, width}; }

}  // namespace

CrossTransformer::CrossTransformer(const HtdemucsSettings& s, const weights::WeightFile& file, bool bfloats) : settings_(s), bfloats_(bfloats && has_bfloats() && s.width() / s.heads % 2 == 0) {
  const std::string prefix = htdemucs_prefix(file) + "crosstransformer.";
  const auto get = [&](const char* name) { return numbers(tensor(file, prefix + name)); };
  norm_in_ = get("norm_in.weight"), norm_in_bias_ = get("norm_in.bias"), norm_in_t_ = get("norm_in_t.weight"), norm_in_t_bias_ = get("norm_in_t.bias");
  for (std::int64_t l = 0; l < s.layers; ++l) {
    layers_.push_back(load(file, htdemucs_prefix(file) + transformer_name(false, l), hears_other(l)));
    layers_t_.push_back(load(file, htdemucs_prefix(file) + transformer_name(true, l), hears_other(l)));
  }
}

CrossTransformer::Layer CrossTransformer::load(const weights::WeightFile& file, const std::string& name, bool other) const {
  const std::int64_t width = settings_.width();
  const auto get = [&](const std::string& what) { return tensor(file, name + what); };
  Layer layer;
  const std::string attention = other ? "cross_attn." : "self_attn.";
  const at::Tensor in = get(attention + "in_proj_weight"), bias = get(attention + "in_proj_bias");
  if (other) {
    layer.query = product(in.narrow(0, 0, width), bias.narrow(0, 0, width), bfloats_);
    layer.key_value = product(in.narrow(0, width, 2 * width), bias.narrow(0, width, 2 * width), bfloats_);
    layer.norm3 = numbers(get("norm3.weight")), layer.norm3_bias = numbers(get("norm3.bias"));
  } else {
    layer.query = product(in, bias, bfloats_);
  }
  layer.out = product(get(attention + "out_proj.weight"), get(attention + "out_proj.bias"), bfloats_);
  layer.inner = product(get("linear1.weight"), get("linear1.bias"), bfloats_);
  layer.outer = product(get("linear2.weight"), get("linear2.bias"), bfloats_);
  layer.norm1 = numbers(get("norm1.weight")), layer.norm1_bias = numbers(get("norm1.bias"));
  layer.norm2 = numbers(get("norm2.weight")), layer.norm2_bias = numbers(get("norm2.bias"));
  layer.norm_out = numbers(get("norm_out.weight")), layer.norm_out_bias = numbers(get("norm_out.bias"));
  layer.gain1 = numbers(get("gamma_1.scale")), layer.gain2 = numbers(get("gamma_2.scale"));
  return layer;
}

void CrossTransformer::listen(const Layer& layer, bool other, const std::vector<float>& x, std::int64_t tokens, const std::vector<float>& other_x, std::int64_t keys, Heard& heard) const {
  const std::int64_t width = settings_.width(), heads = settings_.heads, head = width / heads;
  heard.queries.resize(size_of(tokens * width));
  // Keys: by head [panel of keys][head][32]; values: by head [panel of the head's numbers][keys][32].
  const std::int64_t key_panels = panels(keys), head_panels = panels(head);
  const std::int64_t even = keys + keys % 2;
  if (bfloats_) heard.bfloat_keys.assign(size_of(heads * key_panels * head * kPanel), 0), heard.bfloat_values.assign(size_of(heads * head_panels * even * kPanel), 0);
  else heard.keys.assign(size_of(heads * key_panels * head * kPanel), 0.0F), heard.values.assign(size_of(heads * head_panels * keys * kPanel), 0.0F);
  const auto put_bfloats = [&](const Bfloat16* from, std::int64_t token) {
    for (std::int64_t h = 0; h < heads; ++h) {
      Bfloat16* k = heard.bfloat_keys.data() + (h * key_panels + token / kPanel) * head * kPanel + token % kPanel * 2;
      for (std::int64_t n = 0; n < head; n += 2) std::copy_n(from + h * head + n, 2, k + n * kPanel);
      for (std::int64_t n = 0; n < head; ++n) heard.bfloat_values[size_of(((h * head_panels + n / kPanel) * (even / 2) + token / 2) * 2 * kPanel + n % kPanel * 2 + token % 2)] = from[width + h * head + n];
    }
  };
  const auto put_away = [&](const float* from, std::int64_t stride, std::int64_t first, std::int64_t count) {   // keys, then values, of tokens
    for (std::int64_t i = 0; i < count; ++i, from += stride) {
      const std::int64_t token = first + i;
      if (bfloats_) {
        static thread_local std::vector<Bfloat16> row;
        row.resize(size_of(2 * width));
        to_bfloats(from, 2 * width, row.data());
        put_bfloats(row.data(), token);
        continue;
      }
      for (std::int64_t h = 0; h < heads; ++h) {
        float* k = heard.keys.data() + (h * key_panels + token / kPanel) * head * kPanel + token % kPanel;
        for (std::int64_t n = 0; n < head; ++n) k[n * kPanel] = from[h * head + n];
        for (std::int64_t p = 0; p < head_panels; ++p) {
          float* v = heard.values.data() + ((h * head_panels + p) * keys + token) * kPanel;
          std::copy_n(from + width + h * head + p * kPanel, std::min(kPanel, head - p * kPanel), v);
        }
      }
    }
  };
  for_each_stretch(tokens, kTokens, [&](std::int64_t first, std::int64_t last) {
    static thread_local std::vector<float> normed, all;
    const std::int64_t count = last - first;
    normed.resize(size_of(kTokens * width));
    layer_norm(x.data() + first * width, count, width, layer.norm1.data(), layer.norm1_bias.data(), kEpsilon, normed.data());
    if (other) {
      layer.query.times(rows_of(width), normed.data(), count, heard.queries.data() + first * width, width);
      return;
    }
    all.resize(size_of(kTokens * 3 * width));
    layer.query.times(rows_of(width), normed.data(), count, all.data(), 3 * width);
    for (std::int64_t i = 0; i < count; ++i) std::copy_n(all.data() + i * 3 * width, width, heard.queries.data() + (first + i) * width);
    put_away(all.data() + width, 3 * width, first, count);
  });
  if (other)
    for_each_stretch(keys, kTokens, [&](std::int64_t first, std::int64_t last) {
      static thread_local std::vector<float> normed, both;
      const std::int64_t count = last - first;
      normed.resize(size_of(kTokens * width)), both.resize(size_of(kTokens * 2 * width));
      layer_norm(other_x.data() + first * width, count, width, layer.norm2.data(), layer.norm2_bias.data(), kEpsilon, normed.data());
      layer.key_value.times(rows_of(width), normed.data(), count, both.data(), 2 * width);
      put_away(both.data(), 2 * width, first, count);
    });
}

void CrossTransformer::attend(const Heard& heard, std::int64_t tokens, std::int64_t keys, std::vector<float>& out) const {
  const std::int64_t width = settings_.width(), heads = settings_.heads, head = width / heads, blocks = (tokens + kTokens - 1) / kTokens;
  const float scale = 1.0F / std::sqrt(static_cast<float>(head));
  const std::vector<float> none(size_of(std::max(panels(keys), panels(head)) * kPanel));
  out.resize(size_of(tokens * width));
  // Head by head: its keys and values stay in the cache.
  for_each_part(heads * blocks, [&](std::int64_t i) {
    static thread_local std::vector<float> scores;
    const std::int64_t h = i / blocks, first = i % blocks * kTokens, count = std::min(kTokens, tokens - first);
    const std::int64_t stride = bfloats_ ? keys + keys % 2 : keys;      // pairs of scores: one of nothing may be the last
    scores.resize(std::max(scores.size(), size_of(kTokens * stride)));
    float* to = out.data() + first * width + h * head;
    float sums[kTokens];
    if (bfloats_) {
      Windows queries{1, head, 0, width}, shares{1, stride, 0, stride};
      const Bfloat16* asked = rounded(queries, heard.queries.data() + first * width + h * head, count);
      convolve_bfloats(heard.bfloat_keys.data() + h * panels(keys) * head * kPanel, keys, queries, asked, count, none.data(), false, scores.data(), stride);
      for (std::int64_t q = 0; q < count; ++q) {
        sums[q] = exponentials(scores.data() + q * stride, keys, scale);
        if (stride > keys) scores[size_of(q * stride + keys)] = 0;
      }
      const Bfloat16* given = rounded(shares, scores.data(), count);
      convolve_bfloats(heard.bfloat_values.data() + h * panels(head) * stride * kPanel, head, shares, given, count, none.data(), false, to, width);
    } else {
      convolve(heard.keys.data() + h * panels(keys) * head * kPanel, 0, panels(keys) * kPanel, keys, {1, head, 0, width}, heard.queries.data() + first * width + h * head, count, none.data(), false, scores.data(), keys);
      for (std::int64_t q = 0; q < count; ++q) sums[q] = exponentials(scores.data() + q * keys, keys, scale);
      convolve(heard.values.data() + h * panels(head) * keys * kPanel, 0, panels(head) * kPanel, head, {1, keys, 0, keys}, scores.data(), count, none.data(), false, to, width);
    }
    for (std::int64_t q = 0; q < count; ++q)
      for (std::int64_t n = 0; n < head; ++n) to[q * width + n] /= sums[q];
  });
}

void CrossTransformer::finish(const Layer& layer, bool other, const std::vector<float>& attended, std::vector<float>& x, std::int64_t tokens) const {
  const std::int64_t width = settings_.width(), hidden = settings_.hidden, blocks = (tokens + kTokens - 1) / kTokens;
  const std::vector<float>&weight = other ? layer.norm3 : layer.norm2, &bias = other ? layer.norm3_bias : layer.norm2_bias;
  std::vector<Moments> parts(size_of(blocks));
  for_each_part(blocks, [&](std::int64_t b) {
    static thread_local std::vector<float> narrow, wide;
    const std::int64_t first = b * kTokens, count = std::min(kTokens, tokens - first);
    narrow.resize(size_of(kTokens * width)), wide.resize(size_of(kTokens * hidden));
    float* to = x.data() + first * width;
    layer.out.times(rows_of(width), attended.data() + first * width, count, narrow.data(), width);
    add_scaled(narrow.data(), count, width, layer.gain1.data(), to, width);
    layer_norm(to, count, width, weight.data(), bias.data(), kEpsilon, narrow.data());
    layer.inner.times(rows_of(width), narrow.data(), count, wide.data(), hidden);
    gelu(wide.data(), count * hidden, wide.data());
    layer.outer.times(rows_of(hidden), wide.data(), count, narrow.data(), width);
    add_scaled(narrow.data(), count, width, layer.gain2.data(), to, width);
    parts[size_of(b)] = moments(to, count * width);
  });
  Moments all;
  for (const Moments& part : parts) all.add(part);
  const GroupNorm norm = group_norm(all, tokens * width, layer.norm_out, layer.norm_out_bias);
  for_each_stretch(tokens, kTokens, [&](std::int64_t first, std::int64_t last) { scale_shift(x.data() + first * width, last - first, width, norm.scale.data(), norm.shift.data()); });
}

void CrossTransformer::run(std::vector<float>& x, std::int64_t frames, std::int64_t frequencies, std::vector<float>& xt, std::int64_t places) const {
  const std::int64_t width = settings_.width(), tokens = frames * frequencies;
  const auto begin = [&](std::vector<float>& tokens_of, std::int64_t count, const std::vector<float>& weight, const std::vector<float>& bias, const at::Tensor& positions) {
    const float* where = positions.data_ptr<float>();
    const auto much = static_cast<float>(settings_.position_weight);
    for_each_stretch(count, kTokens, [&](std::int64_t first, std::int64_t last) {
      float* at_first = tokens_of.data() + first * width;
      layer_norm(at_first, last - first, width, weight.data(), bias.data(), kEpsilon, at_first);
      for (std::int64_t i = first * width; i < last * width; ++i) tokens_of[size_of(i)] += much * where[i];
    });
  };
  begin(x, tokens, norm_in_, norm_in_bias_, spectrogram_positions(frames, frequencies, width, settings_.longest_period));
  begin(xt, places, norm_in_t_, norm_in_t_bias_, time_positions(places, width, settings_.longest_period));
  Heard heard, heard_t;
  std::vector<float> attended;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const bool other = hears_other(static_cast<std::int64_t>(l));
    // What each branch hears of the other is what that was before this layer.
    listen(layers_[l], other, x, tokens, xt, other ? places : tokens, heard);
    listen(layers_t_[l], other, xt, places, x, other ? tokens : places, heard_t);
    attend(heard, tokens, other ? places : tokens, attended);
    finish(layers_[l], other, attended, x, tokens);
    attend(heard_t, places, other ? tokens : places, attended);
    finish(layers_t_[l], other, attended, xt, places);
  }
}

}  // namespace figment::neural
