// Transient shaper: more or less attack, more or less sustain, whatever the level.
//
//   Method   differences of envelopes in dB: a fast follower minus one that rises slowly is the attack; one that falls
//            slowly minus the fast one is the sustain. Each, scaled by its amount, is a gain. Because only ratios of
//            envelopes count, quiet hits are shaped like loud ones
//   Limits   ±18 dB of gain
//   Cost     about 60 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_transient();

}  // namespace figment::dsp
