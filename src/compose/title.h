// A name for a song, from data/words/titles.toml, by mood and chance.
#pragma once

#include <filesystem>
#include <string>

#include "base/random.h"
#include "compose/brief.h"

namespace figment::compose {

// Two or three words. `minor` is the mode's third, `energy` the song's mean. Error NotFound, Corrupt (the file).
[[nodiscard]] std::string invent_title(const Brief& brief, bool minor, double energy,
                                       const std::filesystem::path& data_dir, const Random& random);

}  // namespace figment::compose
