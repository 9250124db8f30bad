// The sizes of the published networks are read from configurations with their structure and sizes, and every way in which one can ask for
// another network, or be broken, is told by the name of its key.
#include "neural/musicgen/audiocraft_settings.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "neural/musicgen/training_config.h"
#include "storage/files.h"
#include "storage/test_folder.h"
#include "weights/test_files.h"

namespace figment::neural {
namespace {

namespace fs = std::filesystem;
namespace wt = weights::testing;
using weights::WeightFile;

// The published structure of a language model's configuration; around it, what training needed.
constexpr const char* kLmConfig = R"(
device: cuda
dtype: float16
autocast: true
seed: 2036
continue_from: null
execute_only:
label: ~
logging: {level: INFO, log_updates: 10}
slurm:
  gpus: 64
  exclude: ''
  setup: []
dora:
  dir: /checkpoint/${oc.env:USER}/outputs
  exclude: &excluded
  - device
  - wandb.*
  - [nested, [lists, [of, lists]]]
also_excluded: *excluded
solver: musicgen
sample_rate: 32000
channels: 1
compression_model_checkpoint: //pretrained/facebook/encodec_32khz
compression_model_n_q: null
tokens:
  padding_with_special_token: false
interleave_stereo_codebooks:
  use: false
  per_timestep: false
dataset:
  batch_size: 192
  segment_duration: 30
  train: {num_samples: 1000000, merge_text_p: 0.25}
metrics:
  chroma_cosine:
    chroma_base: {sample_rate: '${sample_rate}', n_chroma: 12}
generate:
  lm: {use_sampling: true, temp: 1.0, top_k: 250, top_p: 0.0}
optim: {epochs: 500, lr: 1, adam: {betas: [0.9, 0.95], eps: 1.0e-08}}
lm_model: transformer_lm
codebooks_pattern:
  modeling: delay
  delay:
    delays:
    - 0
    - 1
    - 2
    - 3
    flatten_first: 0
    empty_initial: 0
  unroll: {flattening: [0, 1, 2, 3], delays: [0, 0, 0, 0]}
  music_lm: {group_by: 2}
  coarse_first: {delays: [0, 0, 0]}
transformer_lm:
  dim: 1024
  num_heads: 16
  num_layers: 24
  hidden_scale: 4
  n_q: 4
  card: 2048
  dropout: 0.0
  emb_lr: null
  activation: gelu
  norm_first: true
  bias_ff: false
  bias_attn: false
  bias_proj: false
  past_context: null
  causal: true
  custom: false
  memory_efficient: true
  attention_as_float32: false
  layer_scale: null
  positional_embedding: sin
  xpos: false
  checkpointing: none
  weight_init: gaussian
  depthwise_init: current
  zero_bias_init: true
  norm: layer_norm
  cross_attention: false
  qk_layer_norm: false
  qk_layer_norm_cross: false
  attention_dropout: null
  kv_repeat: 1
  two_step_cfg: false
classifier_free_guidance:
  training_dropout: 0.3
  inference_coef: 3.0
attribute_dropout: {}
fuser:
  cross_attention_pos_emb: false
  cross_attention_pos_emb_scale: 1
  sum: []
  prepend: []
  cross:
  - description
  input_interpolate: []
conditioners:
  description:
    model: t5
    t5:
      name: t5-base
      finetune: false
      word_dropout: 0.3
      normalize_text: false
)";

// As OmegaConf writes it: with the references that were in its parts.
constexpr const char* kCodecConfig = R"(
device: cuda
solver: compression
sample_rate: 32000
channels: 1
losses: {adv: 4.0, feat: 4.0, l1: 0.1, mel: 0.0}
mel: {sample_rate: '${sample_rate}', n_fft: 1024, f_max: null}
compression_model: encodec
encodec:
  autoencoder: seanet
  quantizer: rvq
  sample_rate: ${sample_rate}
  channels: ${channels}
  causal: false
  renormalize: false
seanet:
  dimension: 128
  channels: ${channels}
  causal: ${encodec.causal}
  n_filters: 64
  n_residual_layers: 1
  ratios:
  - 8
  - 5
  - 4
  - 4
  activation: ELU
  activation_params:
    alpha: 1.0
  norm: weight_norm
  norm_params: {}
  kernel_size: 7
  residual_kernel_size: 3
  last_kernel_size: 7
  dilation_base: 2
  pad_mode: constant
  true_skip: true
  compress: 2
  lstm: 2
  disable_norm_outer_blocks: 0
  decoder:
    trim_right_ratio: 1.0
    final_activation: null
    final_activation_params: null
  encoder: {}
rvq:
  n_q: 4
  q_dropout: false
  bins: 2048
  decay: 0.99
no_quant: {}
)";

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::string lm_of(int dim, int heads, int layers) {
  return changed(changed(changed(kLmConfig, "dim: 1024", "dim: " + std::to_string(dim)), "num_heads: 16", "num_heads: " + std::to_string(heads)), "num_layers: 24", "num_layers: " + std::to_string(layers));
}

