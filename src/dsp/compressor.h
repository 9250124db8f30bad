// Compressor: feed-forward, soft knee, stereo-linked.
//
//   Method   Giannoulis, Massberg, Reiss (2012), "Digital Dynamic Range Compressor Design": level in dB → static curve
//            → branching one-pole in dB. Attack and release are the times to cover 63 % of a change
//   Detector peak: the larger of left and right; rms: their mean square over 10 ms (so a sine reads 3 dB less).
//            The side chain is high-passed first. With a key, the key is what is listened to
//   Cost     about 40 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_compressor();

}  // namespace figment::dsp
