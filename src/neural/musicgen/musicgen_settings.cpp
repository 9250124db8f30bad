#include "neural/musicgen/musicgen_settings.h"

#include "base/error.h"
#include "neural/settings.h"

namespace figment::neural {
namespace {

// Hugging Face's files say where the text encoder was taken from, which may be a folder of whoever converted it.
std::string text_model_of(const Facts& encoder, const T5Settings& text) {
  const std::string from = encoder.text("_name_or_path", "");
  if (t5_width(from) == text.width && text.width > 0) return from.starts_with("google-t5/") ? from.substr(10) : from;
  if (text.gated) return "";
  return text.width == 768 ? "t5-base" : text.width == 1024 ? "t5-large" : "";
}

}  // namespace

void check_lm(const LmSettings& lm, const std::string& name) {
  if (lm.width % (2 * lm.heads) != 0) throw Error(ErrorCode::Corrupt, name + " has a width of " + std::to_string(lm.width) + ", which " + std::to_string(lm.heads) + " heads do not divide");
}

void check_parts(const MusicgenSettings& s, const std::string& name) {
  check_lm(s.lm, name);
  const auto differ = [&](const std::string& lm, const std::string& codec) { throw Error(ErrorCode::Corrupt, name + " has " + lm + " in its language model and " + codec + " in its codec", "the two belong to different models"); };
  if (s.lm.codebooks != s.codec.codebooks * s.lm.channels) differ(std::to_string(s.lm.codebooks) + " codebooks", std::to_string(s.codec.codebooks * s.lm.channels));
  if (s.lm.card != s.codec.codebook_size) differ("codebooks of " + std::to_string(s.lm.card) + " entries", "of " + std::to_string(s.codec.codebook_size));
}

MusicgenSettings MusicgenSettings::parse(const nlohmann::json& config, const std::string& name) {
  const Facts facts(config, name);
  for (const char* part : {"decoder", "text_encoder", "audio_encoder"})
    if (!config.contains(part)) facts.fail(std::string("has no part \"") + part + "\", which MusicGen's have");
  const Facts decoder(config["decoder"], name + ", decoder"), encoder(config["text_encoder"], name + ", text_encoder");
  MusicgenSettings s;
  s.text = T5Settings::parse(config["text_encoder"], name + ", text_encoder");
  s.text_model = text_model_of(encoder, s.text);
  s.codec = EncodecSettings::parse(config["audio_encoder"], name + ", audio_encoder");
  s.lm.card = decoder.whole("vocab_size", 2, 1 << 20);
  s.lm.codebooks = decoder.whole("num_codebooks", 1, 64);
  s.lm.width = decoder.whole("hidden_size", 2, 65536);
  s.lm.layers = decoder.whole("num_hidden_layers", 1, 1000);
  s.lm.heads = decoder.whole("num_attention_heads", 1, 1024);
  s.lm.inner = decoder.whole("ffn_dim", 1, 1 << 20);
  s.lm.text_width = s.text.width;
  s.lm.channels = decoder.whole("audio_channels", 1, 2, 1);
  if (const std::string activation = decoder.text("activation_function", "gelu"); activation != "gelu") decoder.fail("says \"activation_function\": \"" + activation + "\"; figment knows gelu");
  if (facts.text("model_type", "") == "musicgen_melody" || config.contains("num_chroma")) {
    s.lm.chroma = facts.whole("num_chroma", 1, 128);
    s.lm.chroma_length = facts.whole("chroma_length", 1, 100'000);
  }
  check_parts(s, name);
  return s;
}

}  // namespace figment::neural
