// A folder as facebook/musicgen-small's: the three networks at their real sizes in one file, with random numbers. For
// "figment models add" and "figment generate": what the whole program costs does not depend on what the networks learned.
#include <fstream>

#include "neural/encodec/encodec.h"
#include "neural/musicgen/random_lm.h"
#include "neural/random_weights.h"
#include "neural/t5/t5.h"
#include "parts.h"

namespace figment::bench {

void whole_model(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  neural::T5Settings text;
  text.vocabulary = 32128, text.width = 768, text.head_width = 64, text.inner = 3072, text.blocks = 12, text.heads = 12;
  auto table = neural::random_lm_table({});
  for (weights::TensorSpec& t : neural::T5Encoder::table(text)) t.name = "text_encoder." + t.name, table.push_back(t);
  for (weights::TensorSpec& t : neural::Encodec::table({})) {
    if (t.name.ends_with(".conv.weight")) t.optional = false;
    t.name = "audio_encoder." + t.name;
    table.push_back(t);
  }
  neural::write_random_weights(folder / "model.safetensors", table, false);
  std::ofstream(folder / "config.json") << R"({"model_type": "musicgen",
 "decoder": {"vocab_size": 2048, "num_codebooks": 4, "hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "ffn_dim": 4096, "activation_function": "gelu"},
 "text_encoder": {"vocab_size": 32128, "d_model": 768, "d_kv": 64, "d_ff": 3072, "num_layers": 12, "num_heads": 12, "feed_forward_proj": "relu"},
 "audio_encoder": {"sampling_rate": 32000, "audio_channels": 1, "num_filters": 64, "hidden_size": 128, "upsampling_ratios": [8, 5, 4, 4], "codebook_size": 2048,
  "target_bandwidths": [2.2], "use_causal_conv": false, "use_conv_shortcut": false}}
)";
  std::filesystem::copy_file(std::filesystem::path(FIGMENT_SOURCE_DIR) / "tests" / "data" / "tokenizer" / "spiece.model", folder / "spiece.model", std::filesystem::copy_options::overwrite_existing);
  std::printf("%s: figment models add big %s --licence MIT --link, then figment generate \"…\" --engine big\n", folder.c_str(), folder.c_str());
}

}  // namespace figment::bench
