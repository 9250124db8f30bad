// A sound cut into one-shots and loops.
//
//   One-shots  begin at an attack, on the zero crossing before it (of the sum of the channels, at most 3 ms early), and end where
//              the sound has died by 50 dB, or 2 ms before the next attack, faded over 8 ms there; at most 6 s
//   Classes    sampling/one_shot.h
//   Alike      one-shots of one class with nearly the same traits are one group; the best is kept: the one that rings longest
//              before the next attack, with least sounding on from before
//   Loops      1, 2, 4 and 8 bars from downbeats, on the sound's own tempo; those that differ most are kept, at most
//              kMostLoops a length. A tempo that moves is made steady on the way (sampling/fit.h)
//   Method     two passes: analysis finds places, then the places are read again
//   Threads    all cores
#pragma once

#include <filesystem>
#include <vector>

#include "analysis/analysis.h"
#include "audio/spool.h"
#include "base/progress.h"
#include "sampling/one_shot.h"
#include "sampling/seam.h"

namespace figment::sampling {

inline constexpr int kMostLoops = 8;

struct OneShot {
  std::int64_t begin = 0, end = 0;       // frames of the source
  std::int64_t fade = 0;                 // frames at its end that fade; 0: it dies by itself
  Seconds attack{0};                     // of the source
  SoundClass kind = SoundClass::Percussion;
  double sure = 0;                       // of the class
  OneShotPitch pitch;
  double strength = 0;                   // of its attack
  int alike = 1;                         // how many of the sound were like it, itself among them
};

struct Loop {
  Seconds begin{0}, end{0};              // of the source
  int bars = 1;
  int first_bar = 1;
  double energy = 0;                     // 0 … 1, the loudest 1
};

struct Chopped {
  std::vector<OneShot> one_shots;        // by class, the strongest first
  std::vector<Loop> loops;               // by length, then place
  int cut = 0;                           // one-shots before what is alike was left out
};

// `sound` holds `frames` frames of the source at its own rate.
[[nodiscard]] Chopped chop(const audio::Spool& sound, std::int64_t frames, const analysis::SoundAnalysis& heard, const Classifier& classify, const Progress& progress);

// What is struck, and when.
struct Hit {
  Seconds at{0};
  SoundClass kind = SoundClass::Percussion;
  double sure = 0, strength = 0;         // of the class; of the attack
};
[[nodiscard]] std::vector<Hit> hear_hits(const audio::Spool& sound, std::int64_t frames, const analysis::SoundAnalysis& heard, const Classifier& classify, const Progress& progress);

// The samples of a one-shot, faded where it was cut.
[[nodiscard]] audio::AudioBuffer cut_out(const audio::Spool& sound, const OneShot& shot);

// The frames of a loop at a rate, and its samples with the end turned into what comes before the start.
[[nodiscard]] std::int64_t loop_frames(const Loop& loop, Hertz rate);
[[nodiscard]] audio::AudioBuffer cut_out(const audio::Spool& sound, const Loop& loop, Seam& seam);

}  // namespace figment::sampling
