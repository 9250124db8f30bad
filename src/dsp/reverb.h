// Reverb: a room that was never built.
//
//   Method   pre-delay → early reflections (two sets of ten taps) and four all-pass diffusers a side → feedback delay
//            network of 16 lines with a Hadamard matrix (Jot & Chaigne 1991; Schroeder 1962 for the all-passes). Each
//            line loses exactly what its length asks for, so that all decay together: 60 dB in decay_s in the middle,
//            half that time at damping_hz, decay_s · low_decay below 250 Hz. Line lengths wander a little, each at its
//            own pace, which keeps modes from ringing
//   Level    steady sound comes out about as loud as it goes in, however long the decay
//   Sends    mix 1 on a send, less as an insert
//   Changes  all glide; size bends the pitch of what still rings, as moving walls would
//   Cost     about 100 cycles a frame; 1 MB at 44.1 kHz

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_reverb();

}  // namespace figment::dsp
