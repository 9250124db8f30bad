#include "neural/musicgen/lm_weights.h"

#include "base/error.h"

namespace figment::neural {
namespace {

using weights::Shape;
using weights::Tensor;
using weights::TensorSpec;
using weights::WeightFile;

std::string number(std::int64_t n) { return std::to_string(n); }

// Rows from `first` on, of a matrix.
Tensor rows(const Tensor& matrix, std::int64_t first, std::int64_t count, const std::string& name) {
  if (!matrix.strides.empty()) throw Error(ErrorCode::Unsupported, "the tensor \"" + name + "\" lies in an order that figment cannot take apart", "save it contiguously");
  Tensor part = matrix;
  part.shape[0] = count;
  const std::int64_t width = weights::bytes_of(matrix.dtype, matrix.shape[1]);
  part.bytes = matrix.bytes.subspan(static_cast<std::size_t>(first * width), static_cast<std::size_t>(count * width));
  return part;
}

LmWeights from_hugging_face(const WeightFile& file, const LmSettings& s) {
  const std::string body = "decoder.model.decoder.";
  std::vector<TensorSpec> table{{body + "layer_norm.weight", {s.width}}, {body + "layer_norm.bias", {s.width}}, {"enc_to_dec_proj.weight", {s.width, s.text_width}}, {"enc_to_dec_proj.bias", {s.width}}};
  if (s.prefixed()) table.insert(table.end(), {{"audio_enc_to_dec_proj.weight", {s.width, s.chroma}}, {"audio_enc_to_dec_proj.bias", {s.width}}});
  for (std::int64_t k = 0; k < s.codebooks; ++k) {
    table.push_back({body + "embed_tokens." + number(k) + ".weight", {s.card + 1, s.width}});
    table.push_back({"decoder.lm_heads." + number(k) + ".weight", {s.card, s.width}});
  }
  for (std::int64_t n = 0; n < s.layers; ++n) {
    const std::string layer = body + "layers." + number(n) + ".";
    std::vector<std::string> attentions{"self_attn"}, norms{"self_attn_layer_norm", "final_layer_norm"};
    if (!s.prefixed()) attentions.emplace_back("encoder_attn"), norms.emplace_back("encoder_attn_layer_norm");
    for (const std::string& a : attentions)
      for (const char* part : {"q_proj", "k_proj", "v_proj", "out_proj"}) table.push_back({layer + a + "." + part + ".weight", {s.width, s.width}});
    for (const std::string& norm : norms)
      for (const char* part : {"weight", "bias"}) table.push_back({layer + norm + "." + part, {s.width}});
    table.push_back({layer + "fc1.weight", {s.inner, s.width}});
    table.push_back({layer + "fc2.weight", {s.width, s.inner}});
  }
  weights::check(file, table, "MusicGen's language model");

  const auto norm = [&](const std::string& name) { return LmNorm{file.at(name + ".weight"), file.at(name + ".bias")}; };
  LmWeights w;
  for (std::int64_t k = 0; k < s.codebooks; ++k) {
    w.embeddings.push_back(file.at(body + "embed_tokens." + number(k) + ".weight"));
    w.heads.push_back(file.at("decoder.lm_heads." + number(k) + ".weight"));
  }
  for (std::int64_t n = 0; n < s.layers; ++n) {
    const std::string layer = body + "layers." + number(n) + ".";
    const auto part = [&](const std::string& name) { return file.at(layer + name + ".weight"); };
    LmLayer l;
    l.self_norm = norm(layer + "self_attn_layer_norm");
    l.inner_norm = norm(layer + "final_layer_norm");
    l.q = part("self_attn.q_proj"), l.k = part("self_attn.k_proj"), l.v = part("self_attn.v_proj"), l.out = part("self_attn.out_proj");
    if (!s.prefixed()) {
      l.cross_norm = norm(layer + "encoder_attn_layer_norm");
      l.cross_q = part("encoder_attn.q_proj"), l.cross_k = part("encoder_attn.k_proj"), l.cross_v = part("encoder_attn.v_proj"), l.cross_out = part("encoder_attn.out_proj");
    }
    l.in = part("fc1"), l.back = part("fc2");
    w.layers.push_back(std::move(l));
  }
  w.out_norm = norm(body + "layer_norm");
  w.text_weight = file.at("enc_to_dec_proj.weight"), w.text_bias = file.at("enc_to_dec_proj.bias");
  if (s.prefixed()) w.chroma_weight = file.at("audio_enc_to_dec_proj.weight"), w.chroma_bias = file.at("audio_enc_to_dec_proj.bias");
  return w;
}

LmWeights from_audiocraft(const WeightFile& file, const LmSettings& s, const std::string& prefix) {
  const std::string text = "condition_provider.conditioners.description.output_proj.", melody = "condition_provider.conditioners.self_wav.output_proj.";
  std::vector<TensorSpec> table{{"out_norm.weight", {s.width}}, {"out_norm.bias", {s.width}}, {text + "weight", {s.width, s.text_width}}, {text + "bias", {s.width}}};
  if (s.prefixed()) table.insert(table.end(), {{melody + "weight", {s.width, s.chroma}}, {melody + "bias", {s.width}}});
  for (std::int64_t k = 0; k < s.codebooks; ++k) {
    table.push_back({"emb." + number(k) + ".weight", {s.card + 1, s.width}});
    table.push_back({"linears." + number(k) + ".weight", {s.card, s.width}});
  }
  for (std::int64_t n = 0; n < s.layers; ++n) {
    const std::string layer = "transformer.layers." + number(n) + ".";
    for (const char* a : {"self_attn", "cross_attention"}) {
      if (s.prefixed() && std::string_view(a) == "cross_attention") continue;
      table.push_back({layer + a + ".in_proj_weight", {3 * s.width, s.width}});
      table.push_back({layer + a + ".out_proj.weight", {s.width, s.width}});
    }
    for (const char* norm : {"norm1", "norm2", "norm_cross"}) {
      if (s.prefixed() && std::string_view(norm) == "norm_cross") continue;
      table.push_back({layer + norm + ".weight", {s.width}});
      table.push_back({layer + norm + ".bias", {s.width}});
    }
    table.push_back({layer + "linear1.weight", {s.inner, s.width}});
    table.push_back({layer + "linear2.weight", {s.width, s.inner}});
  }
  weights::check(file, table, "MusicGen's language model", prefix);

  const auto at = [&](const std::string& name) { return file.at(prefix + name); };
  const auto norm = [&](const std::string& name) { return LmNorm{at(name + ".weight"), at(name + ".bias")}; };
  LmWeights w;
  for (std::int64_t k = 0; k < s.codebooks; ++k) {
    w.embeddings.push_back(at("emb." + number(k) + ".weight"));
    w.heads.push_back(at("linears." + number(k) + ".weight"));
  }
  for (std::int64_t n = 0; n < s.layers; ++n) {
    const std::string layer = "transformer.layers." + number(n) + ".";
    LmLayer l;
    l.self_norm = norm(layer + "norm1");
    l.inner_norm = norm(layer + "norm2");
    const auto split = [&](const std::string& name, Tensor& q, Tensor& k, Tensor& v) {
      const Tensor stacked = at(name);
      q = rows(stacked, 0, s.width, name), k = rows(stacked, s.width, s.width, name), v = rows(stacked, 2 * s.width, s.width, name);
    };
    split(layer + "self_attn.in_proj_weight", l.q, l.k, l.v);
    l.out = at(layer + "self_attn.out_proj.weight");
    if (!s.prefixed()) {
      l.cross_norm = norm(layer + "norm_cross");
      split(layer + "cross_attention.in_proj_weight", l.cross_q, l.cross_k, l.cross_v);
      l.cross_out = at(layer + "cross_attention.out_proj.weight");
    }
    l.in = at(layer + "linear1.weight"), l.back = at(layer + "linear2.weight");
    w.layers.push_back(std::move(l));
  }
  w.out_norm = norm("out_norm");
  w.text_weight = at(text + "weight"), w.text_bias = at(text + "bias");
  if (s.prefixed()) w.chroma_weight = at(melody + "weight"), w.chroma_bias = at(melody + "bias");
  return w;
}

}  // namespace

LmWeights lm_weights(std::shared_ptr<const WeightFile> file, const LmSettings& settings) {
  LmWeights w;
  if (file->find("best_state.out_norm.weight") != nullptr) w = from_audiocraft(*file, settings, "best_state.");
  else if (file->find("out_norm.weight") != nullptr) w = from_audiocraft(*file, settings, "");
  else w = from_hugging_face(*file, settings);
  w.file = std::move(file);
  return w;
}

}  // namespace figment::neural
