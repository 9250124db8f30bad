// The verb that puts a user's sound into a song.
//
//   Original copied to SONG/sounds/ as it is, synced; the document says where it lies and how. Nothing else is written; the
//            build makes what is needed
//   Fit      its beats are found and laid onto the song's (sampling/warp.h); without, it plays at its own speed from the
//            place on. Doubt is refused as by `fit`
//   Track    a new one, or one that has clips already. An instrument's track is left alone: InvalidArgument
//   Errors   InvalidArgument, those of analysis and of the build
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/progress.h"
#include "build/build.h"

namespace figment::studio {

struct AddRequest {
  std::filesystem::path song, file;
  std::string at = "bar 1";        // "bar 9", "9", or a section's name: "chorus"
  std::string track;               // id; empty: made from the file's name
  bool fit = false;
  std::string key;                 // with fit: "song", a key, or empty
  int bars = 0;                    // how long it sounds: repeated when longer than it is; 0: once
  int source_bars = 0;             // with fit: how many of its bars are used; 0: all whole ones
  double source_bpm = 0;
  double loudness = -6;            // place relative to the loudest element
  bool voice = false, force = false;
  bool build = true;
};

struct Added {
  std::string track, sound;
  int bar = 1, bars = 1;
  double source_bpm = 0, confidence = 0, semitones = 0;
  bool fitted = false, circular = false;
  std::vector<std::string> remarks;
  std::vector<song::WeightsUsed> weights;   // trained weights that took part in the sound
  build::BuildReport build;
  bool built = false;
};

[[nodiscard]] Added add_clip(const AddRequest& request, const Progress& progress);

}  // namespace figment::studio
