// The chords of a sound and its key.
//
//   Chords   a hidden Markov model over stretches between beats (Sheh and Ellis 2003): each chord expects its own notes in the
//            treble and its root in the bass (analysis/chroma.h); chords of the key found in a first pass are likelier in the
//            second. Major, minor, sevenths, diminished, augmented, suspended, and none
//   Key      three witnesses: the notes held against key profiles (Albrecht and Shanahan 2013), how well the chords fit the
//            degrees of the key, and what stands at the start, the end and in the bass. Major and minor only: other modes
//            are reported as the nearest
//   Doubt    `confidence` is the share of the best against its rivals; `second` is often the relative key
//   Threads  free. Cost: about 1/5000 of real time after find_notes

#pragma once

#include <vector>

#include "analysis/beats.h"
#include "analysis/chroma.h"
#include "analysis/melody.h"
#include "score/chord.h"
#include "score/scale.h"

namespace figment::analysis {

struct HeardChord {
  Seconds start{0}, end{0};
  score::Chord chord;            // no intervals: none is heard
  double confidence = 0;
  [[nodiscard]] bool none() const noexcept { return chord.intervals.empty(); }
};

struct HeardKey {
  score::Key key;
  double confidence = 0;         // 0 nothing tonal … 1
  score::Key second;
  double second_confidence = 0;
};

struct Harmony {
  HeardKey key;
  std::vector<HeardChord> chords;     // without gaps, no two alike in a row
  double tonal = 0;                   // how much of the sound has chords at all, 0 … 1
};

// The key of one voice, from how long it stays on each pitch class and where it ends; for tunes without chords.
[[nodiscard]] HeardKey key_of(const Melody& melody);

// How much the notes change at each beat: distance of what sounds in the two beats before and the two after, against what is
// usual in the sound; 0 usual, 1 a standard deviation more. Where bars begin chords change (Goto 2001).
[[nodiscard]] std::vector<double> harmonic_changes(const Tonality& notes, const std::vector<Seconds>& beats);

// `grid` says where chords may change; without beats every half second.
[[nodiscard]] Harmony find_harmony(const Tonality& notes, const BeatGrid& grid, Seconds length);

}  // namespace figment::analysis
