#include "neural/htdemucs/plain_htdemucs.h"

#include <ATen/ATen.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "neural/htdemucs/htdemucs_table.h"
#include "neural/htdemucs/positions.h"
#include "neural/htdemucs/spectrogram.h"

namespace figment::neural {
namespace {

constexpr double kEpsilon = 1e-5;        // of all norms

}  // namespace

PlainHtdemucs::PlainHtdemucs(const HtdemucsSettings& settings, const Weights& weights, bool cuda) : settings_(settings), weights_(weights) {
  const std::string prefix = htdemucs_prefix(*weights);
  const auto table = htdemucs_table(settings);
  weights::check(*weights, table, "an HTDemucs", prefix);
  for (const weights::TensorSpec& row : table) {
    const at::Tensor t = tensor(*weights, prefix + row.name);
    tensors_[row.name] = cuda ? t.cuda() : t;
  }
}

at::Tensor PlainHtdemucs::linear(const std::string& name, const at::Tensor& x) const { return at::linear(x, get(name + ".weight"), get(name + ".bias")); }
at::Tensor PlainHtdemucs::layer_norm(const std::string& name, const at::Tensor& x) const { return at::layer_norm(x, {x.size(-1)}, get(name + ".weight"), get(name + ".bias"), kEpsilon); }

// Along time, for every frequency by itself: x [rows, channels, time].
at::Tensor PlainHtdemucs::dconv(const std::string& name, at::Tensor x) const {
  for (std::int64_t d = 0; d < settings_.dconv_depth; ++d) {
    const std::string at_layer = name + std::to_string(d);
    const std::int64_t dilation = std::int64_t{1} << d;
    at::Tensor y = at::conv1d(x, get(at_layer + ".0.weight"), get(at_layer + ".0.bias"), 1, dilation, dilation);
    y = at::gelu(at::group_norm(y, 1, get(at_layer + ".1.weight"), get(at_layer + ".1.bias"), kEpsilon));
    y = at::conv1d(y, get(at_layer + ".3.weight"), get(at_layer + ".3.bias"));
    y = at::glu(at::group_norm(y, 1, get(at_layer + ".4.weight"), get(at_layer + ".4.bias"), kEpsilon), 1);
    x = x + get(at_layer + ".6.scale").unsqueeze(1) * y;
  }
  return x;
}

at::Tensor PlainHtdemucs::encode(bool time, std::int64_t layer, const at::Tensor& given) const {
  const LayerNames names = encoder_names(time, layer);
  const std::int64_t pad = settings_.kernel / 4, stride = settings_.stride;
  at::Tensor x = given;
  if (time) {
    if (const std::int64_t over = x.size(-1) % stride; over != 0) x = at::constant_pad_nd(x, {0, stride - over});
    x = at::gelu(at::conv1d(x, get(names.conv + ".weight"), get(names.conv + ".bias"), stride, pad));
    if (settings_.dconv_in_encoder) x = dconv(names.dconv, x);
    return at::glu(at::conv1d(x, get(names.rewrite + ".weight"), get(names.rewrite + ".bias")), 1);
  }
  x = at::gelu(at::conv2d(x, get(names.conv + ".weight"), get(names.conv + ".bias"), {stride, 1}, {pad, 0}));
  if (settings_.dconv_in_encoder) {
    const auto b = x.size(0), c = x.size(1), f = x.size(2), t = x.size(3);
    x = dconv(names.dconv, x.permute({0, 2, 1, 3}).reshape({-1, c, t})).view({b, f, c, t}).permute({0, 2, 1, 3});
  }
  return at::glu(at::conv2d(x, get(names.rewrite + ".weight"), get(names.rewrite + ".bias")), 1);
}

at::Tensor PlainHtdemucs::decode(bool time, std::int64_t layer, const at::Tensor& given, const at::Tensor& skip, std::int64_t length) const {
  const LayerNames names = decoder_names(time, layer);
  const std::int64_t pad = settings_.kernel / 4, stride = settings_.stride;
  at::Tensor x = given + skip;
  if (time) {
    x = at::glu(at::conv1d(x, get(names.rewrite + ".weight"), get(names.rewrite + ".bias"), 1, 1), 1);
    if (settings_.dconv_in_decoder) x = dconv(names.dconv, x);
    x = at::conv_transpose1d(x, get(names.conv + ".weight"), get(names.conv + ".bias"), stride).narrow(-1, pad, length);
  } else {
    x = at::glu(at::conv2d(x, get(names.rewrite + ".weight"), get(names.rewrite + ".bias"), 1, 1), 1);
    if (settings_.dconv_in_decoder) {
      const auto b = x.size(0), c = x.size(1), f = x.size(2), t = x.size(3);
      x = dconv(names.dconv, x.permute({0, 2, 1, 3}).reshape({-1, c, t})).view({b, f, c, t}).permute({0, 2, 1, 3});
    }
    x = at::conv_transpose2d(x, get(names.conv + ".weight"), get(names.conv + ".bias"), {stride, 1});
    x = x.narrow(2, pad, x.size(2) - 2 * pad);
  }
  return layer + 1 < settings_.depth ? at::gelu(x) : x;
}

at::Tensor PlainHtdemucs::heard(const std::string& name, const at::Tensor& queries, const at::Tensor& keys) const {
  const std::int64_t width = queries.size(-1), heads = settings_.heads, batch = queries.size(0);
  const auto weights = get(name + "in_proj_weight").chunk(3), biases = get(name + "in_proj_bias").chunk(3);
  const auto part = [&](const at::Tensor& x, std::size_t i) { return at::linear(x, weights[i], biases[i]).view({batch, x.size(1), heads, width / heads}).transpose(1, 2); };
  const at::Tensor scores = at::matmul(part(queries, 0), part(keys, 1).transpose(2, 3)) / std::sqrt(static_cast<double>(width / heads));
  return linear(name + "out_proj", at::matmul(at::softmax(scores, -1), part(keys, 2)).transpose(1, 2).reshape({batch, queries.size(1), width}));
}

at::Tensor PlainHtdemucs::transform(const std::string& name, bool other, const at::Tensor& given, const at::Tensor& other_x) const {
  const at::Tensor q = layer_norm(name + "norm1", given), k = other ? layer_norm(name + "norm2", other_x) : q;
  at::Tensor x = given + get(name + "gamma_1.scale") * heard(name + (other ? "cross_attn." : "self_attn."), q, k);
  const at::Tensor inner = layer_norm(name + (other ? "norm3" : "norm2"), x);
  x = x + get(name + "gamma_2.scale") * linear(name + "linear2", at::gelu(linear(name + "linear1", inner)));
  return at::group_norm(x.transpose(1, 2), 1, get(name + "norm_out.weight"), get(name + "norm_out.bias"), kEpsilon).transpose(1, 2);
}

at::Tensor PlainHtdemucs::split(const at::Tensor& given, const Probe& probe) const {
  const c10::InferenceMode inference;
  const HtdemucsSettings& s = settings_;
  const std::int64_t length = given.size(-1), batch = given.size(0), sources = static_cast<std::int64_t>(s.sources.size());
  if (length > s.segment) throw Error(ErrorCode::InvalidArgument, "an HTDemucs takes " + std::to_string(s.segment) + " samples at once, not " + std::to_string(length));
  const at::Tensor mix = at::constant_pad_nd(given, {0, s.segment - length});
  const auto tell = [&](const std::string& name, const at::Tensor& value) {
    if (probe) probe(name, value);
  };

  const at::Tensor z = demucs_spectrogram(mix.reshape({batch * 2, s.segment}), s.nfft);
  at::Tensor x = at::view_as_real(z).view({batch, 2, s.nfft / 2, -1, 2}).permute({0, 1, 4, 2, 3}).reshape({batch, 4, s.nfft / 2, z.size(-1)});
  tell("magnitude", x);
  const at::Tensor mean = x.mean({1, 2, 3}, true), spread = x.std(at::IntArrayRef{1, 2, 3}, true, true);
  x = (x - mean) / (1e-5 + spread);
  const at::Tensor mean_t = mix.mean({1, 2}, true), spread_t = mix.std(at::IntArrayRef{1, 2}, true, true);
  at::Tensor xt = (mix - mean_t) / (1e-5 + spread_t);

  std::vector<at::Tensor> saved, saved_t;
  std::vector<std::int64_t> lengths;
  for (std::int64_t i = 0; i < s.depth; ++i) {
    lengths.push_back(xt.size(-1));
    xt = encode(true, i, xt);
    tell("tencoder." + std::to_string(i), xt);
    saved_t.push_back(xt);
    x = encode(false, i, x);
    tell("encoder." + std::to_string(i), x);
    if (i == 0 && s.frequency_embedding != 0) x = x + s.frequency_embedding * (get("freq_emb.embedding.weight") * s.embedding_scale).t().reshape({1, s.channels, -1, 1});
    saved.push_back(x);
  }
  const std::int64_t frequencies = x.size(2), frames = x.size(3);
  if (s.bottom > 0) {
    x = at::conv1d(x.flatten(2), get("channel_upsampler.weight"), get("channel_upsampler.bias")).view({batch, s.bottom, frequencies, frames});
    xt = at::conv1d(xt, get("channel_upsampler_t.weight"), get("channel_upsampler_t.bias"));
  }
  tell("crosstransformer.in_freq", x);
  tell("crosstransformer.in_time", xt);
  const std::int64_t width = s.width();
  x = layer_norm("crosstransformer.norm_in", x.permute({0, 3, 2, 1}).reshape({batch, frames * frequencies, width}));
  x = x + s.position_weight * spectrogram_positions(frames, frequencies, width, s.longest_period).to(x.device());
  xt = layer_norm("crosstransformer.norm_in_t", xt.transpose(1, 2));
  xt = xt + s.position_weight * time_positions(xt.size(1), width, s.longest_period).to(x.device());
  for (std::int64_t l = 0; l < s.layers; ++l) {
    const at::Tensor before = x;
    x = transform(transformer_name(false, l), hears_other(l), x, xt);
    xt = transform(transformer_name(true, l), hears_other(l), xt, before);
  }
  x = x.view({batch, frames, frequencies, width}).permute({0, 3, 2, 1});
  xt = xt.transpose(1, 2);
  tell("crosstransformer.freq", x);
  tell("crosstransformer.time", xt);
  if (s.bottom > 0) {
    x = at::conv1d(x.flatten(2), get("channel_downsampler.weight"), get("channel_downsampler.bias")).view({batch, s.width(s.depth - 1), frequencies, frames});
    xt = at::conv1d(xt, get("channel_downsampler_t.weight"), get("channel_downsampler_t.bias"));
  }
  for (std::int64_t i = 0; i < s.depth; ++i) {
    x = decode(false, i, x, saved.back(), 0);
    saved.pop_back();
    tell("decoder." + std::to_string(i), x);
    xt = decode(true, i, xt, saved_t.back(), lengths.back());
    saved_t.pop_back();
    lengths.pop_back();
    tell("tdecoder." + std::to_string(i), xt);
  }
  x = x.view({batch, sources, 4, s.nfft / 2, frames}) * spread.unsqueeze(1) + mean.unsqueeze(1);
  const at::Tensor complex = at::view_as_complex(x.view({batch * sources * 2, 2, s.nfft / 2, frames}).permute({0, 2, 3, 1}).contiguous());
  xt = xt.view({batch, sources, 2, s.segment}) * spread_t.unsqueeze(1) + mean_t.unsqueeze(1);
  return (xt + demucs_sound(complex, s.nfft, s.segment).view({batch, sources, 2, s.segment})).narrow(-1, 0, length);
}

}  // namespace figment::neural
