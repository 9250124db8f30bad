// Mastering: from a mix to a file that can be published, by measurement.
//
//   Chain    tonal balance (a ten-band equalizer towards a target spectrum, never more than ±6 dB, half the distance) →
//            multiband compressor (thresholds set from the measured band levels) → mono low end and width → saturation
//            → gain → true-peak look-ahead limiter
//   Loudness the gain is searched on a model of the limiter that sees 1.5 ms blocks (peak and K-weighted energy), then
//            verified on the real sound (BS.1770) and trimmed; integrated loudness ends within 0.1 LU of the target
//            unless the limiter would have to take more than 30 dB at its deepest
//   Match    Instead of the ten bands, a sound of somebody else can be brought to a wanted third-octave spectrum and width
//            (mix/match.h, mix/curve_eq.h). What compressor and limiter make of it is measured and corrected, some rounds
//   Segments The sound is processed in segments of 6.4 s in parallel, each with 1.1 s of run-up that is thrown away; a
//            segment depends only on its own sound, its run-up and the settings, not on how many threads there are
//   Again    what is decided from the whole sound (equalizer, thresholds, gains) is rounded to steps nobody hears (0.1 to
//            0.5 dB), so that a small change of the mix mostly leaves the decisions as they were; segments whose sound
//            and decisions did not change are found in the cache, and keep every bit
//   Repeat   same input and settings, same bits, whatever the cache holds
//   Input    1 or 2 channels; mono stays mono. 8 to 192 kHz
//   Memory   some segments; the sound itself is spooled to disk
//   Threads  all cores

#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/tally.h"
#include "audio/spool.h"
#include "audio/wave.h"
#include "base/progress.h"
#include "mix/match.h"
#include "mix/mixer.h"
#include "storage/cache.h"

namespace figment::mix {

// What a sound is to be brought to. Spectra as analysis/third_octaves.h measures them.
struct MatchTarget {
  analysis::BandLevels source{}, wanted{};
  MatchRules rules;
  std::optional<double> width;         // side energy / mid energy
  int rounds = 1;                      // at most; 1: the equalizer is set once
};

struct MasterSettings {
  Lufs target{-14};
  Decibels ceiling{-1};
  analysis::BandLevels balance{};      // wanted third-octave levels, dB relative to each other
  double balance_strength = 0.5;       // share of the distance that is corrected
  double punch = 0.5;                  // 0 dense … 1 open
  double width = 1;
  double warmth = 0.2;
  double density = 1;                  // share of the multiband compressor's work; 0 leaves it and the warmth out
  double mono_below_hz = 110;          // no width below; 10: off
  std::optional<MatchTarget> match;    // in the place of `balance`
  Seconds fade_in{0}, fade_out{0.01};
};

struct MasterReport {
  Lufs before{-200};                       // of the mix
  analysis::Loudness after;
  analysis::BandLevels spectrum_before{}, spectrum_after{};
  std::array<double, 10> equalizer_db{};   // at 31.25 Hz · 2^i
  double gain_db = 0;                      // from the mix to the limiter, equalizer apart
  double mono_loss_db = 0, width = 0;      // after
  analysis::BandLevels curve_db{};         // of the equalizer, where a match was asked for
  double widened = 1;                      // factor on the side signal
  double deepest_db = 0;                   // what the limiter takes at most, about
  int rounds = 0;                          // of matching
  std::vector<Lufs> short_term;            // once a second, after
  std::vector<Digest> segments;            // of the result, in order
  int segments_made = 0;                   // the others were found
};

// Where earlier work lies, for doing only what is new. Without it everything is done.
struct MasterMemory {
  const storage::Cache* cache = nullptr;                          // measures of segments
  std::vector<Digest> mix;                                        // by segment: what the mix's sound depends on
  struct Place {
    std::filesystem::path sound;                                  // a file that WaveWriter wrote
    std::int64_t frame;
  };
  std::function<std::optional<Place>(const Digest& key)> find;    // where a finished segment lies already
};

// Masters a `mix`, of which `before` tells what was measured, to `out` (24-bit, same rate and length).
// `segments` of the report are the keys by which MasterMemory::find may be asked for them later. Silence stays silence.
MasterReport master(const audio::WaveReader& mix, const analysis::Tally& before, const MasterSettings& settings,
                    audio::WaveWriter& out, const MasterMemory& memory, const std::filesystem::path& scratch,
                    const Progress& progress);
// The same of a sound of `frames` frames that lies in a spool, without memory.
MasterReport master(const audio::Spool& sound, std::int64_t frames, const analysis::Tally& before, const MasterSettings& settings,
                    audio::WaveWriter& out, const std::filesystem::path& scratch, const Progress& progress);

}  // namespace figment::mix
