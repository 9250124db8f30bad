// The kinds of fixture folders, and what is computed for each.

#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "report.h"

namespace figment::parity {

struct Fixture {
  std::filesystem::path folder;
  nlohmann::json config, meta;           // config.json, meta.json; null where there is none
  weights::WeightFile inputs;
  std::string kind;                      // config.json's model_type
};

// `weights`: the network in one of its forms. Names in the folder are compared as they come.
void check_t5(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights, Report& report);
void check_encodec(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights, Report& report);
void check_musicgen(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights, std::shared_ptr<const weights::WeightFile> lm, Report& report);

// The fast language model against the recorded logits: the least cosine over all steps of `grid`, for both branches; false below the
// 0.999 that q8 promises, 0.99 of q4.
bool check_fast(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights, const Report& report);

}  // namespace figment::parity
