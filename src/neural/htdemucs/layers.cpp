#include "neural/htdemucs/layers.h"

#include <ATen/ATen.h>

#include "neural/fast/activations.h"
#include "neural/htdemucs/group_norm.h"
#include "neural/htdemucs/htdemucs_table.h"
#include "neural/parallel.h"

namespace figment::neural {
namespace {

constexpr std::int64_t kStretch = 512;   // places that a thread takes

struct Named {
  const weights::WeightFile& file;
  std::string prefix;
  [[nodiscard]] at::Tensor operator()(const std::string& name) const { return tensor(file, prefix + name); }
};

PackedMatrix packed(const at::Tensor& matrix, const at::Tensor& bias, bool bfloats) {   // [inputs][outputs]
  const at::Tensor whole = matrix.contiguous();
  return {{whole.data_ptr<float>(), static_cast<std::size_t>(whole.numel())}, whole.size(0), whole.size(1), numbers(bias), bfloats};
}

// [outputs][inputs][kernel …] to [kernel … · inputs][outputs].
PackedMatrix convolution(const at::Tensor& weight, const at::Tensor& bias, bool bfloats) {
  at::Tensor w = weight;
  if (w.dim() == 2) w = w.unsqueeze(2);
  std::vector<std::int64_t> order;
  for (std::int64_t d = 2; d < w.dim(); ++d) order.push_back(d);
  order.push_back(1), order.push_back(0);
  return packed(w.permute(order).reshape({-1, w.size(0)}), bias, bfloats && w.size(1) % 2 == 0);
}

std::vector<ResidualLayer> load_residual(const HtdemucsSettings& s, const Named& get, const std::string& name) {
  std::vector<ResidualLayer> layers;
  for (std::int64_t d = 0; d < s.dconv_depth; ++d) {
    const std::string at_layer = name + std::to_string(d);
    ResidualLayer layer;
    layer.narrow = convolution(get(at_layer + ".0.weight"), get(at_layer + ".0.bias"), false);
    layer.norm = numbers(get(at_layer + ".1.weight")), layer.norm_bias = numbers(get(at_layer + ".1.bias"));
    layer.wide = convolution(get(at_layer + ".3.weight"), get(at_layer + ".3.bias"), false);
    layer.wide_norm = numbers(get(at_layer + ".4.weight")), layer.wide_norm_bias = numbers(get(at_layer + ".4.bias"));
    layer.gain = numbers(get(at_layer + ".6.scale"));
    layer.dilation = std::int64_t{1} << d;
    layers.push_back(std::move(layer));
  }
  return layers;
}

Windows three_places(std::int64_t channels, std::int64_t dilation) { return {3, channels, dilation * channels, channels}; }

std::size_t size_of(std::int64_t n) { return static_cast<std::size_t>(n); }

}  // namespace

std::int64_t strip_margin(const HtdemucsSettings& s) noexcept { return s.dconv_depth > 0 ? std::int64_t{1} << (s.dconv_depth - 1) : 1; }

PackedMatrix load_product(const weights::WeightFile& file, const std::string& name, bool bfloats) {
  const Named get{file, htdemucs_prefix(file)};
  return convolution(get(name + ".weight"), get(name + ".bias"), bfloats);
}

EncoderLayer load_encoder(const HtdemucsSettings& s, const weights::WeightFile& file, bool time, std::int64_t index, bool bfloats) {
  const Named get{file, htdemucs_prefix(file)};
  const LayerNames names = encoder_names(time, index);
  return {load_product(file, names.conv, bfloats && index > 0), load_product(file, names.rewrite, bfloats), s.dconv_in_encoder ? load_residual(s, get, names.dconv) : std::vector<ResidualLayer>()};
}

DecoderLayer load_decoder(const HtdemucsSettings& s, const weights::WeightFile& file, bool time, std::int64_t index, bool bfloats) {
  const Named get{file, htdemucs_prefix(file)};
  const LayerNames names = decoder_names(time, index);
  DecoderLayer layer{load_product(file, names.rewrite, bfloats), s.dconv_in_decoder ? load_residual(s, get, names.dconv) : std::vector<ResidualLayer>(), {}};
  const at::Tensor weight = get(names.conv + ".weight"), w = weight.dim() == 4 ? weight.squeeze(3) : weight, bias = get(names.conv + ".bias");   // [inputs][outputs][kernel]
  for (std::int64_t p = 0; p < s.stride; ++p) layer.phases.push_back(packed(at::cat({w.select(2, p + s.stride), w.select(2, p)}, 0), bias, bfloats && w.size(0) % 2 == 0));
  return layer;
}

void add_residual(const std::vector<ResidualLayer>& layers, float* strip, std::int64_t places, std::int64_t channels, std::vector<float>& few, std::vector<float>& many) {
  for (const ResidualLayer& layer : layers) {
    const std::int64_t hidden = layer.narrow.outputs();
    few.resize(std::max(few.size(), size_of(places * hidden)));
    many.resize(std::max(many.size(), size_of(places * 2 * channels)));
    layer.narrow.times(three_places(channels, layer.dilation), strip - layer.dilation * channels, places, few.data(), hidden);
    const GroupNorm norm = group_norm(moments(few.data(), places * hidden), places * hidden, layer.norm, layer.norm_bias);
    scale_gelu(few.data(), places, hidden, norm.scale.data(), norm.shift.data());
    layer.wide.times({1, hidden, 0, hidden}, few.data(), places, many.data(), 2 * channels);
    const GroupNorm wide = group_norm(moments(many.data(), places * 2 * channels), places * 2 * channels, layer.wide_norm, layer.wide_norm_bias);
    add_scaled_glu(many.data(), places, channels, wide.scale.data(), wide.shift.data(), layer.gain.data(), strip, channels);
  }
}

void add_residual_together(const std::vector<ResidualLayer>& layers, float* strip, std::int64_t places, std::int64_t channels, std::vector<float>& few) {
  const std::int64_t stretches = (places + kStretch - 1) / kStretch;
  std::vector<Moments> parts(size_of(stretches));
  const auto in_stretches = [&](const auto& work) {
    for_each_part(stretches, [&](std::int64_t i) { work(i, i * kStretch, std::min(places, (i + 1) * kStretch) - i * kStretch); });
    Moments all;
    for (const Moments& part : parts) all.add(part);
    return all;
  };
  for (const ResidualLayer& layer : layers) {
    const std::int64_t hidden = layer.narrow.outputs();
    few.resize(std::max(few.size(), size_of(places * hidden)));
    const Moments narrow = in_stretches([&](std::int64_t i, std::int64_t from, std::int64_t count) {
      layer.narrow.times(three_places(channels, layer.dilation), strip + (from - layer.dilation) * channels, count, few.data() + from * hidden, hidden);
      parts[size_of(i)] = moments(few.data() + from * hidden, count * hidden);
    });
    const GroupNorm norm = group_norm(narrow, places * hidden, layer.norm, layer.norm_bias);
    // The wide product is done twice: its numbers would not stay in the cache until the norm is known.
    static thread_local std::vector<float> many;
    const auto widen = [&](std::int64_t from, std::int64_t count) {
      many.resize(std::max(many.size(), size_of(kStretch * 2 * channels)));
      layer.wide.times({1, hidden, 0, hidden}, few.data() + from * hidden, count, many.data(), 2 * channels);
    };
    const Moments outer = in_stretches([&](std::int64_t i, std::int64_t from, std::int64_t count) {
      scale_gelu(few.data() + from * hidden, count, hidden, norm.scale.data(), norm.shift.data());
      widen(from, count);
      parts[size_of(i)] = moments(many.data(), count * 2 * channels);
    });
    const GroupNorm wide = group_norm(outer, places * 2 * channels, layer.wide_norm, layer.wide_norm_bias);
    in_stretches([&](std::int64_t, std::int64_t from, std::int64_t count) {
      widen(from, count);
      add_scaled_glu(many.data(), count, channels, wide.scale.data(), wide.shift.data(), layer.gain.data(), strip + from * channels, channels);
    });
  }
}

}  // namespace figment::neural
