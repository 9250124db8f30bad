// A melody line from an outline to real pitches, and the bar rhythms that lines are made of.
//
//   Method   fit_line: dynamic programming over pairs of pitches. Every note names the pitch it would like; the search
//            weighs that wish against the harmony (chord tones on strong beats and on long notes), the learned
//            intervals (Learned::melody_step_weight), and good conduct: a leap wider than a fourth is answered by a
//            step back, a dissonance is entered and left by step,
//            and a line rests on the degrees on which the corpus ends its phrases
//   Rhythm   drawn from the learned bars through the chooser, weighted by density and syncopation; metres the tables
//            do not know are put together from bars they know (7/8 = 2/4 + 3/8, 5/4 = 3/4 + 2/4)
//   Threads  free

#pragma once

#include <array>
#include <vector>

#include "base/random.h"
#include "compose/learned.h"
#include "compose/plan.h"

namespace figment::compose {

struct LineNote {
  Beats start{0}, length{1};
  double wish = 67;  // MIDI pitch the note would like to have
  int pitch = 67;    // what fit_line gave it
  double velocity = 0.8;
  bool begins = false;  // first of a phrase: what was before does not bind it
  bool ends = false;    // last of a phrase: wants to rest on a tone of the chord
  bool climax = false;  // the highest of its phrase; fit_line keeps the others below it
  int phrase = 0;       // which phrase the note belongs to, for the climax
};

struct LineRules {
  int low = 55, high = 84;
  bool pentatonic = false;
  double blue = 0;      // 0 … 1
  double fidelity = 1;  // how much the wish counts
};

void fit_line(const Plan& plan, std::vector<LineNote>& notes, const LineRules& rules);

// The learned corpus a style's melody names.
[[nodiscard]] Corpus melody_corpus(const Plan& plan) noexcept;

// Onsets of one bar, rising, in beats from its start; at least one. `density` 0 … 1 asks for about one note a bar … one
// every sixteenth.
[[nodiscard]] std::vector<Beats> draw_bar_rhythm(const Plan& plan, double density, double syncopation, Random& random,
                                                 BarPlace place = BarPlace::Any);

// Semitones of the pentatonic scale that lies in the mode, as pitch classes.
[[nodiscard]] std::array<bool, 12> pentatonic_set(const score::Key& key) noexcept;

// The degree (as Key::note counts, from octave 4) whose note is nearest to `pitch` and which is a tone of the chord.
[[nodiscard]] int nearest_chord_degree(const score::Key& key, const score::Chord& chord, double pitch) noexcept;
// MIDI note of a degree counted from octave 4.
[[nodiscard]] int degree_pitch(const score::Key& key, int degree) noexcept;

}  // namespace figment::compose
