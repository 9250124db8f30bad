// What comes again: drum strokes sound alike, what plays with them does not.
//
//   Method   for every frame the frames where the strokes look most alike are sought, and the median over them keeps what they share
//            (Rafii and Pardo 2012, REPET-SIM; Liutkus, Fitzgerald, Rafii, Pardo and Daudet 2014, "Kernel additive models")
//   Threads  uses all that the pool has; the same bits for any number of them
//   Cost     grows with the square of the frames; the comparing is small beside the medians
#pragma once

#include "separation/spectrogram.h"

namespace figment::separation {

// `strokes`: magnitudes of what strikes, as far as it is known. `hertz_a_bin` is theirs.
[[nodiscard]] Plane what_repeats(const Plane& strokes, double hertz_a_bin);

}  // namespace figment::separation
