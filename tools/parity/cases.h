// The kinds of fixture folders, and what is computed for each.

#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "neural/musicgen/musicgen_settings.h"
#include "report.h"

namespace figment::parity {

struct Fixture {
  std::filesystem::path folder;
  nlohmann::json config, meta;           // config.json, meta.json; null where there is none
  weights::WeightFile inputs;
  std::string kind;                      // config.json's model_type; without one, told by audiocraft's files
};

// From config.json, or without one from the training configurations in audiocraft's checkpoints.
[[nodiscard]] neural::EncodecSettings encodec_settings(const Fixture& fixture);
[[nodiscard]] neural::MusicgenSettings musicgen_settings(const Fixture& fixture);

// `weights`: the network in one of its forms. Names in the folder are compared as they come.
void check_t5(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights, Report& report);
// With products in bfloat16: the least cosine of a token's vector to the recorded one; false below 0.999.
bool check_t5_rounded(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights);
// `plain`: the one on LibTorch; otherwise the one on our own kernels.
void check_htdemucs(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights, bool plain, Report& report);
// With products in bfloat16: how far the stems are above their error; false where it is less than is promised.
bool check_htdemucs_bfloats(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights);
void check_encodec(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights, Report& report);
// `weights`: of the text encoder and the codec; nullptr where the folder has none but the codec in compression_state_dict.bin, if that.
void check_musicgen(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights, std::shared_ptr<const weights::WeightFile> lm, Report& report);

// The fast language model against the recorded logits: the least cosine over all steps of `grid`, for both branches; false below the
// 0.999 that q8 promises, 0.99 of q4.
bool check_fast(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights, const Report& report);

}  // namespace figment::parity
