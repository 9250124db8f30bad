#include "song/recipe.h"

namespace figment::song {

Digest Recipe::key() const {
  nlohmann::json j{{"engine", engine}, {"version", version}, {"parameters", parameters}, {"seed", seed}};
  for (const Input& input : inputs) j["inputs"].push_back({input.kind, input.digest});
  return sha256(j.dump());  // nlohmann::json sorts keys and prints numbers shortest-exact: canonical
}

nlohmann::json Recipe::to_json() const {
  nlohmann::json j{{"engine", engine}, {"version", version}, {"parameters", parameters}, {"seed", seed}};
  j["inputs"] = nlohmann::json::array();
  for (const Input& input : inputs)
    j["inputs"].push_back({{"kind", input.kind}, {"name", input.name}, {"sha256", input.digest}});
  if (!weights.empty()) j["weights"] = song::to_json(weights);
  return j;
}

}  // namespace figment::song
