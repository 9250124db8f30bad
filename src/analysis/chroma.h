// Which notes sound, and folded to twelve pitch classes.
//
//   Method   Mauch and Dixon 2010 ("Approximate note transcription for the improved identification of difficult chords"): the
//            spectrum in thirds of a semitone, tuned, whitened over half an octave, explained as a sum of notes with
//            harmonics that fall by 0.7 (non-negative least squares, by multiplicative steps); the notes folded to a chroma
//            of what lies high and one of what lies low
//   Threads  all cores. Cost: about 1/1000 of real time

#pragma once

#include <array>
#include <vector>

#include "analysis/features.h"

namespace figment::analysis {

using Chroma = std::array<float, 12>;           // 0 = C

struct Tonality {
  double tuning_cents = 0;                      // of the sound against A = 440 Hz, -50 … 50
  std::vector<std::array<float, kTonalNotes>> notes;   // kTonalRate; how strongly each sounds
  std::vector<Chroma> treble, bass;             // notes from about G3 up, and up to about G3
};

[[nodiscard]] Tonality find_notes(const Features& features);

}  // namespace figment::analysis
