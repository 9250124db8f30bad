// The ideas a song is made of, and what a composer does with an idea.
//
//   Method   A motif is drawn as many candidates: a rhythm from the learned bars, weighted by the style's density and
//            syncopation, and steps from the learned intervals against the real chords of the section it will open.
//            The candidate that is easiest to remember is kept: few different values, repeated cells, one highest note,
//            leaps that turn back, an ending that rests
//   Motif    starts on the bar line (upbeats are written by lead_upbeat.h), lasts one or two bars, and leaves air at its end.
//            Degrees are diatonic steps from an anchor (degree 0 = the anchor itself)
//   Needs    Plan: everything up to chords
//   Repeat   chance from plan.random.fork("theme")

#pragma once

#include "compose/plan.h"

namespace figment::compose {

[[nodiscard]] Theme write_theme(const Plan& plan);

// Developments. None changes its argument; lengths stay positive.
[[nodiscard]] Motif sequenced(Motif motif, int steps);                 // all degrees moved
[[nodiscard]] Motif inverted(Motif motif);                             // mirrored around its first note
[[nodiscard]] Motif retrograde(Motif motif);                           // backwards
[[nodiscard]] Motif augmented(Motif motif, double factor);             // longer (or, below 1, shorter) in time
[[nodiscard]] Motif fragment(const Motif& motif, Beats from, Beats to); // what starts in [from, to), moved to 0
[[nodiscard]] Motif with_ending(Motif motif, int degree, Beats metre_bar);  // last note long, on `degree`

}  // namespace figment::compose
