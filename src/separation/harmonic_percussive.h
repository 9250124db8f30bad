// What of a spectrum stands (strings, voices, pads) and what strikes (drums).
//
//   Method   medians along time keep what stands, medians along frequency what strikes (Fitzgerald 2010, "Harmonic/percussive
//            separation using median filtering")
//   Low end  a kick is a narrow hump there, no stripe across frequencies: below 150 Hz what strikes is what rises above what stands
//   Threads  uses all that the pool has; the same bits for any number of them
//   Cost     about 60 ns a bin and direction on one core
#pragma once

#include "separation/spectrogram.h"

namespace figment::separation {

// Root of the power of all channels together.
[[nodiscard]] Plane magnitudes(const Spectrogram& spectrogram);

// `length` odd, in frames or bins; at the borders the window is what is left of it.
[[nodiscard]] Plane median_over_time(const Plane& x, int length);
[[nodiscard]] Plane median_over_frequency(const Plane& x, int length);

// 0 … 1 for every bin: the share of its power that strikes. `magnitudes` of a spectrogram whose sound peaks near 1.
[[nodiscard]] Plane share_that_strikes(const Spectrogram& spectrogram, const Plane& magnitudes);

}  // namespace figment::separation
