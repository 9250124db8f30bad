// The build: from the document and its MIDI files to everything in export/, doing only what is not done yet.
//
//   Steps    one Take per track (in parallel) → mix and stems → master → files
//   Cache    a step whose recipe was built before is skipped, whatever happened since; `takes/` is the cache
//   Crash    every step's result is kept as soon as it is whole; a killed build goes on where it was
//   Errors   Corrupt for a document, MIDI file or preset that makes no sense; Io; Cancelled
//   Threads  all cores; one build of one folder at a time
#pragma once

#include <filesystem>

#include "base/progress.h"
#include "base/units.h"
#include "song/song.h"

namespace figment::build {

struct BuildReport {
  int tracks_built = 0, tracks_kept = 0;
  bool mixed = false, mastered = false;
  int files_written = 0;
  Lufs loudness{-200};
  Decibels true_peak{-200};
  Seconds length{0};
};

BuildReport build(const std::filesystem::path& folder, const std::filesystem::path& data_dir, const Progress& progress);

}  // namespace figment::build
