// Mastering: from a mix to a file that can be published, by measurement.
//
//   Chain    tonal balance (a ten-band equalizer towards a target spectrum, never more than ±6 dB, half the distance) →
//            multiband compressor (thresholds set from the measured band levels) → mono low end and width → saturation
//            → gain → true-peak look-ahead limiter
//   Loudness the gain is searched on a model of the limiter that sees 1.5 ms blocks (peak and K-weighted energy), then
//            verified on the real sound (BS.1770) and trimmed; integrated loudness ends within 0.1 LU of the target
//            unless the limiter would have to take more than 30 dB at its deepest
//   Segments The sound is processed in segments of about 12 s in parallel, each with 1.5 s of run-up that is thrown
//            away; a segment depends only on its own sound and its run-up, not on how many threads there are
//   Repeat   same input and settings, same bits
//   Memory   some segments; the sound itself is spooled to disk
//   Threads  all cores

#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "analysis/loudness.h"
#include "analysis/spectrum.h"
#include "audio/spool.h"
#include "base/progress.h"

namespace figment::mix {

struct MasterSettings {
  Lufs target{-14};
  Decibels ceiling{-1};
  analysis::BandLevels balance{};      // wanted third-octave levels, dB relative to each other
  double balance_strength = 0.5;       // share of the distance that is corrected
  double punch = 0.5;                  // 0 dense … 1 open
  double width = 1;
  double warmth = 0.2;
  Seconds fade_in{0}, fade_out{0.01};
};

struct MasterReport {
  Lufs before{-200};                       // of the mix
  analysis::Loudness after;
  analysis::BandLevels spectrum_before{}, spectrum_after{};
  std::array<double, 10> equalizer_db{};   // at 31.25 Hz · 2^i
  double gain_db = 0;                      // from the mix to the limiter, equalizer apart
  double mono_loss_db = 0, width = 0;      // after
  std::vector<Lufs> short_term;            // once a second, after
};

// Reads `frames` of a stereo `mix` and leaves the result in `out` (same rate). Silence stays silence.
MasterReport master(const audio::Spool& mix, std::int64_t frames, const MasterSettings& settings, audio::Spool& out,
                    const std::filesystem::path& scratch, const Progress& progress);

}  // namespace figment::mix
