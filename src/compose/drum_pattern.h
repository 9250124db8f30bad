// What the drummer plays, bar by bar, before it is split over tracks.
//
//   Method   A groove of the style is chosen for every kind of section. Its steps of chance are drawn once for a phrase
//            and then repeated literally; the second, fourth and eighth bar of a phrase vary it: steps drawn anew, hits
//            that the learned patterns of the genre have there, hat rolls, a small fill. Builds get a snare roll that
//            doubles its speed; bars with a "fill" transition get one of the style's fills
//   Metre    A groove written in another metre is taken apart into pulses and set together again so that downbeats stay
//            downbeats and backbeats fall on the later pulses of each group (3/4: 1 and 3; 7/8: 2+2+2+1; 5/4: 3+2)
//   Feel     half-time and double-time stretch or press kick and snare and leave the hats
//   Output   hits of the whole song in order of time, on the grid, in every bar, whether or not somebody plays it: the
//            tracks (drums.h) pick theirs, and the bass finds the kick here (bass.h)
//   Repeat   chance from plan.random.fork("drums"): pure, the same for all callers
//   Cost     about 20 microseconds a bar
#pragma once

#include <cstdint>
#include <vector>

#include "compose/plan.h"

namespace figment::compose {

enum class DrumGroup : std::uint8_t { Kick, Snare, Hats, Percussion };

struct DrumHit {
  Beats at{0};  // in the song
  Beats length{0.25};
  std::uint8_t note = 36;  // score::drum
  DrumGroup group = DrumGroup::Kick;
  double velocity = 0.8;
  double bend = 0;        // semitones, in pitched rolls
  bool ornament = false;  // part of a roll, or added to a variation: thinned out first
  bool fill = false;
};

[[nodiscard]] std::vector<DrumHit> play_drums(const Plan& plan);

// Onsets of the kick in a bar, relative to it; never empty (a groove without kick answers with its downbeat).
[[nodiscard]] std::vector<Beats> kick_onsets(const Plan& plan, const std::vector<DrumHit>& hits, int bar);

// The pulses a foot taps in a bar, as lengths in beats: 4/4 1 1 1 1, 6/8 1.5 1.5, 7/8 1 1 1 0.5.
[[nodiscard]] std::vector<double> pulses(const score::Metre& metre);

// Which kinds of music are made by machines: builds with snare rolls, fades and filters rather than final chords.
[[nodiscard]] bool electronic(const Style& style) noexcept;

}  // namespace figment::compose
