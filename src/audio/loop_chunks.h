// What samplers and sequencers read in a WAV file: where it loops, which note it is, how many beats it has.
//
//   Chunks   "smpl" (Microsoft and IBM, Multimedia Programming Interface 1.0: root note, loop from … to, both included) and,
//            where there is a tempo, "acid" (Sonic Foundry: beats, metre, BPM; what loop libraries carry). They go into the gap
//            before the samples of a file that WaveWriter made, so nothing moves
//   Errors   Corrupt for any other file, Io
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace figment::audio {

struct LoopChunks {
  int root_note = 60;
  double cents = 0;                               // above the root note, 0 … 100
  std::optional<std::pair<std::int64_t, std::int64_t>> loop;   // first and last frame of what repeats
  double bpm = 0;                                 // 0: no tempo
  int beats = 0;
  int metre_beats = 4, metre_unit = 4;
  bool rooted = false;                            // whether the root note means something
};

void write_loop_chunks(const std::filesystem::path& wave, const LoopChunks& chunks);

}  // namespace figment::audio
