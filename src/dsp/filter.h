// Sweepable filter: low, high or band pass and notch, 12 or 24 dB per octave, resonant, with drive.
//
//   Method   zero-delay state-variable filter, trapezoidal integration (A. Simper, "Linear Trapezoidal Integrated SVF",
//            2013): stays in tune and stable while the cutoff moves, which it does per frame. Drive saturates the
//            band-pass state, so resonance sings instead of exploding; its level is made up for
//   Changes  cutoff glides in octaves (5 ms); modes cross-fade
//   Cost     about 25 cycles a frame at rest, 40 while the cutoff moves

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_filter();

}  // namespace figment::dsp
