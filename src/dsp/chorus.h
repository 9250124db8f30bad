// Chorus: several players instead of one.
//
//   Method   per side three voices from one delay line, each read at its own slow sine (120° apart, left and right a
//            quarter turn); the lows may stay dry
//   Changes  glide; the delay moves linearly within 32 frames, so no zipper
//   Cost     about 80 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_chorus();

}  // namespace figment::dsp
