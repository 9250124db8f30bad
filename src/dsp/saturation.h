// Saturation: warmth to destruction, without the level jump.
//
//   Types    0 tube  asymmetric tanh: even and odd harmonics
//            1 tape  tanh with the highs pushed into it and pulled back after, so they soften first
//            2 hard  clipping
//            3 fold  sine folding: what is too loud comes back down
//   Method   4x oversampled (oversampler.h). Compensation: a sine at -12 dBFS comes out with the RMS it had
//            What becomes direct current is removed, below 8 Hz
//   Latency  45 frames, for the dry part too
//   Cost     about 100 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_saturation();

}  // namespace figment::dsp
