// BSS Eval, version 4, of stereo images: what the campaigns of source separation report.
//
//   Method    Stöter, Liutkus and Ito 2018, "The 2018 Signal Separation Evaluation Campaign", and its public implementation, museval
//             0.4, mode "v4". An estimate minus its reference is taken apart into spatial error (what filters of 512 taps on the
//             reference itself explain), interference (what filters on all references explain beyond that) and artefacts (the
//             rest). Filters are fitted once, over the whole sound; the ratios are taken in windows of 1 s, hop 1 s:
//             SDR  reference / all three                    ISR  reference / spatial error
//             SIR  reference with spatial error / interference      SAR  all but artefacts / artefacts
//   SDR       The three errors add up to estimate minus reference whatever the filters are, so SDR needs no projection: it is
//             the plain ratio in each window. Without `projections` only SDR is made, and nothing is solved
//   Left out  a window where any reference or any estimate is silent (its channels add up to 0 in every frame) is NaN for all of
//             them; what is left of the sound behind the last whole window is not judged, unless there is none
//   Score     of a sound: the median of its windows (`median_of_numbers`); of many sounds: the median of those
//   Errors    InvalidArgument where shapes differ, or a reference or an estimate is silent throughout
//   Cost      SDR: one pass. With projections projection.h's, and per window (signals + 4 · estimate channels) transforms
#pragma once

#include <span>
#include <vector>

#include "audio/buffer.h"

namespace figment::stems {

struct BssOptions {
  std::int64_t window = 44100, hop = 44100;   // frames; a window as long as the sound or longer: one window
  int taps = 512;
  bool projections = false;
};

// By window.
struct BssScores {
  std::vector<double> sdr, isr, sir, sar;   // the last three empty without projections
};

// estimates[s] stands for references[s]. One source or more, of any number of channels.
[[nodiscard]] std::vector<BssScores> bss_eval(std::span<const audio::AudioView> references, std::span<const audio::AudioView> estimates, const BssOptions& options);

}  // namespace figment::stems
