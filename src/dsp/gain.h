// Gain: the fader, made for automation.
//
//   Method   glides in amplitude (10 ms); -120 dB is silence
//   Cost     about 3 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_gain();

}  // namespace figment::dsp
