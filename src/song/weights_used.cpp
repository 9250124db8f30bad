#include "song/weights_used.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/plain_text.h"

namespace figment::song {

nlohmann::json to_json(const std::vector<WeightsUsed>& weights) {
  nlohmann::json list = nlohmann::json::array();
  for (const WeightsUsed& w : weights) list.push_back({{"model", w.model}, {"licence", w.licence}, {"commercial_use", w.commercial_use}, {"sha256", w.sha256}});
  return list;
}

std::vector<WeightsUsed> weights_from_json(const nlohmann::json& list) {
  try {
    std::vector<WeightsUsed> weights;
    for (const auto& w : list) weights.push_back({w.at("model").get<std::string>(), w.at("licence").get<std::string>(), w.at("commercial_use").get<bool>(), w.at("sha256").get<std::string>()});
    return weights;
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorCode::Corrupt, std::string("a list of weights wants model, licence, commercial_use and sha256 of each: ") + e.what());
  }
}

std::vector<WeightsUsed> weights_told(const nlohmann::json& object) {
  constexpr std::size_t kMost = 256, kLongest = 200;
  const auto plausible = [](const std::string& text) { return plain_text(text, kLongest) == text; };
  if (!object.is_object() || !object.contains("weights") || !object.at("weights").is_array() || object.at("weights").size() > kMost) return {};
  try {
    std::vector<WeightsUsed> weights;
    unite(weights, weights_from_json(object.at("weights")));
    for (const WeightsUsed& w : weights)
      if (w.model.empty() || w.licence.empty() || !plausible(w.model) || !plausible(w.licence) || !plausible(w.sha256)) return {};
    return weights;
  } catch (const Error&) {
    return {};
  }
}

void unite(std::vector<WeightsUsed>& weights, const std::vector<WeightsUsed>& more) {
  for (const WeightsUsed& w : more)
    if (std::find(weights.begin(), weights.end(), w) == weights.end()) weights.push_back(w);
}

std::vector<WeightsUsed> not_for_commerce(const std::vector<WeightsUsed>& weights) {
  std::vector<WeightsUsed> those;
  std::copy_if(weights.begin(), weights.end(), std::back_inserter(those), [](const WeightsUsed& w) { return !w.commercial_use; });
  return those;
}

bool commercial_use_allowed(const std::vector<WeightsUsed>& weights) noexcept {
  return std::all_of(weights.begin(), weights.end(), [](const WeightsUsed& w) { return w.commercial_use; });
}

std::string weights_text(const std::vector<WeightsUsed>& weights) {
  std::string text;
  for (const WeightsUsed& w : weights)
    text += (text.empty() ? "" : ", ") + w.model + " (" + (w.licence == "NOASSERTION" ? "no licence named" : w.licence) + (w.commercial_use ? ")" : ", no commercial use)");
  return text;
}

}  // namespace figment::song
