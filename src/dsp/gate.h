// Gate: what is quieter than the threshold is turned down.
//
//   Method   peak detector (10 ms fall), opens above threshold_db, closes 4 dB below it (so it does not chatter),
//   one-pole
//            opening and closing in dB. With a key, the key is what is listened to
//   Cost     about 25 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_gate();

}  // namespace figment::dsp
