// Flanger: a short moving delay with feedback, a comb that sweeps.
//
//   Method   delay between delay_ms and delay_ms + depth_ms on a sine that is slow at the short end (the delay is swept
//            in octaves, as ears hear the comb); left and right apart by stereo_degrees
//   Cost     about 60 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_flanger();

}  // namespace figment::dsp
