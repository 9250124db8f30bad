// Tremolo and auto-pan, in time with the song.
//
//   Method   a sine that shape bends towards a square. Amplitude: 1 at the start of each cycle, down to 1 - depth in
//            its middle. Pan: constant power, starts in the middle and goes right first
//   Time     cycle_beats of a cycle when sync is 1 (a cycle starts where the sound starts), rate_hz otherwise
//   Cost     about 8 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_tremolo();

}  // namespace figment::dsp
