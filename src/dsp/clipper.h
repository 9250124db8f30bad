// Clipper: peaks are rounded off at the ceiling; below the knee nothing changes.
//
//   Method   4x oversampled; straight up to the knee, then a tanh that meets it with the same slope and never passes
//            the ceiling. The filter back to the base rate may overshoot by a few tenths of a dB: a limiter goes last
//   Latency  45 frames
//   Cost     about 90 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_clipper();

}  // namespace figment::dsp
