// A drummer with many habits: grooves drawn at random within what drummers do, in any metre.
//
//   Patterns rock, half-time, four to the floor, train beat, one drop, dembow, breakbeats with ghost notes, marches,
//   jazz
//            rides, bossas, two-steps, shuffles; 3/4, 6/8, 12/8, 5/4, 7/8 in their groups
//   Form     phrases of 4 or 8 bars, varied; fills into the next, crashes on it; breaks of half a bar to two bars in
//   which
//            nothing sounds and the listener counts on
#pragma once

#include <vector>

#include "base/random.h"
#include "piece.h"

namespace figment::listen {

struct Drumming {
  score::Score score;
  std::vector<double> kicks;  // what a bass player listens to, in beats
  double swing_unit = 0.5, swing_ratio = 0.5;
};

struct DrumWishes {
  double breaks = 0.1;  // chance of a break per phrase
  double start = 0;     // the drums enter here
  bool sparse = false;  // hand percussion only
};

// `bpm` in quarter notes: fast music has fewer sixteenths.
[[nodiscard]] Drumming drum(const score::Metre& metre, int bars, double bpm, const DrumWishes& wishes, Random random);

}  // namespace figment::listen
