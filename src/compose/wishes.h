// What the brief's words change in a style before a song is made of it.
//
//   Parts       asked instruments take the place of their role's sound, or get a track of their own; traits colour how
//               they play ("sliding", "off-beat", "sparse"); excluded parts vanish; a solo leaves nothing else
//   Ensemble    exactly as many players as asked for (ensemble.h)
//   Also        a second style named lends its harmony, and its melody where the first has no words about it
//   Moods       valence and darkness weigh the modes, arousal the tempo; darkness takes the shine off the highs
//   Production  data/production.toml says what each word and era does to effects, sends, feel and master
//   Errors      InvalidArgument for a solo of a part nobody can play, or when nothing is left to play
//   Cost        a copy of the style and some small files
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "compose/brief.h"
#include "compose/style.h"

namespace figment::compose {

struct WishedStyle {
  std::shared_ptr<Style> style;                            // a copy, changed
  std::map<std::string, std::vector<std::string>> traits;  // by template id
  std::vector<std::string> asked;                          // template ids named in the brief: never left to chance
  std::map<std::string, std::string> joins;                // template id → the one whose player plays it too
  std::vector<std::string> remarks;
};

[[nodiscard]] WishedStyle apply_wishes(const Style& style, const Brief& brief, const std::filesystem::path& data_dir);

// The style to compose in: the asked one, else one that the instruments asked for are known from, else any; the nearest to
// moods, energy and tempo; several that fit
// are drawn from. `why` gets a few words for people.
[[nodiscard]] std::string choose_style(const Brief& brief, const std::filesystem::path& data_dir, const Random& random,
                                       std::string& why);

}  // namespace figment::compose
