// Phaser: notches that sweep.
//
//   Method   2 to 12 first-order all-passes in series with feedback; their corner sweeps in octaves on a sine, left and
//            right apart by stereo_degrees. Added to the dry sound each two stages make one notch
//   Cost     about 12 cycles per stage and frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_phaser();

}  // namespace figment::dsp
