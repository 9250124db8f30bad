// Ducker: makes room while another track (the key) sounds; the pump of dance music.
//
//   Method   the key's peak level opens a gate; the gain goes down by depth_db along a smooth S over attack_ms, stays
//            for hold_ms after the key has fallen below the threshold, and comes back along the same S over release_ms.
//            The shape does not depend on how loud the key is, so every kick pumps alike
//   Key      without one, sound passes unchanged
//   Cost     about 25 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_ducker();

}  // namespace figment::dsp
