// Where a sound comes from, as a tree, with the trained weights that took part and their licences: of Takes as their records tell,
// of the user's files as their tags do (build/sound_marks.h), where the file is still the one that was used.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "song/weights_used.h"

namespace figment::build {

struct Origin {
  std::string name;                  // "export/master.wav", "mix", "track bass", "midi/bass.mid"
  std::string engine;                // "builtin.mix 1"; empty for scores and files
  std::string digest;                // of the Take or file
  std::vector<std::string> facts;    // "instrument bass/808", "-14.0 LUFS" …
  std::vector<Origin> from;
  std::vector<song::WeightsUsed> weights;   // trained weights that took part
};

// `file` is a path inside the song's folder, or relative to where the user stands. Error NotFound when the build does not
// know it.
[[nodiscard]] Origin origin_of(const std::filesystem::path& folder, const std::string& file);

[[nodiscard]] std::string tree_text(const Origin& origin);
[[nodiscard]] std::string tree_json(const Origin& origin);

}  // namespace figment::build
