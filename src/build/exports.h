// The files people take away: export/ of a song's folder.
//
//   master.wav .flac .mp3 .ogg   the mastered sound with tags, which name the trained weights that took part (build/sound_marks.h)
//   stems/ID.wav                 every track and bus, post-fader, before the master (written by the stem step)
//   song.mid                     all tracks, tempo, metre, key, section markers
//   picture.png                  waveform, loudness, spectrogram
//   exports.json                 build/export_list.h
#pragma once

#include <vector>

#include "build/export_list.h"
#include "build/master_step.h"

namespace figment::build {

// `scores` are of the tracks that have notes, named as the tracks. Writes what is not current; returns how many files it wrote.
int write_exports(const song::Song& song, const std::vector<score::Score>& scores, const std::vector<Digest>& score_digests,
                  const MasterTake& master, const storage::Cache& cache, ExportList& list, const Progress& progress);

}  // namespace figment::build
