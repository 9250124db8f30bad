// Lo-fi: an old tape or record. Wow and flutter, hiss and crackle, no lows and no highs.
//
//   Method   a delay line read at a wandering place: wow is one slow sine plus a slower one off beat, flutter two fast
//            ones. Hiss is gentle pink-ish noise, crackle are sparse random clicks with a short ring; both play on in
//            silence, as they do on a record. Then band limits of 12 dB per octave
//   Repeat   noise starts the same after every reset
//   Limits   the reading place moves at most ±11 ms, whatever is asked
//   Latency  12 ms, for the dry part too
//   Cost     about 90 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_lofi();

}  // namespace figment::dsp
