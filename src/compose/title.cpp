#include "compose/title.h"

#include <array>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "storage/data_file.h"

namespace figment::compose {

std::string invent_title(const Brief& brief, bool minor, double energy, const std::filesystem::path& data_dir,
                         const Random& random) {
  const auto file = data_dir / "data" / "words" / "titles.toml";
  const auto json = storage::load_data_file(file);
  storage::Fields all(json, file.filename().string());
  Random own = random.fork("title");
  static constexpr std::array<const char*, 6> kMoods{"sad", "dark", "happy", "calm", "energetic", "plain"};
  const std::array<double, 6> weights{2.0 * std::max(0.0, -brief.valence) + (minor ? 0.3 : 0),
                                      2.5 * std::max(0.0, brief.darkness) + (minor && energy > 0.6 ? 0.3 : 0),
                                      2.0 * std::max(0.0, brief.valence) + (minor ? 0 : 0.4),
                                      2.0 * std::max(0.0, -brief.arousal) + (energy < 0.45 ? 0.5 : 0),
                                      2.0 * std::max(0.0, brief.arousal) + (energy > 0.65 ? 0.4 : 0),
                                      0.5};
  const char* mood = kMoods[own.weighted(weights)];
  storage::Fields words(all.object(mood), all.where(mood));
  const auto adjectives = words.texts_or_empty("adjectives"), nouns = words.texts_or_empty("nouns");
  storage::Fields places(all.object("places"), all.where("places"));
  const auto names = places.texts_or_empty("names");
  if (adjectives.empty() || nouns.empty() || names.empty())
    throw Error(ErrorCode::Corrupt, file.string() + ": wanted words in every list, found an empty one");
  if (own.chance(0.08)) return own.pick(names);
  const std::string noun = own.pick(nouns);
  return own.chance(0.12) ? noun : own.pick(adjectives) + " " + noun;
}

}  // namespace figment::compose
