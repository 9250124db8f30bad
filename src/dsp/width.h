// Stereo width, with a mono low end that folds down safely.
//
//   Method   mid/side: the side is scaled by width and high-passed at mono_below_hz (12 dB per octave). With safe, the
//            side may over 0.3 s never hold more power than the mid, so mono fold-down loses at most 3 dB
//   Width    0 mono, 1 as it is, 2 the side doubled. Mono sound passes unchanged
//   Cost     about 15 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_width();

}  // namespace figment::dsp
