// Everything that is measured of one built song, as JSON on one line.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace figment::judge {

// `folder` holds song.json, midi/, takes/ and export/; `data_dir` holds styles/ (for their swing). Error as the
// readers.
[[nodiscard]] nlohmann::json judge_song(const std::filesystem::path& folder, const std::filesystem::path& data_dir);

}  // namespace figment::judge
