// What a method scored on one mixture, and the table of many.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "mixture.h"

namespace figment::stems {

// Of one stem. NaN: not judged. SDR, ISR, SIR, SAR: medians over BSS Eval v4's windows; the last three where asked for.
struct StemScores {
  double bss_sdr, isr, sir, sar, sdr, si_sdr;
};

struct MixtureScores {
  std::string mixture;
  std::array<StemScores, 4> stems;
  double seconds = 0, processor_seconds = 0;   // that the split took: by the clock, and of all cores together
  double sound_seconds = 0;                     // how long the sound is
};

struct MethodScores {
  std::string method;
  std::vector<MixtureScores> mixtures;
};

// A stem that the mixture has not is not judged. An estimate that is silent throughout, which BSS Eval refuses, misses all of its
// reference: 0 dB, and SI-SDR says nothing.
[[nodiscard]] std::array<StemScores, 4> judge_stems(const Mixture& mixture, const FourStems& estimates, bool projections);

// Markdown: medians over mixtures by stem and method, and under "all" the mean of the four; then the speed of each method, by the clock
// and by the processor time it used, which other programs disturb less.
[[nodiscard]] std::string table_of(const std::vector<MethodScores>& methods, bool projections);

// One line a mixture, method and stem, separated by tabs.
[[nodiscard]] std::string lines_of(const std::vector<MethodScores>& methods);

}  // namespace figment::stems
