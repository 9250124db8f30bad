// The stems of a record as tracks of a song.
//
//   One grid  beats are found once, in the record itself, and every stem is laid by that one Warp, so that they stay in phase; and every
//             track gets the same fader, so that together they are as they were
//   New song  where SONG is none: the record's own tempo, metre, key, chords and sections, every bar of it, from a bar before its first
//             downbeat where it begins earlier. A steady record gives one tempo, another one a tempo for each beat, so that nothing is
//             stretched: the stems are the record's to the bit (sampling/fit.h). Its loudness becomes the master's target,
//             with nothing added. The record is kept as the song's reference
//   Existing  from bar 1, on the song's tempo, as `figment add --fit` does it; cut at the song's end
//   Doubt     beats below a confidence of 0.25 are refused for an existing song unless `force`; for a new one it is a remark
//   Tracks    named by stem (drums, bass …, or a free number); a silent stem is left out with a remark, a ghost is named as one
//   Originals the stems are copied into SONG/sounds, with their tags: `figment why` tells engine and weights
//   Errors    InvalidArgument, those of analysis and of the build
//   Threads   all cores
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analysis/analysis.h"
#include "base/progress.h"
#include "build/build.h"
#include "separation/stem_report.h"

namespace figment::studio {

struct IntoSong {
  std::filesystem::path song;
  bool made = false;                        // it is a new one
  double bpm = 0, confidence = 0;           // of the song at bar 1; of the record's beats
  std::string key, metre;
  int bars = 0;                             // that the stems lie on
  bool exact = false;                       // nothing was stretched
  std::vector<std::string> tracks, remarks;
  build::BuildReport build;
  bool built = false;
};

// Error where it could not be done, before anything is.
void check_into_song(const std::filesystem::path& song, const std::filesystem::path& record, const analysis::SoundAnalysis& heard, bool force);

// `files[n]` is the stem that `report.stems[n]` tells of.
[[nodiscard]] IntoSong split_into_song(const std::filesystem::path& song, const std::filesystem::path& record, const std::vector<std::filesystem::path>& files, const separation::StemReport& report,
                                       const analysis::SoundAnalysis& heard, bool force, bool build, const Progress& progress);

}  // namespace figment::studio
