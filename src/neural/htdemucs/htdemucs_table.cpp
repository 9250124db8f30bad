#include "neural/htdemucs/htdemucs_table.h"

namespace figment::neural {

LayerNames encoder_names(bool time, std::int64_t layer) {
  const std::string name = (time ? "tencoder." : "encoder.") + std::to_string(layer) + ".";
  return {name + "conv", name + "rewrite", name + "dconv.layers."};
}

LayerNames decoder_names(bool time, std::int64_t layer) {
  const std::string name = (time ? "tdecoder." : "decoder.") + std::to_string(layer) + ".";
  return {name + "conv_tr", name + "rewrite", name + "dconv.layers."};
}

std::string transformer_name(bool time, std::int64_t layer) { return (time ? "crosstransformer.layers_t." : "crosstransformer.layers.") + std::to_string(layer) + "."; }

std::vector<weights::TensorSpec> htdemucs_table(const HtdemucsSettings& s) {
  std::vector<weights::TensorSpec> rows;
  const auto pair = [&](const std::string& name, weights::Shape shape, std::int64_t outputs) {
    rows.push_back({name + ".weight", std::move(shape)});
    rows.push_back({name + ".bias", {outputs}});
  };
  const auto dconv = [&](const std::string& name, std::int64_t c) {
    const std::int64_t hidden = c / s.dconv_compress;
    for (std::int64_t d = 0; d < s.dconv_depth; ++d) {
      const std::string at = name + std::to_string(d);
      pair(at + ".0", {hidden, c, 3}, hidden);
      pair(at + ".1", {hidden}, hidden);
      pair(at + ".3", {2 * c, hidden, 1}, 2 * c);
      pair(at + ".4", {2 * c}, 2 * c);
      rows.push_back({at + ".6.scale", {c}});
    }
  };
  const auto sources = static_cast<std::int64_t>(s.sources.size());
  for (const bool time : {false, true})
    for (std::int64_t i = 0; i < s.depth; ++i) {
      const auto shape = [&](std::int64_t out, std::int64_t in, std::int64_t kernel, bool square) { return time ? weights::Shape{out, in, kernel} : weights::Shape{out, in, kernel, square ? kernel : 1}; };
      const LayerNames down = encoder_names(time, i), up = decoder_names(time, s.depth - 1 - i);
      const std::int64_t outer = i > 0 ? s.width(i - 1) : time ? 2 : 4, last = i > 0 ? s.width(i - 1) : (time ? 2 : 4) * sources, inner = s.width(i);
      pair(down.conv, shape(inner, outer, s.kernel, false), inner);
      pair(down.rewrite, shape(2 * inner, inner, 1, false), 2 * inner);
      if (s.dconv_in_encoder) dconv(down.dconv, inner);
      pair(up.rewrite, shape(2 * inner, inner, 3, true), 2 * inner);
      pair(up.conv, shape(inner, last, s.kernel, false), last);
      if (s.dconv_in_decoder) dconv(up.dconv, inner);
    }
  if (s.frequency_embedding != 0) rows.push_back({"freq_emb.embedding.weight", {s.nfft / 2 / s.stride, s.channels}});
  const std::int64_t deep = s.width(s.depth - 1), width = s.width();
  if (s.bottom > 0)
    for (const char* end : {"", "_t"}) {
      pair(std::string("channel_upsampler") + end, {width, deep, 1}, width);
      pair(std::string("channel_downsampler") + end, {deep, width, 1}, deep);
    }
  pair("crosstransformer.norm_in", {width}, width);
  pair("crosstransformer.norm_in_t", {width}, width);
  for (const bool time : {false, true})
    for (std::int64_t l = 0; l < s.layers; ++l) {
      const std::string at = transformer_name(time, l), attention = at + (hears_other(l) ? "cross_attn." : "self_attn.");
      rows.push_back({attention + "in_proj_weight", {3 * width, width}});
      rows.push_back({attention + "in_proj_bias", {3 * width}});
      pair(attention + "out_proj", {width, width}, width);
      pair(at + "linear1", {s.hidden, width}, s.hidden);
      pair(at + "linear2", {width, s.hidden}, width);
      for (const char* norm : {"norm1", "norm2", "norm_out"}) pair(at + norm, {width}, width);
      if (hears_other(l)) pair(at + "norm3", {width}, width);
      for (const char* scale : {"gamma_1.scale", "gamma_2.scale"}) rows.push_back({at + scale, {width}});
    }
  return rows;
}

}  // namespace figment::neural
