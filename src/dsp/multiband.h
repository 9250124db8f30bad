// Multiband compressor: three or four bands, each with its own threshold, ratio and gain.
//
//   Method   Linkwitz-Riley crossover (crossover.h), per band the compressor of dynamics.h on the larger of left and
//            right. Bands that do nothing sum flat. Low bands get longer times than asked (×2, ×1.4) and the top
//            shorter ones (×0.7), as their waves are
//   Mix      of the bands before and after, so parallel compression does not comb
//   Cost     about 250 cycles a frame with four bands

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_multiband();

}  // namespace figment::dsp