constexpr const char* kMelody = R"(conditioners:
  args:
    merge_text_conditions_p: 0.25
    drop_desc_p: 0.5
  self_wav:
    model: chroma_stem
    chroma_stem:
      sample_rate: ${sample_rate}
      n_chroma: 12
      radix2_exp: 14
      argmax: true
      match_len_on_eval: false
      eval_wavs: null
      n_eval_wavs: 100
      cache_path: null
)";

std::string melody_of(std::string text) {
  text = changed(changed(std::move(text), "conditioners:\n", kMelody), "  prepend: []\n", "  prepend: [self_wav, description]\n");
  return changed(std::move(text), "  cross:\n  - description\n", "  cross: []\n");
}

std::string stereo_of(std::string text) {
  text = changed(changed(std::move(text), "  use: false\n", "  use: true\n"), "channels: 1\n", "channels: 2\n");
  return changed(changed(std::move(text), "  n_q: 4\n", "  n_q: 8\n"), "    - 0\n    - 1\n    - 2\n    - 3\n", "    - 0\n    - 0\n    - 1\n    - 1\n    - 2\n    - 2\n    - 3\n    - 3\n");
}

std::string audiogen() {
  return changed(changed(changed(changed(lm_of(1536, 24, 48), "solver: musicgen", "solver: audiogen"), "sample_rate: 32000", "sample_rate: 16000"), "segment_duration: 30", "segment_duration: 10"), "name: t5-base", "name: t5-large");
}

template <typename Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "no error";
  return {ErrorCode::Cancelled, ""};
}

TEST(AudiocraftSettings, TheSizesOfThePublishedMusicgens) {
  struct Published {
    int dim, heads, layers;
  };
  for (const Published& p : {Published{1024, 16, 24}, Published{1536, 24, 48}, Published{2048, 32, 48}}) {
    const MusicgenSettings s = parse_audiocraft_lm(lm_of(p.dim, p.heads, p.layers), "x");
    LmSettings wanted;
    wanted.width = p.dim, wanted.heads = p.heads, wanted.layers = p.layers, wanted.inner = 4 * p.dim;
    EXPECT_TRUE(s.lm == wanted) << p.dim;
    EXPECT_EQ(s.text_model, "t5-base");
    EXPECT_EQ(s.text.width, 768);
    EXPECT_EQ(s.codec.rate, 32000);
    EXPECT_EQ(s.codec.channels, 1);
    EXPECT_EQ(s.window_seconds, 30);
    EXPECT_EQ(s.stride_seconds, 18);
    EXPECT_EQ(s.guidance, 3);
  }
}

TEST(AudiocraftSettings, AudiogenHasALargerTextEncoderAndShorterWindows) {
  const MusicgenSettings s = parse_audiocraft_lm(audiogen(), "x");
  EXPECT_EQ(s.text_model, "t5-large");
  EXPECT_EQ(s.lm.text_width, 1024);
  EXPECT_EQ(s.lm.width, 1536);
  EXPECT_FALSE(s.lm.prefixed());
  EXPECT_EQ(s.codec.rate, 16000);
  EXPECT_EQ(s.window_seconds, 10);
  EXPECT_EQ(s.stride_seconds, 2);
  const EncodecSettings codec = parse_audiocraft_codec(changed(changed(kCodecConfig, "sample_rate: 32000", "sample_rate: 16000"), "  - 8\n  - 5\n  - 4\n  - 4\n", "  - 8\n  - 5\n  - 4\n  - 2\n"), "x");
  EXPECT_EQ(codec.rate / codec.hop(), 50);
}

// 30 s of spectra every 4096 samples, centred: 235, as the published config.json of musicgen-melody says, too.
TEST(AudiocraftSettings, AMelodyStandsBeforeTheTokens) {
  const MusicgenSettings s = parse_audiocraft_lm(melody_of(lm_of(1536, 24, 48)), "x");
  EXPECT_TRUE(s.lm.prefixed());
  EXPECT_EQ(s.lm.chroma, 12);
  EXPECT_EQ(s.lm.chroma_length, 235);
  const std::string other_way = changed(melody_of(kLmConfig), "[self_wav, description]", "[description, self_wav]");
  EXPECT_EQ(parse_audiocraft_lm(other_way, "x").lm.chroma, 12);
  // Sound shorter than a spectrum's window is filled up to one.
  EXPECT_EQ(parse_audiocraft_lm(changed(melody_of(kLmConfig), "segment_duration: 30", "segment_duration: 0.25"), "x").lm.chroma_length, 5);
}

