// The verb that makes a sound of words: a one-shot, a loop, an effect.
//
//   Files    24-bit WAV, 44.1 kHz, mono where both sides are the same. Loops and pitched sounds have a "smpl" chunk (root note,
//            loop from the first to the last frame), loops in a tempo an "acid" chunk. Tags: title, tempo, what it was made
//            from; FIGMENT_RECIPE holds engine, version, prompt, seed and what was understood, as JSON
//   Several  `count` sounds are those of `count` seeds in a row: NAME-1.wav, NAME-2.wav …
//   Errors   those of roles/sound_generator.h; NotFound for an engine there is none of; InvalidArgument when a file exists,
//            or is no .wav; Io. Stopped half-way, files that are complete stay
//   Threads  one
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "roles/sound_generator.h"

namespace figment::studio {

struct MakeSoundRequest {
  std::string prompt;
  std::string engine = "builtin";         // or a network that makes sounds (studio/neural_engines.h)
  std::string precision = "q8";           // of a network
  int threads = 0;                        // of a network; 0: as many as there are cores
  std::optional<double> seconds;          // absent: as the prompt says, or as is usual
  std::optional<std::uint64_t> seed;      // absent: made from the prompt
  int count = 1;                          // 1 … 999
  std::filesystem::path out;              // empty: a free name in the current folder, made from the sound's
};

struct SoundMade {
  std::filesystem::path file;
  std::uint64_t seed = 0;
  roles::SoundFacts facts;
  std::string sha256;
  std::string recipe;                     // JSON, one line
};

[[nodiscard]] std::vector<SoundMade> make_sounds(const MakeSoundRequest& request, const Progress& progress);

}  // namespace figment::studio
