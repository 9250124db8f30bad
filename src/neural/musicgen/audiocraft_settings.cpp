#include "neural/musicgen/audiocraft_settings.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "neural/musicgen/training_config.h"

namespace figment::neural {
namespace {

constexpr const char* kConfig = "xp.cfg";
constexpr std::int64_t kChromaWindow = 14;       // 2^14 samples, which MelodyChroma takes

[[noreturn]] void unsupported(const TrainingConfig& config, std::string_view path, const std::string& found, const std::string& known) {
  throw Error(ErrorCode::Unsupported, config.name() + " says of " + std::string(path) + " " + found + "; figment knows " + known, "take one of the published MusicGen or AudioGen models");
}

// The value must be the one that our networks are built for. `absent`: what the reference takes it for where it is not there.
void want(const TrainingConfig& config, const char* path, bool known, bool absent) {
  if (config.yes(path, absent) != known) unsupported(config, path, config.has(path) ? config.found(path) : absent ? "nothing, which means true" : "nothing, which means false", known ? "true" : "false");
}
void want(const TrainingConfig& config, const char* path, const char* known, const char* absent) {
  if (config.text(path, absent) != known) unsupported(config, path, config.has(path) ? config.found(path) : std::string("nothing, which means ") + absent, known);
}
void want_number(const TrainingConfig& config, const char* path, double known) {
  if (config.number(path, -1e9, 1e9, known) != known) {
    std::string text = std::to_string(known);
    unsupported(config, path, config.found(path), text.substr(0, text.find('.')));
  }
}
void want_nothing(const TrainingConfig& config, const char* path) {
  if (config.has(path)) unsupported(config, path, config.found(path), "nothing there");
}
void want_empty(const TrainingConfig& config, const char* path) {
  if (const auto all = config.texts(path); !all.empty()) unsupported(config, path, "\"" + all.front() + "\"", "nothing there");
}

std::string listed(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& one : all) text += (text.empty() ? "" : ", ") + one;
  return "[" + text + "]";
}
std::string listed(const std::vector<std::int64_t>& all) {
  std::vector<std::string> texts;
  for (const std::int64_t one : all) texts.push_back(std::to_string(one));
  return listed(texts);
}

void read_transformer(const TrainingConfig& c, LmSettings& lm) {
  if (!c.has("lm_model") && c.has("compression_model")) throw Error(ErrorCode::Corrupt, c.name() + " holds a codec's training configuration; wanted is a language model's", "the language model is in state_dict.bin");
  want(c, "lm_model", "transformer_lm", "no language model");
  lm.width = c.whole("transformer_lm.dim", 2, 65536);
  lm.heads = c.whole("transformer_lm.num_heads", 1, 1024);
  lm.layers = c.whole("transformer_lm.num_layers", 1, 1000);
  lm.codebooks = c.whole("transformer_lm.n_q", 1, 64);
  lm.card = c.whole("transformer_lm.card", 2, 1 << 20);
  const double inner = std::floor(c.number("transformer_lm.hidden_scale", 0.001, 64, 4) * static_cast<double>(lm.width));
  if (inner < 1 || inner > (1 << 20)) c.fail("transformer_lm.hidden_scale", "an inner width of 1 to 1048576");
  lm.inner = static_cast<std::int64_t>(inner);
  want(c, "transformer_lm.activation", "gelu", "relu");
  want(c, "transformer_lm.norm", "layer_norm", "layer_norm");
  want(c, "transformer_lm.norm_first", true, false);
  want(c, "transformer_lm.causal", true, false);
  for (const char* bias : {"transformer_lm.bias_ff", "transformer_lm.bias_attn", "transformer_lm.bias_proj"}) want(c, bias, false, true);
  for (const char* norm : {"transformer_lm.qk_layer_norm", "transformer_lm.qk_layer_norm_cross"}) want(c, norm, false, false);
  want(c, "transformer_lm.positional_embedding", "sin", "sin");
  want_number(c, "transformer_lm.max_period", 10'000);
  want_number(c, "transformer_lm.positional_scale", 1);
  want_number(c, "transformer_lm.kv_repeat", 1);
  want_nothing(c, "transformer_lm.layer_scale");
  want_nothing(c, "transformer_lm.past_context");
}

void read_pattern(const TrainingConfig& c, LmSettings& lm) {
  const bool stereo = c.yes("interleave_stereo_codebooks.use", false);
  lm.channels = stereo ? 2 : 1;
  if (stereo) want(c, "interleave_stereo_codebooks.per_timestep", false, false);
  if (lm.codebooks % lm.channels != 0) c.fail("transformer_lm.n_q", "an even number, as both channels have as many codebooks");
  std::vector<std::int64_t> delays(static_cast<std::size_t>(lm.codebooks)), known(delays.size());
  for (std::size_t k = 0; k < known.size(); ++k) delays[k] = static_cast<std::int64_t>(k), known[k] = static_cast<std::int64_t>(k) / lm.channels;
  if (c.has("codebooks_pattern.modeling")) {
    want(c, "codebooks_pattern.modeling", "delay", "");
    if (c.has("codebooks_pattern.delay.delays")) delays = c.wholes("codebooks_pattern.delay.delays", 0, 1000);
    want_number(c, "codebooks_pattern.delay.flatten_first", 0);
    want_number(c, "codebooks_pattern.delay.empty_initial", 0);
  } else {
    want(c, "transformer_lm.q_modeling", "delay", "no pattern of the codebooks");        // where it was said before 2023-06
  }
  if (delays != known) unsupported(c, "codebooks_pattern.delay.delays", listed(delays), listed(known) + " for " + std::to_string(lm.codebooks) + (stereo ? " codebooks in stereo" : " codebooks"));
}

void read_text(const TrainingConfig& c, MusicgenSettings& s) {
  want(c, "conditioners.description.model", "t5", "no text encoder");
  s.text_model = c.text("conditioners.description.t5.name");
  s.text.width = s.lm.text_width = t5_width(s.text_model);
  if (s.text.width == 0) unsupported(c, "conditioners.description.t5.name", c.found("conditioners.description.t5.name"), "t5-small, t5-base, t5-large, t5-3b, t5-11b, and google/flan-t5-small, -base, -large");
  // A text encoder that was trained along is not the published one; and normalized text wants a lemmatizer.
  want(c, "conditioners.description.t5.finetune", false, false);
  want(c, "conditioners.description.t5.normalize_text", false, false);
}

void read_melody(const TrainingConfig& c, MusicgenSettings& s) {
  want(c, "conditioners.self_wav.model", "chroma_stem", "no melody");
  s.lm.chroma = c.whole("conditioners.self_wav.chroma_stem.n_chroma", 1, 128);
  const std::int64_t rate = c.whole("conditioners.self_wav.chroma_stem.sample_rate", 1000, 192'000);
  if (rate != s.codec.rate) unsupported(c, "conditioners.self_wav.chroma_stem.sample_rate", std::to_string(rate), "the sound's, " + std::to_string(s.codec.rate));
  want_number(c, "conditioners.self_wav.chroma_stem.radix2_exp", kChromaWindow);
  want(c, "conditioners.self_wav.chroma_stem.argmax", true, false);
  for (const char* own : {"conditioners.self_wav.chroma_stem.nfft", "conditioners.self_wav.chroma_stem.winlen", "conditioners.self_wav.chroma_stem.winhop", "conditioners.self_wav.chroma_stem.norm"}) want_nothing(c, own);
  // A spectrum every quarter of a window, of centred frames; of at least one window.
  const std::int64_t window = std::int64_t{1} << kChromaWindow, samples = static_cast<std::int64_t>(static_cast<double>(rate) * s.window_seconds);
  s.lm.chroma_length = 1 + std::max(samples, window) / (window / 4);
}

// Words are attended to across, or stand before the tokens with a melody before them.
void read_conditions(const TrainingConfig& c, MusicgenSettings& s) {
  for (const std::string& condition : c.names("conditioners"))
    if (condition != "description" && condition != "self_wav" && condition != "args") unsupported(c, "conditioners", "\"" + condition + "\" among others", "description and self_wav");
  read_text(c, s);
  if (c.has("conditioners.self_wav")) read_melody(c, s);
  const auto across = c.texts("fuser.cross");
  auto before = c.texts("fuser.prepend");
  std::sort(before.begin(), before.end());             // their order comes from elsewhere
  const std::vector<std::string> words{"description"}, both{"description", "self_wav"};
  const std::string known = s.lm.prefixed() ? "[] where there is a melody" : "[description] where there is no melody";
  if (across != (s.lm.prefixed() ? std::vector<std::string>{} : words)) unsupported(c, "fuser.cross", listed(across), known);
  if (before != (s.lm.prefixed() ? both : std::vector<std::string>{})) unsupported(c, "fuser.prepend", listed(before), s.lm.prefixed() ? "[self_wav, description] where there is a melody" : "[] where there is no melody");
  if (s.lm.prefixed()) want(c, "transformer_lm.cross_attention", false, false);
  for (const char* other : {"fuser.sum", "fuser.input_interpolate", "fuser.ignore"}) want_empty(c, other);
  want(c, "fuser.cross_attention_pos_emb", false, false);
}

std::string prefix_of(const weights::WeightFile& file) { return file.find("best_state.out_norm.weight") != nullptr ? "best_state." : ""; }

std::string_view config_of(const weights::WeightFile& file, const char* whose) {
  const auto text = file.text(kConfig);
  if (!text) throw Error(ErrorCode::NotFound, file.path().string() + " holds no training configuration (" + kConfig + "), in which the sizes of " + whose + " are written", "it is no checkpoint that audiocraft exported: get it again, or one with a config.json");
  return *text;
}

}  // namespace

MusicgenSettings parse_audiocraft_lm(std::string_view config, const std::string& name) {
  const TrainingConfig c = TrainingConfig::parse(config, name);
  MusicgenSettings s;
  read_transformer(c, s.lm);
  read_pattern(c, s.lm);
  s.codec.names = EncodecNames::Audiocraft;
  s.codec.rate = c.whole("sample_rate", 1000, 192'000);
  s.codec.codebook_size = s.lm.card;
  s.codec.codebooks = s.lm.codebooks / s.lm.channels;
  s.codec.channels = c.whole("channels", 1, 2, s.lm.channels);
  if (s.lm.channels == 2) {
    if (s.codec.channels != 2) c.fail("channels", "2, as the codebooks of two channels are interleaved");
    s.codec.channels = 1;                              // left and right are coded apart
  }
  if (const std::int64_t used = c.whole("compression_model_n_q", 1, 64, s.codec.codebooks); used != s.codec.codebooks)
    c.fail("compression_model_n_q", std::to_string(s.codec.codebooks) + ", as the language model has " + std::to_string(s.lm.codebooks) + " codebooks for " + std::to_string(s.lm.channels) + " channel(s)");
  s.window_seconds = c.number("dataset.segment_duration", 0.1, 600);
  const bool audiogen = c.text("solver", "musicgen") == "audiogen" || s.codec.rate == 16'000;
  s.stride_seconds = audiogen ? kAudiogenStride : kMusicgenStride;
  if (s.stride_seconds >= s.window_seconds) s.stride_seconds = s.window_seconds * kMusicgenStride / kMusicgenWindow;
  s.guidance = c.number("classifier_free_guidance.inference_coef", 0, 100, 3);
  read_conditions(c, s);
  check_lm(s.lm, name);
  return s;
}

EncodecSettings parse_audiocraft_codec(std::string_view config, const std::string& name) {
  const TrainingConfig c = TrainingConfig::parse(config, name);
  if (!c.has("compression_model") && c.has("lm_model")) throw Error(ErrorCode::Corrupt, name + " holds a language model's training configuration; wanted is a codec's", "the codec is in compression_state_dict.bin");
  want(c, "compression_model", "encodec", "no codec");
  want(c, "encodec.autoencoder", "seanet", "no network");
  want(c, "encodec.quantizer", "rvq", "no quantizer");
  want(c, "encodec.renormalize", false, false);
  EncodecSettings s;
  s.names = EncodecNames::Audiocraft;
  s.rate = c.whole("encodec.sample_rate", 1000, 192'000);
  s.channels = c.whole("encodec.channels", 1, 2);
  if (const std::int64_t own = c.whole("seanet.channels", 1, 2, 1); own != s.channels) c.fail("seanet.channels", std::to_string(s.channels) + ", as encodec.channels says");
  s.width = c.whole("seanet.dimension", 1, 65536);
  s.filters = c.whole("seanet.n_filters", 1, 4096);
  s.residual_layers = c.whole("seanet.n_residual_layers", 1, 16);
  s.ratios = c.wholes("seanet.ratios", 1, 64);
  if (s.ratios.size() > 16 || !ratios_are_sensible(s.ratios)) c.fail("seanet.ratios", "one of at most 16 numbers whose product is at most " + std::to_string(kLongestHop));
  s.kernel = c.whole("seanet.kernel_size", 1, 255, 7);
  s.last_kernel = c.whole("seanet.last_kernel_size", 1, 255, 7);
  s.residual_kernel = c.whole("seanet.residual_kernel_size", 1, 255, 3);
  s.dilation_base = c.whole("seanet.dilation_base", 1, 16, 2);
  s.compress = c.whole("seanet.compress", 1, 64, 2);
  s.lstm_layers = c.whole("seanet.lstm", 0, 16, 0);
  s.causal = c.yes("seanet.causal", false);
  s.convolved_shortcut = !c.yes("seanet.true_skip", true);
  s.trim_right = c.number("seanet.decoder.trim_right_ratio", 0, 1, 1);
  const std::string padding = c.text("seanet.pad_mode", "reflect");
  if (padding != "reflect" && padding != "constant") unsupported(c, "seanet.pad_mode", c.found("seanet.pad_mode"), "reflect and constant");
  s.padding = padding == "reflect" ? Padding::Reflect : Padding::Zeros;
  want(c, "seanet.norm", "weight_norm", "none");
  if (!c.names("seanet.norm_params").empty()) unsupported(c, "seanet.norm_params", c.found("seanet.norm_params"), "none");
  want_number(c, "seanet.disable_norm_outer_blocks", 0);
  want(c, "seanet.activation", "ELU", "ELU");
  want_number(c, "seanet.activation_params.alpha", 1);
  want_nothing(c, "seanet.decoder.final_activation");
  // Either half may be given sizes of its own.
  for (const char* half : {"seanet.encoder", "seanet.decoder"})
    for (const std::string& key : c.names(half))
      if (!key.starts_with("final_activation") && !(key == "trim_right_ratio" && std::string_view(half) == "seanet.decoder")) unsupported(c, half, "\"" + key + "\" among others", "encoders and decoders of the same sizes");
  s.codebooks = c.whole("rvq.n_q", 1, 1024);
  s.codebook_size = c.whole("rvq.bins", 2, 1 << 20);
  return s;
}

std::string audiocraft_codec_elsewhere(const weights::WeightFile& codec) { return std::string(codec.text("pretrained").value_or("")); }

EncodecSettings audiocraft_codec(const weights::WeightFile& codec) {
  if (const std::string other = audiocraft_codec_elsewhere(codec); !other.empty())
    throw Error(ErrorCode::NotFound, codec.path().string() + " holds no codec, it only names one: " + other.substr(0, 200), "install that model too: figment models lists what there is");
  return parse_audiocraft_codec(config_of(codec, "the codec"), codec.path().string());
}

MusicgenSettings audiocraft_settings(const weights::WeightFile& lm, const EncodecSettings& codec) {
  const std::string name = lm.path().string();
  MusicgenSettings s = parse_audiocraft_lm(config_of(lm, "the language model"), name);
  if (const weights::Tensor* in = lm.find(prefix_of(lm) + "condition_provider.conditioners.description.output_proj.weight"); in != nullptr && in->shape.size() == 2) s.lm.text_width = s.text.width = in->shape[1];
  if (s.codec.rate != codec.rate || s.codec.channels != codec.channels)
    throw Error(ErrorCode::Corrupt, name + " was made for a codec of " + std::to_string(s.codec.rate) + " Hz and " + std::to_string(s.codec.channels) + " channel(s), and this one has " + std::to_string(codec.rate) + " Hz and " + std::to_string(codec.channels), "it is another model's");
  const std::int64_t used = s.codec.codebooks;
  s.codec = codec;
  // Residual codebooks: the first ones do without the others.
  if (used < codec.codebooks) s.codec.codebooks = used;
  check_parts(s, name);
  return s;
}

}  // namespace figment::neural
