// Reads a sound file once and measures everything that is found frame by frame.
//
//   Input    any file audio/sound_stream.h reads, of any length; a file cut short is measured as far as it goes
//   Memory   some seconds of sound, and 80 MB an hour for the frames
//   Repeat   the same bits whatever the number of threads: a block depends only on its own sound and what is around it
//   Errors   those of SoundStream; Cancelled
//   Threads  all cores: decoding goes on while the last blocks are measured
//   Cost     about 1/100 of real time on two cores

#pragma once

#include <filesystem>
#include <vector>

#include "analysis/features.h"
#include "analysis/tally.h"
#include "audio/sound_stream.h"
#include "base/progress.h"

namespace figment::analysis {

// What is wrong with a sound, or may be.
struct Condition {
  std::int64_t clipped = 0;         // samples in runs of three or more that stand still within 0.2 dB of the highest
  std::int64_t over = 0;            // samples above full scale
  double offset = 0;                // DC, linear, of the worse channel
  Decibels noise_floor{-200};       // RMS of the quietest twentieth of 50 ms stretches; -200: digital silence
  double noise_confidence = 0;      // 0: there are no pauses to hear it in … 1
  Seconds silence_before{0}, silence_after{0};   // below -60 dBFS
  double correlation = 1;           // of left and right: 1 mono … 0 unrelated … -1 one is the other upside down
};

struct Listening {
  audio::SourceFacts source;
  Seconds length{0};
  int channels = 1;                 // 1 or 2, after folding
  Tally tally;
  Condition condition;
  Features features;
};

[[nodiscard]] Listening listen(const std::filesystem::path& file, const Progress& progress);

}  // namespace figment::analysis
