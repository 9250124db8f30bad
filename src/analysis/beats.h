// Where the beats are.
//
//   Method   how likely each frame is to be a beat, or the first of a bar (analysis/beat_activations.h), then the most
//            likely walk through beats, each with a place and a tempo (after Krebs, Böck and Widmer 2015, "An efficient
//            state-space model for joint tempo and meter tracking", but with tempi that lie between the frames, so that
//            no tempo is dearer than its neighbours), by the Viterbi algorithm. Tempo hardly changes in one walk and moves
//            in another; the second must explain much more. A second, small model of the same kind counts the beats into
//            bars. Beats are then moved to the attacks they stand for and, where the tempo is steady, onto the straight
//            line through them
//   Input    frames of analysis/features.h; any length, though below four beats little can be said (`confidence` says so)
//   Tempo    30 … 250 BPM, in taps a minute: quarters, or dotted quarters where the beat divides in three
//   Doubt    a half, a double or a triplet of the tempo may be as good a count: `candidates` lists them with weights, and
//            `confidence` is of the whole grid
//   Threads  free. Cost: about 1/2000 of real time, 80 MB an hour

#pragma once

#include <vector>

#include "analysis/attacks.h"
#include "analysis/beat_activations.h"
#include "base/units.h"

namespace figment::analysis {

struct TempoCandidate {
  Bpm tempo{0};
  double weight = 0;                // they add up to 1
};

struct BeatGrid {
  Bpm tempo{0};                     // median over the sound; 0: no beat
  std::vector<Seconds> beats;       // rising; the first is not necessarily a downbeat
  std::vector<int> positions;       // of each in its bar, from 1
  int beats_per_bar = 0;            // 0: unknown
  double confidence = 0;            // 0 no beat found … 1 a metronome
  double bar_confidence = 0;        // of metre and downbeats
  double unsteadiness_ms = 0;       // how far beats typically lie from where their neighbours expect them
  double drift = 0;                 // slowest to fastest tempo of eight beats, as a fraction of the tempo: 0 steady
  bool steady = false;              // one tempo throughout
  std::vector<TempoCandidate> candidates;   // the tempo first
};

struct BeatOptions {
  Bpm lowest{30}, highest{250};
  Bpm likely{115};                  // centre of what is expected, an octave wide
  Bpm known{0};                     // not 0: the tempo is this, within a tenth
  int beats_per_bar = 0;            // not 0: known
};

// Counts the beats into bars again, with a further witness: how much speaks for each beat being the first of a bar (0: nothing
// for or against; natural logarithm of the odds).
void recount_bars(BeatGrid& grid, const BeatActivations& activations, const std::vector<double>& witness, const BeatOptions& options = {});

[[nodiscard]] BeatGrid find_beats(const BeatActivations& activations, const std::vector<Attack>& attacks, Seconds length, const BeatOptions& options = {});

}  // namespace figment::analysis
