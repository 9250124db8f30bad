// Everything a report says about one sound.
//
//   Loudness EBU R128 and true peak (analysis/tally.h); PLR is true peak minus integrated loudness (AES TD1008)
//   Spectrum analysis/third_octaves.h, the average over the whole sound, dB relative to full scale
//   Width    side energy / mid energy, 0 mono … 1; mono loss: what folding to mono loses, in dB
//   DC       the mean of each channel
//   Clipped  places where three or more neighbouring samples stand at the same value at or above -0.2 dBFS: flat tops that
//            a converter or a limiter cut off
//   Outline  lowest and highest sample and power of equal parts of the sound, for pictures
//   Threads  all cores; the same result whatever their number. Cost: about 1/120 of real time on one; memory: some segments

#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "analysis/tally.h"
#include "audio/spool.h"
#include "base/progress.h"

namespace figment::analysis {

inline constexpr int kOutlineParts = 1480;

struct OutlinePart {
  float low = 0, high = 0;
  double power = 0;
};

struct Measures {
  Hertz rate{};
  int channels = 0;
  std::int64_t frames = 0;
  Tally tally;                          // what the rest was made from, for those who decide
  Loudness loudness;
  std::vector<Lufs> short_term;         // over 3 s, once a second
  BandLevels spectrum{};
  double width = 0, mono_loss_db = 0;
  std::array<double, 2> dc{};           // linear; of mono sound the first
  std::int64_t clipped = 0;
  std::vector<OutlinePart> outline;     // kOutlineParts

  [[nodiscard]] Seconds length() const { return to_seconds(Frames{frames}, rate); }
  [[nodiscard]] double plr_db() const { return loudness.true_peak.value - loudness.integrated.value; }
  [[nodiscard]] bool silent() const { return loudness.integrated <= Lufs{-100}; }   // nothing above the gate of -70 LUFS
};

// Of `frames` frames from the first. Error Cancelled.
[[nodiscard]] Measures measure(const audio::Spool& sound, std::int64_t frames, const Progress& progress);

}  // namespace figment::analysis
