// Songs of Figment as sounds whose truth is known: their documents say where the beats are.
#pragma once

#include <string>

#include "truths.h"

namespace figment::hear {

// Of FOLDER/export/master.wav: beats (of the metre: dotted quarters in 6/8 and 12/8), positions, tempo, key, chords. Its group is the
// folder's name up to the first '-'.
[[nodiscard]] Truth truth_of_song(const std::filesystem::path& folder);

// Of a song's folder, or of a list.
[[nodiscard]] std::vector<Truth> truths_of(const std::filesystem::path& what);

// Rewrites the tempo of a document: "ramp" (a twelfth slower to a twelfth faster), "step" (an eighth faster from the middle on),
// "breath" (3 % to and fro, twice a bar).
void bend(const std::filesystem::path& folder, const std::string& how);

}  // namespace figment::hear
