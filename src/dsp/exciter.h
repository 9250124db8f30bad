// Exciter: new highs made from the sound's own.
//
//   Method   the sound above frequency_hz is driven through an asymmetric tanh at twice the rate, high-passed again so
//            that only its harmonics' region is left, and added
//   Latency  39 frames
//   Cost     about 60 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_exciter();

}  // namespace figment::dsp
