// Echo in time with the song.
//
//   Method   one line per side. What comes out of it passes a high-pass and a low-pass (12 dB per octave each) before
//            it is heard and before it goes round again, so that every echo is a little darker and thinner. Ping-pong:
//            the sound enters left as mono and changes sides each time round
//   Time     time_beats · 60 / tempo, to the nearest frame, 64 frames to 5.9 s. A new time cross-fades in (50 ms)
//   Ducking  echoes are up to ducking_db quieter while the input is louder than -10 dBFS, not at all below -40
//   Throws   automate send: it is the level into the line, what already rings goes on
//   Sends    mix 1 on a send, less as an insert
//   Cost     about 50 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_delay();

}  // namespace figment::dsp
