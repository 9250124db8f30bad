// The notes of one voice.
//
//   Method   stretches of the pitch track (analysis/pitch.h) that are periodic, loud enough and move less than two thirds of
//            a semitone from frame to frame, cut where the pitch settles on another semitone for 60 ms or where something is
//            struck again
//   Input    what one voice plays or sings. `monophonic` says whether it is that: of chords and drums little is periodic
//   Threads  free

#pragma once

#include <vector>

#include "analysis/attacks.h"
#include "analysis/features.h"

namespace figment::analysis {

struct HeardNote {
  Seconds start{0}, end{0};
  double pitch = 60;              // MIDI note, with fraction: median over the note
  double level = 0;               // RMS, linear
};

struct Melody {
  std::vector<HeardNote> notes;
  double monophonic = 0;          // 0 … 1: share of the sounding time that has one clear pitch
  double lowest = 0, highest = 0; // MIDI notes of the 5th and 95th percentile
};

[[nodiscard]] Melody find_melody(const Features& features, const std::vector<Attack>& attacks);

}  // namespace figment::analysis
