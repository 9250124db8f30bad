// Parametric equaliser: low cut, low shelf, three bells, high shelf, high cut.
//
//   Method   RBJ biquads in double precision (biquad.h); cuts are Butterworth of 6, 12, 18 or 24 dB per octave
//   Idle     a band at 0 dB, a low cut at 10 Hz and a high cut at 22 kHz are not computed at all
//   Changes  glide (10 ms) in dB and in octaves
//   Cost     about 3 cycles per section and frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_eq();

}  // namespace figment::dsp