TEST(AudiocraftSettings, StereoHasTwiceTheCodebooksOfItsCodec) {
  for (const bool melody : {false, true}) {
    const MusicgenSettings s = parse_audiocraft_lm(stereo_of(melody ? melody_of(kLmConfig) : kLmConfig), "x");
    EXPECT_EQ(s.lm.channels, 2);
    EXPECT_EQ(s.lm.codebooks, 8);
    EXPECT_EQ(s.codec.codebooks, 4);
    EXPECT_EQ(s.codec.channels, 1);
    EXPECT_EQ(s.lm.prefixed(), melody);
  }
}

TEST(AudiocraftSettings, OtherWaysToSayTheSame) {
  // Before June 2023 the pattern was the transformer's to say.
  const std::string old = changed(changed(kLmConfig, "  modeling: delay\n", "  modeling: null\n"), "  card: 2048\n", "  card: 2048\n  q_modeling: delay\n");
  EXPECT_EQ(parse_audiocraft_lm(old, "x").lm.codebooks, 4);
  EXPECT_EQ(parse_audiocraft_lm(changed(kLmConfig, "  delay:\n    delays:\n    - 0\n    - 1\n    - 2\n    - 3\n", "  delay:\n"), "x").lm.codebooks, 4);
  EXPECT_EQ(parse_audiocraft_lm(changed(kLmConfig, "compression_model_n_q: null", "compression_model_n_q: 4"), "x").codec.codebooks, 4);
  EXPECT_EQ(parse_audiocraft_lm(changed(kLmConfig, "hidden_scale: 4", "hidden_scale: 2.5"), "x").lm.inner, 2560);
  EXPECT_EQ(parse_audiocraft_lm(changed(kLmConfig, "inference_coef: 3.0", "inference_coef: 4"), "x").guidance, 4);
  EXPECT_EQ(parse_audiocraft_lm(changed(kLmConfig, "name: t5-base", "name: google/flan-t5-large"), "x").lm.text_width, 1024);
  EXPECT_EQ(parse_audiocraft_lm(changed(kLmConfig, "norm_first: true", "norm_first: True"), "x").lm.width, 1024);
  EXPECT_LT(parse_audiocraft_lm(changed(kLmConfig, "segment_duration: 30", "segment_duration: 15.0"), "x").stride_seconds, 15);
}

TEST(AudiocraftSettings, TheCodecOfThePublishedMusicgens) {
  const EncodecSettings s = parse_audiocraft_codec(kCodecConfig, "x");
  EncodecSettings wanted;
  wanted.names = EncodecNames::Audiocraft, wanted.padding = Padding::Zeros;
  EXPECT_TRUE(s == wanted);
  EXPECT_EQ(s.hop(), 640);
  EXPECT_EQ(parse_audiocraft_codec(changed(kCodecConfig, "pad_mode: constant", "pad_mode: reflect"), "x").padding, Padding::Reflect);
  const EncodecSettings causal = parse_audiocraft_codec(changed(changed(changed(kCodecConfig, "causal: false", "causal: true"), "true_skip: true", "true_skip: false"), "trim_right_ratio: 1.0", "trim_right_ratio: 0.5"), "x");
  EXPECT_TRUE(causal.causal);
  EXPECT_TRUE(causal.convolved_shortcut);
  EXPECT_EQ(causal.trim_right, 0.5);
}

struct Wrong {
  const char *from, *to;
  const char* told;        // a part of the message
};

