// The lead of what neither strikes nor is the bass: the voice that carries the tune in the middle of the picture.
//
//   Method   how far each bin lies in the middle, by how alike its two channels are; among what lies there the line of the
//            clearest pitch (pitch_line.h, 160 to 1200 Hz) with its harmonics; and a part of what is not tonal but in the middle
//            (breath and consonants)
//   Limits   who leads is not known: an instrument alone in the middle is taken for the voice
//   Threads  uses all that the pool has; the same bits for any number of them
#pragma once

#include "separation/spectrogram.h"

namespace figment::separation {

// 0 … 1 for every bin: the lead's share of the power of `standing` (magnitudes of `mix`, two channels, without strokes and bass).
[[nodiscard]] Plane share_of_lead(const Spectrogram& mix, const Plane& standing);

}  // namespace figment::separation
