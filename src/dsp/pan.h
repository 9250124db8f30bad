// Panorama with constant power.
//
//   Method   left · √2·cos θ, right · √2·sin θ, θ from 0 (left) to 90° (right): unity in the middle, the summed power
//            of the two sides of a mono sound is the same everywhere. Mono format: unchanged
//   Cost     about 3 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_pan();

}  // namespace figment::dsp
