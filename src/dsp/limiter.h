// Look-ahead true-peak limiter: the last thing before the file.
//
//   Method   The sound's curve is interpolated 8 times (and by BS.1770's own 4x filter); what would pass the ceiling
//            asks for a gain. The lowest gain asked for within the window is held a little longer than the
//            interpolators are wide, let go exponentially, and smoothed by two box filters in series, so the gain has
//            no corners and is all the way down before a peak arrives and until it has passed. A second, shorter
//            limiter of the same kind catches the hundredths of a dB that a changing gain adds between samples
//   Ceiling  true peak by ITU-R BS.1770 stays at or below ceiling_db: 0.1 dB are kept in hand. Sound that is cut off
//            while loud has a step at its end that no limiter sees: let it end in silence
//   Release  half of release_ms (to recover 63 %) out of a short dip, twice release_ms out of a long one, so that
//            transients cost little loudness and dense music is not modulated by its own lows
//   Latency  lookahead_ms + 2.1 ms or so: ask latency(). lookahead_ms is read by prepare
//   Cost     about 300 cycles a frame

#pragma once

#include <memory>

#include "dsp/processor.h"

namespace figment::dsp {

[[nodiscard]] std::unique_ptr<Processor> make_limiter();

}  // namespace figment::dsp
