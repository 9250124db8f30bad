// The verb that makes music of words by a neural engine.
//
//   Files    24-bit WAV at the network's own rate, turned down to -1 dBFS where it rises above; FIGMENT_RECIPE holds engine, version,
//            weights with their licences, what the network was told, settings, seed and inputs, as JSON
//   Stream   written while it is made: NAME.unfinished.wav.part is a WAV file that can be heard, silent where nothing is yet. Stopped
//            half-way, what was made until then becomes NAME, and `stopped` says so; the verb then ends as if it were done
//   Several  `count` pieces are those of `count` seeds in a row: NAME-1.wav, NAME-2.wav …
//   Fit      with a song, the words are followed by its tempo and key (unless they name a tempo), every piece is laid onto the song's
//            grid and measured (studio/fit_file.h), and the one that lies best is kept as NAME. Where none can be fitted, the pieces
//            are kept as they are, and the error names them
//   Errors   those of the engine (studio/neural_engines.h, roles/music_generator.h); InvalidArgument when a file exists, or is no .wav;
//            Io. Cancelled only before there is anything to keep
//   Threads  one
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "roles/music_generator.h"
#include "studio/fit_file.h"
#include "studio/neural_engines.h"

namespace figment::studio {

struct GenerateRequest {
  std::string prompt;
  NeuralWish neural{"musicgen-small"};
  std::optional<double> seconds;               // absent: 30
  std::optional<std::uint64_t> seed;           // absent: made from the prompt
  std::filesystem::path melody, go_on;         // a tune to follow; a clip to go on from
  int count = 1;                               // 1 … 99
  std::filesystem::path song;                  // to fit to; empty: as it comes
  bool force = false;                          // fit it even where its beats are unclear
  std::optional<double> temperature, top_p, guidance;
  std::optional<int> top_k;
  std::filesystem::path out;                   // empty: a free name in the current folder, made from the prompt
};

struct Generated {
  std::filesystem::path file;
  std::uint64_t seed = 0;
  roles::MusicFacts facts;
  std::int64_t frames = 0;                     // made
  double gain_db = 0;                          // below 0: it was turned down
  double took = 0;                             // seconds of work
  bool stopped = false;
  std::string sha256, recipe;
  std::vector<song::WeightsUsed> weights;
  std::optional<Fitted> fitted;                // what became of it; the first is the one that was kept
};

[[nodiscard]] std::vector<Generated> generate_music(const GenerateRequest& request, const Progress& progress);

}  // namespace figment::studio
