// The build: from the document and its MIDI files to everything in export/, doing only what is not done yet.
//
//   Steps    one Take per track (in parallel) → mix and stems → master → files
//   Cache    a step whose recipe was built before is skipped, whatever happened since; `takes/` is the cache
//   Licences trained weights that took part in the user's sounds are told in all Recipes and files made of them
//   Crash    every step's result is kept as soon as it is whole; a killed build goes on where it was
//   Errors   Corrupt for a document, MIDI file or preset that makes no sense; Io; Cancelled
//   Threads  all cores; one build of one folder at a time
#pragma once

#include <filesystem>

#include "base/progress.h"
#include "base/units.h"
#include "song/song.h"
#include "song/weights_used.h"

namespace figment::build {

// A sound of the song that trained weights took part in, and the track it is heard on.
struct SoundWithWeights {
  std::string track, sound;      // "pad", "sounds/choir.wav"; or the instrument, "instruments/choir/notes.sfz"
  std::vector<song::WeightsUsed> weights;
};

struct BuildReport {
  int tracks_built = 0, tracks_kept = 0;
  bool mixed = false, mastered = false;
  int files_written = 0;
  Lufs loudness{-200};
  Decibels true_peak{-200};
  Seconds length{0};
  std::vector<song::WeightsUsed> weights;              // that are heard in the song
  std::vector<SoundWithWeights> sounds_with_weights;   // where
};

BuildReport build(const std::filesystem::path& folder, const std::filesystem::path& data_dir, const Progress& progress);

}  // namespace figment::build
