// The neural take that a song is built round: made first, heard as the song's reference, and laid onto its grid as a track.
//
//   Track    "base", a clip from bar 1 to the end, repeated as often as it takes; its key becomes the song's
//   Again    a folder that holds the song already keeps its take: the same command goes on after Ctrl-C
//   Errors   those of generate_music and add_clip
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "studio/neural_engines.h"

namespace figment::studio {

struct MusicBase {
  std::filesystem::path file;                  // where the take lies
  std::filesystem::path scratch;               // a folder to remove at the end; empty: the take lies in the song's folder
  std::vector<std::string> remarks;
};

// `folder`: of the song; may be empty or not be there.
[[nodiscard]] MusicBase make_music_base(const NeuralWish& neural, double seconds, const std::string& prompt, std::uint64_t seed, const std::filesystem::path& folder, const Progress& progress);

// Into the document, unless it is there. Returns remarks.
std::vector<std::string> add_music_base(const std::filesystem::path& song, const Progress& progress);

}  // namespace figment::studio
