// A composed song played as four stems.
//
//   Roles   kick, snare, hats, percussion → drums; bass → bass; the first track of role "vocals", or else "lead" → vocals; all else,
//           second leads and counter-melodies among it → other
//   Echoes  reverb and delay lie in the stem of what they are the echo of: the tracks' sends are opened for one stem at a time, and
//           the buses are played anew. Where a bus's effects are linear, the four sum up to the song's own bus
//   Voice   stands in the middle, as sung leads do: pan 0, without pan curves; its instrument may be another
//   Errors  InvalidArgument where the song has nothing for one of the stems; those of the build
#pragma once

#include <filesystem>
#include <string>

#include "mixture.h"
#include "song/song.h"

namespace figment::stems {

// Which of kStems a track belongs to.
[[nodiscard]] std::size_t stem_of(const song::Song& song, const song::Track& track);

// `song` lies in `folder` with its MIDI files; Takes and stems are written there too.
[[nodiscard]] FourStems play_stems(song::Song song, const std::filesystem::path& folder, const std::filesystem::path& data_dir, const std::string& voice);

}  // namespace figment::stems
