// The verb that lays sound files onto a grid.
//
//   Tempo    of a song (its tempo map from bar 1, its metre), or a number
//   Doubt    a sound whose beats were found with a confidence below 0.25 is refused unless `force`; below 0.5 a remark says so
//   Best     of several files each is fitted, and the one that lies best is kept (score: errors after, how far it had to be
//            stretched, how sure its beats were); the others' reports are kept too
//   Result   24-bit WAV at the song's rate (else the file's), with a loop chunk and tags; never over an existing file
//   Errors   InvalidArgument, those of sampling/warp.h and sampling/fit.h
//   Threads  all cores
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.h"
#include "base/progress.h"
#include "sampling/fit.h"
#include "song/weights_used.h"

namespace figment::studio {

struct FitRequest {
  std::vector<std::filesystem::path> files;
  std::filesystem::path song;              // folder; or empty
  double bpm = 0;                          // with no song
  std::string metre;                       // with no song; empty: as heard
  std::string key;                         // "": as it is; "song": the song's
  int bars = 0;
  double source_bpm = 0;                   // not 0: known by the user
  bool voice = false;                      // keep formants
  bool force = false;
  bool best_of = false;
  std::filesystem::path out;               // empty: a free name in the current folder
};

struct Fitted {
  std::filesystem::path source, out;
  std::string problem;                     // not empty: why this one could not be fitted
  double source_bpm = 0, bpm = 0, confidence = 0, stretch = 1, semitones = 0;
  std::string source_key, key, metre;
  int bars = 0;
  std::int64_t frames = 0;
  double rate = 0;
  sampling::BeatErrors before, after;
  sampling::Seam seam;
  score::Warp warp;                        // which instants of the source lie on which beats
  double heard_bpm = 0;                    // of the result, listened to again
  double score = 0;                        // 0 … 1
  std::vector<std::string> remarks;
  std::vector<song::WeightsUsed> weights;  // trained weights that took part in the sound, as the result's tags say too
};

// With best_of the first is the one that was kept; the others have no `out`.
[[nodiscard]] std::vector<Fitted> fit_files(const FitRequest& request, const Progress& progress);

}  // namespace figment::studio
