// Sounds of the user's as the instruments of a song.
//
//   Sources   a sound file; a folder of sound files; a pack (`figment chop`); an SFZ file, or a folder that holds one
//   Kits      what a sample is says its name, else its sound (sampling/sample_map.h). Drums that the samples lack are played
//             by the kit the song had: rendered to samples, at the level they had beside the others. Where no SFZ says how
//             loud each sample is, each is brought to the level of its drum in that kit
//   Notes     each sample's pitch is measured; where it is unclear its name or its "smpl" chunk says it. Held notes are looped
//             (sampling/sustain.h). Several pitches are spread over the keys
//   Files     SONG/instruments/NAME/: the samples (24-bit WAV; those of an SFZ as they came), the SFZ, and origin.json, which
//             `figment why` shows: where each sample came from, and which trained weights took part in it
//   Errors    NotFound, InvalidArgument (nothing to play in it, no clear way to play it), Corrupt and Unsupported of sounds and
//             SFZ files; Io. What was written is then removed again
//   Threads   one at a time per song
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/progress.h"
#include "build/build.h"
#include "score/score.h"
#include "song/song.h"

namespace figment::studio {

struct SampleWish {
  std::string part;                    // "kit": all tracks of drums; else a role ("bass") or a track's id
  std::filesystem::path samples;
};

// Before any work: the tracks that a wish means. Error InvalidArgument where there is none, NotFound for missing samples.
void check_samples(const song::Song& song, const SampleWish& wish);

// Whether all tracks that a wish means play some samples.
[[nodiscard]] bool plays_samples(const song::Song& song, const SampleWish& wish);

// Writes the instrument into the song's folder and names it in the document; saving that is the caller's. `scores` say which
// drums are needed.
void play_samples(song::Song& song, const std::map<std::string, score::Score>& scores, const SampleWish& wish, const std::filesystem::path& folder, std::vector<std::string>& remarks, const Progress& progress);

struct InstrumentRequest {
  std::filesystem::path song;
  std::string part;                    // as SampleWish
  std::string sound;                   // samples, or the name of a preset ("bass/808")
  bool build = true;
};
struct InstrumentSet {
  std::vector<std::string> tracks;
  std::string instrument;
  std::vector<std::string> remarks;
  bool built = false;
  build::BuildReport build;
};

// The verb: another instrument for tracks of a song that exists.
[[nodiscard]] InstrumentSet set_instrument(const InstrumentRequest& request, const Progress& progress);

}  // namespace figment::studio
