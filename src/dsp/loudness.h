// Loudness as people hear it, for decisions inside the sound path; full EBU R128 figures come from `analysis`.
//
//   Method   ITU-R BS.1770-4: K-weighting (a shelf for the head, a high-pass), mean square, channels summed. The two
//            filters are designed for any rate from the analogue prototype that gives the standard's 48 kHz table
//   Threads  free functions, no state shared

#pragma once

#include <array>

#include "audio/buffer.h"
#include "base/units.h"
#include "dsp/biquad.h"

namespace figment::dsp {

// The shelf and the high-pass of K-weighting at a rate.
[[nodiscard]] std::array<Biquad, 2> k_weighting(Hertz rate) noexcept;

// Ungated loudness of the whole sound (mono counts as one channel); -200 LUFS for silence.
[[nodiscard]] Lufs plain_loudness(audio::AudioView sound);

}  // namespace figment::dsp
