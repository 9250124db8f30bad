// The trained weights that took part in a sound, and what their licences allow of it.
//
//   Travels  in Recipes (Recipe::weights), in the tag FIGMENT_RECIPE of files that are not part of a song ("weights"), and from
//            there into whatever is made of them
//   Errors   Corrupt for JSON that is not such a list

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/hash.h"

namespace figment::song {

struct WeightsUsed {
  std::string model;               // "musicgen-small"
  std::string licence;             // SPDX; NOASSERTION where the publisher names none
  bool commercial_use = false;     // of what was made with them
  Digest sha256;
  [[nodiscard]] bool operator==(const WeightsUsed&) const = default;
};

[[nodiscard]] nlohmann::json to_json(const std::vector<WeightsUsed>& weights);
[[nodiscard]] std::vector<WeightsUsed> weights_from_json(const nlohmann::json& list);

// Adds those of `more` that are not there yet.
void unite(std::vector<WeightsUsed>& weights, const std::vector<WeightsUsed>& more);
[[nodiscard]] bool commercial_use_allowed(const std::vector<WeightsUsed>& weights) noexcept;

// "musicgen-small (CC-BY-NC-4.0, no commercial use), t5-base (Apache-2.0)"
[[nodiscard]] std::string weights_text(const std::vector<WeightsUsed>& weights);

}  // namespace figment::song
