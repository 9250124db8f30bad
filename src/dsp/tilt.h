// Spectral tilt: the whole spectrum leans, like a see-saw around the pivot.
//
//   Method   five gentle shelves two octaves apart make a straight slope from 40 Hz to 10 kHz (within 0.5 dB for slopes
//            up to 3 dB per octave); the gain at the pivot is 0 dB
//   Cost     about 15 cycles a frame, nothing at 0

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_tilt();

}  // namespace figment::dsp
