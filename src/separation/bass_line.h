// The bass of what does not strike: its lowest line with its harmonics, and whatever lies below all other instruments.
//
//   Method   pitch_line.h from 30 to 220 Hz; a harmonic belongs to the bass the less the higher it lies, as others sound there too;
//            what lies under the line's fundamental, or under 120 Hz, is the bass whatever the line
//   Threads  uses all that the pool has; the same bits for any number of them
#pragma once

#include "separation/spectrogram.h"

namespace figment::separation {

// 0 … 1 for every bin: the bass's share of the power of `standing` (magnitudes, without what strikes).
[[nodiscard]] Plane share_of_bass(const Plane& standing, int size, Hertz rate);

}  // namespace figment::separation
