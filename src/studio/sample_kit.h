// A kit of a user's samples, for the drums of a song.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "song/song.h"
#include "studio/sample_folder.h"

namespace figment::studio {

// Writes the kit and returns its name for tracks. `own_kit`: the preset that plays what the samples lack, and whose balance they are
// given; may be empty. `needed`: the keys that must sound.
[[nodiscard]] std::string make_kit(const std::filesystem::path& source, std::set<int> needed, const song::Song& song, const std::string& own_kit,
                                   const std::filesystem::path& song_folder, SampleFolder& made, std::vector<std::string>& remarks);

}  // namespace figment::studio
