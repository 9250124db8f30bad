#include "neural/musicgen/musicgen_settings.h"

#include "neural/settings.h"

namespace figment::neural {

MusicgenSettings MusicgenSettings::parse(const nlohmann::json& config, const std::string& name) {
  const Facts facts(config, name);
  for (const char* part : {"decoder", "text_encoder", "audio_encoder"})
    if (!config.contains(part)) facts.fail(std::string("has no part \"") + part + "\", which MusicGen's have");
  const Facts decoder(config["decoder"], name + ", decoder");
  MusicgenSettings s;
  s.text = T5Settings::parse(config["text_encoder"], name + ", text_encoder");
  s.codec = EncodecSettings::parse(config["audio_encoder"], name + ", audio_encoder");
  s.lm.card = decoder.whole("vocab_size", 2, 1 << 20);
  s.lm.codebooks = decoder.whole("num_codebooks", 1, 64);
  s.lm.width = decoder.whole("hidden_size", 2, 65536);
  s.lm.layers = decoder.whole("num_hidden_layers", 1, 1000);
  s.lm.heads = decoder.whole("num_attention_heads", 1, 1024);
  s.lm.inner = decoder.whole("ffn_dim", 1, 1 << 20);
  s.lm.text_width = s.text.width;
  s.lm.channels = decoder.whole("audio_channels", 1, 2, 1);
  if (s.lm.width % (2 * s.lm.heads) != 0) decoder.fail("has a width of " + std::to_string(s.lm.width) + ", which " + std::to_string(s.lm.heads) + " heads do not divide");
  if (const std::string activation = decoder.text("activation_function", "gelu"); activation != "gelu") decoder.fail("says \"activation_function\": \"" + activation + "\"; figment knows gelu");
  if (facts.text("model_type", "") == "musicgen_melody" || config.contains("num_chroma")) {
    s.lm.chroma = facts.whole("num_chroma", 1, 128);
    s.lm.chroma_length = facts.whole("chroma_length", 1, 100'000);
  }
  if (s.lm.codebooks != s.codec.codebooks * s.lm.channels)
    facts.fail("has " + std::to_string(s.lm.codebooks) + " codebooks in its decoder and " + std::to_string(s.codec.codebooks * s.lm.channels) + " in its codec");
  if (s.lm.card != s.codec.codebook_size) facts.fail("has codebooks of " + std::to_string(s.lm.card) + " entries in its decoder and of " + std::to_string(s.codec.codebook_size) + " in its codec");
  return s;
}

}  // namespace figment::neural
