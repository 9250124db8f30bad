// The trained weights that took part in a sound, and what their licences allow of it.
//
//   Travels  in Recipes (Recipe::weights), in the tag FIGMENT_RECIPE of files that are not part of a song ("weights"), in the tag
//            FIGMENT_WEIGHTS of all files, and from there (build/sound_marks.h) into whatever is made of them
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
// What a JSON object of anybody's says under "weights". Where that is no list of at most 256 plausible entries (of the right types,
// texts of at most 200 bytes and without control characters) it says nothing.
[[nodiscard]] std::vector<WeightsUsed> weights_told(const nlohmann::json& object);

// Adds those of `more` that are not there yet.
void unite(std::vector<WeightsUsed>& weights, const std::vector<WeightsUsed>& more);
// Those of them that do not allow commercial use.
[[nodiscard]] std::vector<WeightsUsed> not_for_commerce(const std::vector<WeightsUsed>& weights);
[[nodiscard]] bool commercial_use_allowed(const std::vector<WeightsUsed>& weights) noexcept;

// "musicgen-small (CC-BY-NC-4.0, no commercial use), t5-base (Apache-2.0)"
[[nodiscard]] std::string weights_text(const std::vector<WeightsUsed>& weights);

}  // namespace figment::song