TEST(AudiocraftSettings, WhatOurLanguageModelDoesNotDoIsToldByItsKey) {
  const std::vector<Wrong> all{
      {"lm_model: transformer_lm", "lm_model: transformer_lm_magnet", "lm_model transformer_lm_magnet; figment knows transformer_lm"},
      {"lm_model: transformer_lm", "x: 1", "lm_model nothing"},
      {"activation: gelu", "activation: relu", "transformer_lm.activation relu; figment knows gelu"},
      {"  activation: gelu\n", "", "transformer_lm.activation nothing, which means relu"},
      {"norm_first: true", "norm_first: false", "transformer_lm.norm_first false; figment knows true"},
      {"  norm_first: true\n", "", "transformer_lm.norm_first nothing, which means false"},
      {"causal: true", "causal: false", "transformer_lm.causal"},
      {"bias_ff: false", "bias_ff: true", "transformer_lm.bias_ff true; figment knows false"},
      {"  bias_ff: false\n", "", "transformer_lm.bias_ff nothing, which means true"},
      {"bias_attn: false", "bias_attn: true", "transformer_lm.bias_attn"},
      {"bias_proj: false", "bias_proj: true", "transformer_lm.bias_proj"},
      {"past_context: null", "past_context: 500", "transformer_lm.past_context 500; figment knows nothing there"},
      {"layer_scale: null", "layer_scale: 0.0001", "transformer_lm.layer_scale 0.0001"},
      {"positional_embedding: sin", "positional_embedding: rope", "transformer_lm.positional_embedding rope; figment knows sin"},
      {"xpos: false", "max_period: 1000", "transformer_lm.max_period 1000; figment knows 10000"},
      {"xpos: false", "positional_scale: 0", "transformer_lm.positional_scale"},
      {"norm: layer_norm", "norm: rms_norm", "transformer_lm.norm rms_norm"},
      {"qk_layer_norm: false", "qk_layer_norm: true", "transformer_lm.qk_layer_norm true"},
      {"qk_layer_norm_cross: false", "qk_layer_norm_cross: true", "transformer_lm.qk_layer_norm_cross"},
      {"kv_repeat: 1", "kv_repeat: 2", "transformer_lm.kv_repeat 2; figment knows 1"},
      {"modeling: delay", "modeling: parallel", "codebooks_pattern.modeling parallel; figment knows delay"},
      {"modeling: delay", "modeling: null", "transformer_lm.q_modeling nothing"},
      {"    - 3\n", "    - 2\n", "codebooks_pattern.delay.delays [0, 1, 2, 2]; figment knows [0, 1, 2, 3] for 4 codebooks"},
      {"    - 3\n", "", "codebooks_pattern.delay.delays [0, 1, 2]"},
      {"flatten_first: 0", "flatten_first: 1", "codebooks_pattern.delay.flatten_first"},
      {"empty_initial: 0", "empty_initial: -1", "codebooks_pattern.delay.empty_initial -1"},
      {"  use: false\n", "  use: true\n", "codebooks_pattern.delay.delays [0, 1, 2, 3]; figment knows [0, 0, 1, 1] for 4 codebooks in stereo"},
      {"    model: t5\n", "    model: clap\n", "conditioners.description.model clap"},
      {"name: t5-base", "name: google/flan-t5-xxl", "conditioners.description.t5.name google/flan-t5-xxl; figment knows t5-small"},
      {"finetune: false", "finetune: true", "conditioners.description.t5.finetune true"},
      {"normalize_text: false", "normalize_text: true", "conditioners.description.t5.normalize_text true"},
      {"conditioners:\n", "conditioners:\n  genre: {model: lut}\n", "conditioners \"genre\" among others"},
      {"prepend: []", "prepend: [description]", "fuser.prepend [description]"},
      {"  - description\n  input", "  - genre\n  input", "fuser.cross [genre]; figment knows [description] where there is no melody"},
      {"sum: []", "sum: [genre]", "fuser.sum \"genre\""},
      {"input_interpolate: []", "input_interpolate: [drums]", "fuser.input_interpolate"},
      {"cross_attention_pos_emb: false", "cross_attention_pos_emb: true", "fuser.cross_attention_pos_emb"},
  };
  for (const Wrong& w : all) {
    const Error e = error_of([&] { (void)parse_audiocraft_lm(changed(kLmConfig, w.from, w.to), "state_dict.bin"); });
    EXPECT_EQ(e.code(), ErrorCode::Unsupported) << e.what();
    EXPECT_NE(std::string(e.what()).find(w.told), std::string::npos) << w.told << ": " << e.what();
    EXPECT_EQ(std::string(e.what()).find("state_dict.bin says of "), 0U) << e.what();
  }
  const std::vector<Wrong> melodies{
      {"model: chroma_stem", "model: style", "conditioners.self_wav.model style"},
      {"radix2_exp: 14", "radix2_exp: 12", "radix2_exp 12; figment knows 14"},
      {"argmax: true", "argmax: false", "argmax false"},
      {"argmax: true", "argmax: true\n      winhop: 512", "chroma_stem.winhop 512"},
      {"sample_rate: ${sample_rate}\n      n_chroma", "sample_rate: 16000\n      n_chroma", "chroma_stem.sample_rate 16000"},
      {"prepend: [self_wav, description]", "prepend: [self_wav]", "fuser.prepend [self_wav]"},
      {"cross: []", "cross: [description]", "fuser.cross [description]; figment knows [] where there is a melody"},
      {"cross_attention: false", "cross_attention: true", "transformer_lm.cross_attention"},
  };
  for (const Wrong& w : melodies) {
    const Error e = error_of([&] { (void)parse_audiocraft_lm(changed(melody_of(kLmConfig), w.from, w.to), "x"); });
    EXPECT_EQ(e.code(), ErrorCode::Unsupported) << e.what();
    EXPECT_NE(std::string(e.what()).find(w.told), std::string::npos) << w.told << ": " << e.what();
  }
  EXPECT_EQ(error_of([&] { (void)parse_audiocraft_lm(changed(stereo_of(kLmConfig), "per_timestep: false", "per_timestep: true"), "x"); }).code(), ErrorCode::Unsupported);
}

