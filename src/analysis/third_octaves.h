// The average power of a whole sound in third octaves, every sample counted alike.
//
//   Why      analysis/spectrum.h hurries (no overlap, pauses left out) and needs 0.2 s; what is to be matched to another
//            sound must be counted to the last sample, also of a drum hit
//   Method   power of Hann-windowed spectra, four windows over every sample, so that their squares add up to a constant
//            (Welch 1967; Parseval), summed in the bands of IEC 61260. The window lasts 0.25 to 0.5 s, whatever the rate,
//            and sees silence before and after the sound
//   Level    dB relative to full scale: a sine of peak 1 has -3.01 dB in its band. Channels are averaged. -200 for none
//   Threads  all cores; the same result whatever their number. Cost: about 1/300 of real time on one

#pragma once

#include "analysis/spectrum.h"
#include "audio/spool.h"
#include "base/progress.h"

namespace figment::analysis {

// Of `frames` frames from the first. Error Cancelled.
[[nodiscard]] BandLevels third_octaves(const audio::Spool& sound, std::int64_t frames, const Progress& progress);

}  // namespace figment::analysis
