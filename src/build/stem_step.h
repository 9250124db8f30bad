// The step that balances all tracks and makes the stems: export/stems/ID.wav, tracks first, then buses.
//
//   Again    a track's stem is made anew when what it depends on changed; a bus only in the segments (mix/mixer.h) where what
//            was sent to it changed, and the rest is copied from the file that it replaces
//   Weights  a stem in which trained weights are heard is marked (build/sound_marks.h), also when only that changed
//   Safety   each file is replaced when the new one is whole
#pragma once

#include <filesystem>
#include <vector>

#include "base/progress.h"
#include "build/export_list.h"
#include "build/track_step.h"
#include "storage/cache.h"

namespace figment::build {

struct Stems {
  std::vector<Digest> keys;                     // by stem: what it depends on
  std::vector<std::filesystem::path> files;     // 24-bit, stereo, of the song's length
  std::vector<std::vector<Digest>> segments;    // by stem and segment: digest of the sound; kSilence where all is zero
  std::vector<std::vector<song::WeightsUsed>> weights;   // by stem: that are heard in it; its tags say so
  int made = 0;                                 // how many were not there already
};
inline const Digest kSilence(64, '0');

[[nodiscard]] Stems make_stems(const song::Song& song, const std::vector<TrackTake>& takes, ExportList& list,
                               const std::filesystem::path& scratch, const storage::Cache& cache, const Progress& progress);

}  // namespace figment::build