TEST(AudiocraftSettings, NumbersThatMakeNoSenseAreToldByTheirKey) {
  const std::vector<Wrong> all{
      {"dim: 1024", "dim: 0", "transformer_lm.dim 0; wanted is a whole number from 2 to 65536"},
      {"dim: 1024", "dim: -8", "transformer_lm.dim -8"},
      {"dim: 1024", "dim: 1024.5", "transformer_lm.dim 1024.5"},
      {"dim: 1024", "dim: '1024'", "transformer_lm.dim \"1024\""},
      {"dim: 1024", "dim: 99999999999999999999", "transformer_lm.dim 99999999999999999999"},
      {"dim: 1024", "dim: [1024]", "transformer_lm.dim a list"},
      {"dim: 1024", "dim: {a: 1}", "transformer_lm.dim a group"},
      {"dim: 1024", "dim: !!int 1024", "transformer_lm.dim"},
      {"dim: 1024", "dim: ???", "transformer_lm.dim ???"},
      {"dim: 1024", "dim: ${oc.env:DIM}", "transformer_lm.dim ${oc.env:DIM}"},
      {"dim: 1024", "dim: ${nowhere.at.all}", "transformer_lm.dim nothing"},
      {"dim: 1024", "dim: ${transformer_lm.dim}", "refers to itself"},
      {"  dim: 1024\n", "", "transformer_lm.dim nothing"},
      {"dim: 1024", "dim: 1000", "has a width of 1000, which 16 heads do not divide"},
      {"num_heads: 16", "num_heads: 0", "transformer_lm.num_heads 0"},
      {"num_layers: 24", "num_layers: 100000", "transformer_lm.num_layers 100000"},
      {"hidden_scale: 4", "hidden_scale: .inf", "transformer_lm.hidden_scale .inf"},
      {"hidden_scale: 4", "hidden_scale: nan", "transformer_lm.hidden_scale nan"},
      {"n_q: 4", "n_q: 65", "transformer_lm.n_q 65"},
      {"card: 2048", "card: 1", "transformer_lm.card 1"},
      {"norm_first: true", "norm_first: 1", "transformer_lm.norm_first 1; wanted is true or false"},
      {"norm_first: true", "norm_first: 'true'", "transformer_lm.norm_first \"true\""},
      {"sample_rate: 32000", "sample_rate: 1", "sample_rate 1"},
      {"channels: 1", "channels: 3", "channels 3"},
      {"segment_duration: 30", "segment_duration: null", "dataset.segment_duration nothing"},
      {"segment_duration: 30", "segment_duration: 1e9", "dataset.segment_duration 1e9; wanted is a number from 0.1 to 600"},
      {"inference_coef: 3.0", "inference_coef: -1", "inference_coef -1"},
      {"compression_model_n_q: null", "compression_model_n_q: 8", "compression_model_n_q 8; wanted is 4"},
      {"    - 3\n", "    - 3.5\n", "a list with 3.5 in it"},
      {"    - 3\n", "    - null\n", "a list with nothing in it"},
      {"cross:\n  - description\n", "cross: description\n", "fuser.cross description; wanted is a list"},
      {"cross:\n  - description\n", "cross: [[description]]\n", "fuser.cross a list with a list in it"},
      {"name: t5-base", "name: [t5-base]", "conditioners.description.t5.name a list"},
      {"transformer_lm:\n", "transformer_lm: 5\nelsewhere:\n", "transformer_lm.dim nothing"},
  };
  for (const Wrong& w : all) {
    const Error e = error_of([&] { (void)parse_audiocraft_lm(changed(kLmConfig, w.from, w.to), "x"); });
    EXPECT_EQ(e.code(), ErrorCode::Corrupt) << e.what();
    EXPECT_NE(std::string(e.what()).find(w.told), std::string::npos) << w.told << ": " << e.what();
  }
  const std::string odd = changed(changed(kLmConfig, "  use: false\n", "  use: true\n"), "  n_q: 4\n", "  n_q: 5\n");
  EXPECT_NE(std::string(error_of([&] { (void)parse_audiocraft_lm(odd, "x"); }).what()).find("an even number"), std::string::npos);
  EXPECT_NE(std::string(error_of([&] { (void)parse_audiocraft_lm(changed(stereo_of(kLmConfig), "channels: 2", "channels: 1"), "x"); }).what()).find("wanted is 2"), std::string::npos);
  EXPECT_NE(std::string(error_of([&] { (void)parse_audiocraft_lm(kCodecConfig, "x"); }).what()).find("holds a codec's"), std::string::npos);
}

