// How far one spectrum is from another, and what an equalizer would have to do about it.
//
//   Compared as third-octave levels, relative to each other: the overall level drops out, as the mean over the bands from
//            40 Hz to 16 kHz. Only bands where both sounds have something count: within 60 dB of their own loudest band
//   Distance the mean of the absolute differences over those bands, in dB
//   Gains    a share of the difference, limited: a band cannot be raised by more than `boost_db`, and one where the sound
//            has nothing is not raised at all, because that would raise its noise. Where `wanted` has nothing the sound is
//            lowered as far as allowed. The overall level is chosen so that the limits cost as little as possible
//   Genres   `smooth` is for wanted curves that stand for many recordings: averages over three bands are compared, so that
//            the equalizer does not flatten the notes of the music; levels are aligned between 100 Hz and 5 kHz; and what is
//            more than 12 dB short of the curve is raised less and less, from 24 dB on not at all: there is no such
//            instrument in this recording, only its noise
//   Threads  free; cost: none

#pragma once

#include <array>

#include "analysis/spectrum.h"

namespace figment::mix {

struct MatchRules {
  double strength = 1;              // share of the difference
  double boost_db = 18, cut_db = 18;
  bool smooth = false;
};

struct Comparison {
  std::array<bool, analysis::kBands> counts{};
  analysis::BandLevels difference{};           // wanted - measured, level-aligned; 0 where it does not count
  double mean_db = 0, most_db = 0;             // of the absolute differences, 40 Hz … 16 kHz
  int bands = 0;                               // that count there
};
[[nodiscard]] Comparison compare(const analysis::BandLevels& measured, const analysis::BandLevels& wanted, bool smooth = false);
// After an equalizer: what counts is judged by `source`, the sound before it. Where that had nothing, it has but noise now.
[[nodiscard]] Comparison compare(const analysis::BandLevels& measured, const analysis::BandLevels& wanted, const analysis::BandLevels& source);

// Gains that bring `measured` towards `wanted`. `so_far`: gains that `measured`, made of `source`, has already been through.
[[nodiscard]] analysis::BandLevels match_gains(const analysis::BandLevels& source, const analysis::BandLevels& measured,
                                               const analysis::BandLevels& wanted, const analysis::BandLevels& so_far, const MatchRules& rules);

}  // namespace figment::mix
