// Bit crusher: fewer bits, fewer samples.
//
//   Method   sample and hold at rate_hz, then rounding to bits (mid-tread, so silence stays silent). With anti_alias a
//            24 dB per octave low-pass at 0.45 of rate_hz comes first: dull instead of metallic
//   Idle     at 24 bits and 96000 Hz nothing is changed
//   Cost     about 15 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_bitcrush();

}  // namespace figment::dsp
