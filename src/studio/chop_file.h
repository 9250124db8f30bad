// The verb that makes a sample pack of a sound.
//
//   Pack     PACK/one-shots/kick_NAME_01.wav, bass_E1_NAME_01.wav …; PACK/loops/120_Am_loop_4bar_NAME_01.wav …; PACK/kit.sfz (the
//            drums, on General MIDI's keys), PACK/tonal.sfz and PACK/bass.sfz (each pitch across its neighbourhood);
//            PACK/pack.json: where each comes from, and its Recipe
//   Files    24-bit WAV at the sound's rate, never louder than it; tempo, key and title in the tags; root note and loop in a
//            "smpl" chunk, tempo and beats in an "acid" chunk
//   Weights  where trained weights took part in the sound, every sample's tags and Recipe say so (build/sound_marks.h)
//   Errors   InvalidArgument when PACK exists and is not empty; those of analysis; Io. Stopped half-way, what was written is
//            removed
//   Threads  all cores
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/beats.h"
#include "base/progress.h"
#include "song/weights_used.h"

namespace figment::studio {

struct ChopRequest {
  std::filesystem::path file, pack;     // pack empty: NAME-pack, or a free name
  double source_bpm = 0;
  bool one_shots = true, loops = true;
  std::optional<analysis::BeatGrid> grid;   // known already: of the record that the file is a stem of
};

struct PackEntry {
  std::string file;                     // inside the pack
  std::string kind;                     // "kick", "loop"
  double begin_s = 0, length_s = 0;     // of the source
  double sure = 0;
  double note = 0;                      // 0: none
  int bars = 0, alike = 1;
  double seam_step_db = 0;              // of a loop
};

struct ChopMade {
  std::filesystem::path pack;
  double bpm = 0, confidence = 0;
  std::string key;
  int attacks = 0, cut = 0;
  std::vector<PackEntry> entries;
  std::map<std::string, int> counts;    // by kind
  std::vector<std::string> remarks;
  std::vector<song::WeightsUsed> weights;   // trained weights that took part in the sound, and so in every sample
};

[[nodiscard]] ChopMade chop_file(const ChopRequest& request, const Progress& progress);

}  // namespace figment::studio
