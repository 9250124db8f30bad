// How near an estimate comes to the sound it stands for, in decibels, over all of both. More is nearer.
//
//   s reference, e estimate; sums over all channels and frames
//   SDR     10 log10((Σs² + δ) / (Σ(s - e)² + δ)), δ = 1e-7: the score of the Music Demixing Challenges (Mitsufuji et al. 2022,
//           "Music Demixing Challenge 2021"; Fabbro et al. 2024, "The Sound Demixing Challenge 2023"). A wrong level counts as error
//   SI-SDR  10 log10(Σ(αs)² / Σ(αs - e)²), α = Σse / Σs² (Le Roux et al. 2019, "SDR – half-baked or well done?"). One α for all
//           channels, and no mean is taken off, as in the paper's formula. A wrong level does not count; a delay does.
//           Infinite for e = αs with no error; NaN where the reference is silent; -infinity where the estimate is orthogonal to it
//   Cost    one pass
//   Sizes   the same channels and frames in both, else Error InvalidArgument
#pragma once

#include <vector>

#include "audio/buffer.h"

namespace figment::stems {

[[nodiscard]] double sdr(audio::AudioView reference, audio::AudioView estimate);
[[nodiscard]] double si_sdr(audio::AudioView reference, audio::AudioView estimate);

// Of those that are numbers: NaN is left out, infinities count. The mean of the two in the middle where their count is even; NaN
// where none is left. As numpy's nanmedian.
[[nodiscard]] double median_of_numbers(std::vector<double> values);

}  // namespace figment::stems