TEST(AudiocraftSettings, WhatOurCodecDoesNotDoOrMakesNoSenseIsToldByItsKey) {
  const std::vector<Wrong> unsupported{
      {"compression_model: encodec", "compression_model: dac", "compression_model dac; figment knows encodec"},
      {"autoencoder: seanet", "autoencoder: dac", "encodec.autoencoder"},
      {"quantizer: rvq", "quantizer: no_quant", "encodec.quantizer no_quant"},
      {"renormalize: false", "renormalize: true", "encodec.renormalize true"},
      {"norm: weight_norm", "norm: time_group_norm", "seanet.norm time_group_norm; figment knows weight_norm"},
      {"  norm: weight_norm\n", "", "seanet.norm nothing, which means none"},
      {"norm_params: {}", "norm_params: {dim: 1}", "seanet.norm_params"},
      {"pad_mode: constant", "pad_mode: replicate", "seanet.pad_mode replicate; figment knows reflect and constant"},
      {"activation: ELU", "activation: LeakyReLU", "seanet.activation LeakyReLU"},
      {"alpha: 1.0", "alpha: 0.5", "seanet.activation_params.alpha 0.5; figment knows 1"},
      {"disable_norm_outer_blocks: 0", "disable_norm_outer_blocks: 1", "seanet.disable_norm_outer_blocks"},
      {"final_activation: null", "final_activation: Tanh", "seanet.decoder.final_activation Tanh"},
      {"encoder: {}", "encoder: {n_filters: 32}", "seanet.encoder \"n_filters\" among others"},
      {"encoder: {}", "encoder: {trim_right_ratio: 1.0}", "seanet.encoder \"trim_right_ratio\""},
  };
  for (const Wrong& w : unsupported) {
    const Error e = error_of([&] { (void)parse_audiocraft_codec(changed(kCodecConfig, w.from, w.to), "x"); });
    EXPECT_EQ(e.code(), ErrorCode::Unsupported) << e.what();
    EXPECT_NE(std::string(e.what()).find(w.told), std::string::npos) << w.told << ": " << e.what();
  }
  const std::vector<Wrong> corrupt{
      {"channels: 1\nlosses", "channels: 3\nlosses", "encodec.channels 3"},
      {"channels: ${channels}\n  causal: ${", "channels: 2\n  causal: ${", "seanet.channels 2; wanted is 1"},
      {"dimension: 128", "dimension: 0", "seanet.dimension 0"},
      {"n_filters: 64", "n_filters: many", "seanet.n_filters many"},
      {"n_residual_layers: 1", "n_residual_layers: 17", "seanet.n_residual_layers 17"},
      {"  - 8\n", "  - 0\n", "a list with 0 in it"},
      {"  - 8\n  - 5\n  - 4\n  - 4\n", "  - 64\n  - 64\n  - 64\n", "seanet.ratios a list; wanted is one of at most 16 numbers whose product is at most 65536"},
      {"  ratios:\n  - 8\n  - 5\n  - 4\n  - 4\n", "  ratios: []\n", "seanet.ratios a list"},
      {"kernel_size: 7", "kernel_size: 256", "seanet.kernel_size 256"},
      {"compress: 2", "compress: 65", "seanet.compress 65"},
      {"lstm: 2", "lstm: true", "seanet.lstm true"},
      {"trim_right_ratio: 1.0", "trim_right_ratio: 1.5", "trim_right_ratio 1.5; wanted is a number from 0 to 1"},
      {"causal: ${encodec.causal}", "causal: ${seanet.causal}", "refers to itself"},
      {"bins: 2048", "bins: 1", "rvq.bins 1"},
      {"n_q: 4", "n_q: 0", "rvq.n_q 0"},
  };
  for (const Wrong& w : corrupt) {
    const Error e = error_of([&] { (void)parse_audiocraft_codec(changed(kCodecConfig, w.from, w.to), "x"); });
    EXPECT_EQ(e.code(), ErrorCode::Corrupt) << e.what();
    EXPECT_NE(std::string(e.what()).find(w.told), std::string::npos) << w.told << ": " << e.what();
  }
  EXPECT_NE(std::string(error_of([&] { (void)parse_audiocraft_codec(kLmConfig, "x"); }).what()).find("holds a language model's"), std::string::npos);
}

