#include "neural/musicgen/random_lm.h"

#include <string>
#include <vector>

#include "neural/random_weights.h"

namespace figment::neural {

std::vector<weights::TensorSpec> random_lm_table(const LmSettings& s) {
  std::vector<weights::TensorSpec> table;
  const std::string body = "decoder.model.decoder.";
  const auto norm = [&](const std::string& name) {
    table.push_back({name + ".weight", {s.width}});
    table.push_back({name + ".bias", {s.width}});
  };
  for (std::int64_t k = 0; k < s.codebooks; ++k) {
    table.push_back({body + "embed_tokens." + std::to_string(k) + ".weight", {s.card + 1, s.width}});
    table.push_back({"decoder.lm_heads." + std::to_string(k) + ".weight", {s.card, s.width}});
  }
  for (std::int64_t n = 0; n < s.layers; ++n) {
    const std::string layer = body + "layers." + std::to_string(n) + ".";
    for (const char* a : {"self_attn", "encoder_attn"}) {
      if (s.prefixed() && std::string(a) == "encoder_attn") continue;
      for (const char* part : {"q_proj", "k_proj", "v_proj", "out_proj"}) table.push_back({layer + a + "." + part + ".weight", {s.width, s.width}});
      norm(layer + a + "_layer_norm");
    }
    norm(layer + "final_layer_norm");
    table.push_back({layer + "fc1.weight", {s.inner, s.width}});
    table.push_back({layer + "fc2.weight", {s.width, s.inner}});
  }
  norm(body + "layer_norm");
  table.push_back({"enc_to_dec_proj.weight", {s.width, s.text_width}});
  table.push_back({"enc_to_dec_proj.bias", {s.width}});
  if (s.prefixed()) {
    table.push_back({"audio_enc_to_dec_proj.weight", {s.width, s.chroma}});
    table.push_back({"audio_enc_to_dec_proj.bias", {s.width}});
  }
  return table;
}

void write_random_lm(const std::filesystem::path& file, const LmSettings& settings, double spread) { write_random_weights(file, random_lm_table(settings), true, spread); }

}  // namespace figment::neural
