// song.json: the document on disk.
//
//   Format   JSON, "format": "figment song", "version": 1; schema in docs/song.schema.json
//   Hostile  sizes, ranges, ids and paths are checked (song::check); unknown keys are errors, so a typo is never silent
//   Safety   written aside, synced and renamed
//   Round trip  from_json(to_json(song)) == song

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "song/song.h"

namespace figment::song {

[[nodiscard]] std::string to_json(const Song& song);
// `name` stands in messages. Error Corrupt; Unsupported for a newer version.
[[nodiscard]] Song from_json(std::string_view text, const std::string& name);

// FOLDER/song.json. Error NotFound when there is no song.
[[nodiscard]] Song load(const std::filesystem::path& folder);
void save(const Song& song, const std::filesystem::path& folder);

}  // namespace figment::song