TEST(TrainingConfig, HostileTextsAreRefused) {
  std::string laughs = "a0: &a0 [x, x]\n";
  for (int level = 1; level < 40; ++level) laughs += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [*a" + std::to_string(level - 1) + ", *a" + std::to_string(level - 1) + "]\n";
  EXPECT_FALSE(TrainingConfig::parse(laughs, "x").has("transformer_lm"));              // followed, not copied: no harm in it
  struct Text {
    const char* told;
    std::string text;
  };
  const std::vector<Text> all{
      {"of 262145 bytes", std::string(TrainingConfig::kLongest + 1, ' ')},
      {"no group of named values", ""},
      {"no group of named values", "- 1"},
      {"no group of named values", "just words"},
      {"that is no YAML", "a: [1, 2"},
      {"that is no YAML", "a: 1\n b: 2"},
      {"that is no YAML", "a: *nobody"},
      {"that is no YAML", "a: " + std::string(100'000, '[')},
      {"that is no YAML", "a: " + std::string(100'000, '{')},
      {"that is no YAML", "\"unclosed"},
  };
  for (const Text& t : all) {
    const Error e = error_of([&] { (void)TrainingConfig::parse(t.text, "x"); });
    EXPECT_EQ(e.code(), ErrorCode::Corrupt);
    EXPECT_NE(std::string(e.what()).find(t.told), std::string::npos) << t.told << ": " << e.what();
  }
  // References that would double at every level, and those that are longer than any path.
  std::string doubling = "m:\n";
  for (int level = 0; level < 40; ++level) doubling += "  a" + std::to_string(level) + ": ${m.a" + std::to_string(level + 1) + ".a" + std::to_string(level + 1) + ".a" + std::to_string(level + 1) + "}\n";
  doubling += "  a40: ${m}\n";
  EXPECT_EQ(error_of([&] { (void)TrainingConfig::parse(doubling, "x").has("m.a0"); }).code(), ErrorCode::Corrupt);
  std::string chain = "v16: 1\n";
  for (int i = 0; i < 16; ++i) chain += "v" + std::to_string(i) + ": ${v" + std::to_string(i + 1) + "}\n";
  EXPECT_EQ(TrainingConfig::parse(chain, "x").whole("v0", 0, 9), 1);
  EXPECT_FALSE(TrainingConfig::parse("a: ${" + std::string(100'000, '.') + "}", "x").has("b"));
}

// A checkpoint as audiocraft exports it; none of its tensors but the one that tells the text encoder's width.
fs::path write_lm(const storage::testing::Folder& folder, const std::string& config, int text_width) {
  const std::string tensor = wt::pickle::tensor("0", 2 * text_width, 0, {2, text_width}, {text_width, 1});
  const std::string norm = wt::pickle::tensor("0", 2 * text_width, 0, {2}, {1});
  const std::string state = wt::pickle::dict({{"out_norm.weight", norm}, {"condition_provider.conditioners.description.output_proj.weight", tensor}});
  const std::string value = wt::pickle::dict({{"best_state", state}, {"xp.cfg", wt::pickle::text(config)}, {"version", wt::pickle::text("1.2.0")}, {"exported", "\x88"}});
  const fs::path file = folder.path() / "state_dict.bin";
  wt::write(file, wt::torch(value, {{"0", wt::floats(std::vector<float>(static_cast<std::size_t>(2 * text_width)))}}));
  return file;
}

TEST(AudiocraftSettings, TheTwoCheckpointsTogether) {
  const storage::testing::Folder folder;
  const WeightFile lm = WeightFile::open(write_lm(folder, audiogen(), 1024));
  const std::string config = changed(changed(kCodecConfig, "sample_rate: 32000", "sample_rate: 16000"), "  - 4\n  - 4\n", "  - 4\n  - 2\n");
  const fs::path codec = folder.path() / "compression_state_dict.bin";
  wt::write(codec, wt::torch(wt::pickle::dict({{"xp.cfg", wt::pickle::text(config)}}), {}));
  const MusicgenSettings s = audiocraft_settings(lm, audiocraft_codec(WeightFile::open(codec)));
  EXPECT_EQ(s.codec.names, EncodecNames::Audiocraft);
  EXPECT_EQ(s.codec.hop(), 320);
  EXPECT_EQ(s.lm.text_width, 1024);
  EXPECT_EQ(s.text_model, "t5-large");
  EXPECT_EQ(s.stride_seconds, 2);

  // The weights know best how wide the text encoder's vectors are.
  EXPECT_EQ(audiocraft_settings(WeightFile::open(write_lm(folder, audiogen(), 48)), s.codec).lm.text_width, 48);

  // A codec with more codebooks than the language model speaks of.
  EncodecSettings more = s.codec;
  more.codebooks = 8;
  EXPECT_EQ(audiocraft_settings(lm, more).codec.codebooks, 4);
  more.codebooks = 2;
  EXPECT_NE(std::string(error_of([&] { (void)audiocraft_settings(lm, more); }).what()).find("4 codebooks in its language model and 2 in its codec"), std::string::npos);
  EncodecSettings other = s.codec;
  other.codebook_size = 1024;
  EXPECT_NE(std::string(error_of([&] { (void)audiocraft_settings(lm, other); }).what()).find("codebooks of 2048 entries"), std::string::npos);
  other = s.codec, other.rate = 32000;
  EXPECT_NE(std::string(error_of([&] { (void)audiocraft_settings(lm, other); }).what()).find("a codec of 16000 Hz"), std::string::npos);
}

TEST(AudiocraftSettings, ACodecThatIsOnlyNamedIsToldByItsName) {
  const storage::testing::Folder folder;
  const fs::path file = folder.path() / "compression_state_dict.bin";
  wt::write(file, wt::torch(wt::pickle::dict({{"pretrained", wt::pickle::text("facebook/encodec_32khz")}, {"exported", "\x88"}, {"version", wt::pickle::text("1.4.0")}}), {}));
  const WeightFile codec = WeightFile::open(file);
  EXPECT_EQ(audiocraft_codec_elsewhere(codec), "facebook/encodec_32khz");
  const Error e = error_of([&] { (void)audiocraft_codec(codec); });
  EXPECT_EQ(e.code(), ErrorCode::NotFound);
  EXPECT_NE(std::string(e.what()).find("only names one: facebook/encodec_32khz"), std::string::npos);
  wt::write(file, wt::torch(wt::pickle::dict({{"best_state", wt::pickle::dict({})}}), {}));
  EXPECT_EQ(audiocraft_codec_elsewhere(WeightFile::open(file)), "");
  const Error none = error_of([&] { (void)audiocraft_codec(WeightFile::open(file)); });
  EXPECT_EQ(none.code(), ErrorCode::NotFound);
  EXPECT_NE(std::string(none.what()).find("holds no training configuration (xp.cfg)"), std::string::npos);
  wt::write(file, wt::torch(wt::pickle::dict({{"pretrained", "K\x05"}}), {}));
  EXPECT_EQ(error_of([&] { (void)audiocraft_codec(WeightFile::open(file)); }).code(), ErrorCode::Corrupt);
}

// The small networks of tests/data/parity exist in both forms.
TEST(AudiocraftSettings, BothFormsOfANetworkSayTheSame) {
  const fs::path data = fs::path(FIGMENT_SOURCE_DIR) / "tests/data/parity";
  const auto json = [&](const fs::path& file) { return nlohmann::json::parse(storage::read_file(file)); };
  const EncodecSettings codec = audiocraft_codec(WeightFile::open(data / "encodec/compression_state_dict.bin"));
  EncodecSettings face = EncodecSettings::parse(json(data / "encodec/config.json"), "x");
  face.names = EncodecNames::Audiocraft;
  EXPECT_TRUE(codec == face);
  const MusicgenSettings theirs = MusicgenSettings::parse(json(data / "musicgen/config.json"), "x"), ours = audiocraft_settings(WeightFile::open(data / "musicgen/state_dict.bin"), theirs.codec);
  EXPECT_TRUE(ours.lm == theirs.lm);
  EXPECT_TRUE(ours.codec == theirs.codec);
  EXPECT_EQ(ours.text.width, theirs.text.width);
  EXPECT_EQ(ours.window_seconds, theirs.window_seconds);
  EXPECT_EQ(ours.stride_seconds, theirs.stride_seconds);
  EXPECT_EQ(ours.guidance, theirs.guidance);
}

TEST(MusicgenSettings, HuggingFacesFilesTellTheTextEncoder) {
  nlohmann::json config = nlohmann::json::parse(storage::read_file(fs::path(FIGMENT_SOURCE_DIR) / "tests/data/parity/musicgen/config.json"));
  EXPECT_EQ(MusicgenSettings::parse(config, "x").text_model, "");
  config["text_encoder"]["d_model"] = 768;
  EXPECT_EQ(MusicgenSettings::parse(config, "x").text_model, "t5-base");
  config["text_encoder"]["d_model"] = 1024;
  EXPECT_EQ(MusicgenSettings::parse(config, "x").text_model, "t5-large");
  config["text_encoder"]["_name_or_path"] = "/home/somebody/t5";                     // no published one: the width tells
  EXPECT_EQ(MusicgenSettings::parse(config, "x").text_model, "t5-large");
  config["text_encoder"]["_name_or_path"] = "google-t5/t5-large";
  EXPECT_EQ(MusicgenSettings::parse(config, "x").text_model, "t5-large");
  config["text_encoder"]["_name_or_path"] = "google/flan-t5-large";
  config["text_encoder"]["feed_forward_proj"] = "gated-gelu";
  EXPECT_EQ(MusicgenSettings::parse(config, "x").text_model, "google/flan-t5-large");
  config["text_encoder"].erase("_name_or_path");
  EXPECT_EQ(MusicgenSettings::parse(config, "x").text_model, "");
  config["audio_encoder"]["upsampling_ratios"] = {64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64};
  EXPECT_NE(std::string(error_of([&] { (void)MusicgenSettings::parse(config, "x"); }).what()).find("frames of more than 65536 samples"), std::string::npos);
}

}  // namespace
}  // namespace figment::neural
