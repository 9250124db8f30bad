// The course of one voice's pitch through a mix: the bass, or a lead.
//
//   Method   salience by summing a fundamental's harmonics (Klapuri 2006; Salamon and Gómez 2012, "Melody extraction from polyphonic
//            music signals using pitch contour characteristics"), less what lies halfway between them, so that no octave below
//            is taken for the tone; then the best path through it by dynamic programming, which may also rest
//   Range    60 steps an octave
//   Threads  uses all that the pool has for the salience; the same bits for any number of them
//   Cost     harmonics · steps a frame, small beside a transform
#pragma once

#include <vector>

#include "separation/spectrogram.h"

namespace figment::separation {

struct PitchSearch {
  Hertz lowest{80}, highest{1000};
  int harmonics = 10;
  double falloff = 0.85;        // weight of each harmonic to the one before
  double rest = 0.2;            // salience below which the line rather rests
  double jump = 0.15;           // what a leap costs, in salience
  double tilt = 0;              // preference for high tones, in salience an octave; below 0 for low ones
};

struct PitchLine {
  std::vector<float> hertz;     // by frame; 0: rests
};

// `among`: magnitudes of all that sounds, of which the line's are a part; salience is measured against them. `size` is that of the
// transform they come from, `rate` the sound's. Silent frames rest.
[[nodiscard]] PitchLine find_line(const Plane& magnitudes, const Plane& among, int size, Hertz rate, const PitchSearch& search);

// How far a bin stands on one of a fundamental's harmonics: 1 on it, less by `sag` towards `width` bins off, and 0 from there on.
// `fundamental` in bins.
struct OnHarmonic {
  int harmonic = 0;             // the nearest, from 1
  float weight = 0;
};
[[nodiscard]] OnHarmonic on_harmonic(int bin, double fundamental, double width, double sag) noexcept;

}  // namespace figment::separation
