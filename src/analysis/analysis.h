// Everything that is found in a sound file.
//
//   Method   one pass over the file (listen.h), then beats, notes, harmony, sections, melody, each in the file of its name
//   Errors   those of listen
//   Threads  all cores
//   Cost     about 1/80 of real time on two cores; memory as listen, about 120 MB an hour

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analysis/harmony.h"
#include "analysis/listen.h"
#include "analysis/melody.h"
#include "analysis/sections.h"
#include "analysis/subdivision.h"
#include "score/metre.h"

namespace figment::analysis {

struct SoundAnalysis {
  static constexpr int kVersion = 5;     // raised whenever a result may change: part of the key of a kept analysis

  audio::SourceFacts source;
  Seconds length{0};

  BeatGrid grid;
  Subdivision subdivision;
  int loop_beats = 0;                    // not 0: the file is exactly so many beats long and begins on one
  std::vector<Attack> attacks;
  double attack_confidence = 0;          // how far attacks stand out

  Harmony harmony;
  double tuning_cents = 0;
  std::vector<HeardSection> sections;
  Melody melody;

  Loudness loudness;
  std::vector<Lufs> short_term;          // once a second
  BandLevels spectrum{};
  double mono_loss_db = 0, width = 0;
  Condition condition;

  // "4/4"; 6/8 and 12/8 where beats divide in three. Only sensible with some bar_confidence.
  [[nodiscard]] score::Metre metre() const;
};

// The chords of each bar, those that sound for less than a quarter of it left out.
struct BarChords {
  Seconds start{0};
  std::vector<score::Chord> chords;      // empty: none is heard
};
[[nodiscard]] std::vector<BarChords> chords_by_bar(const SoundAnalysis& analysis);

// What is heard, from what was listened to.
[[nodiscard]] SoundAnalysis analyse(const Listening& heard, const BeatNetwork& network, const BeatOptions& options = {});

}  // namespace figment::analysis
