// The chords of one kind of section, before they are laid out in bars: what harmony.cpp repeats through the song.
//
//   A Slot is a chord that lasts `bars` (whole or fractions: 0.5 is half a bar in any metre). `target` is the pitch
//   class that the chord must be followed by (an applied dominant, a tritone substitute), -1 when it is free. Threads
//   free; chance comes in through `random`

#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "compose/plan.h"
#include "score/chord.h"

namespace figment::compose {

struct Slot {
  score::Chord chord;
  double bars = 1;
  int target = -1;
};
using Material = std::vector<Slot>;

// Material for sections of `kind` that are `bars` long. `taken` are those already made for other kinds: they are
// avoided where the style offers anything else.
[[nodiscard]] Material make_material(const Plan& plan, const std::string& kind, int bars,
                                     const std::vector<Material>& taken, Random& random);

// The triad of the mode on a degree (0 … 6).
[[nodiscard]] score::Chord diatonic_triad(const score::Key& key, int degree);
[[nodiscard]] score::Chord tonic_chord(const Plan& plan);
// The chord that leads home in this mode: V in major and minor, bII in phrygian, bVII in dorian and mixolydian …
[[nodiscard]] score::Chord leading_chord(const score::Key& key);

// The chord with the style's sevenths, ninths and thirteenths, those that the key allows.
[[nodiscard]] score::Chord coloured(const score::Chord& chord, const Plan& plan, Random& random);

}  // namespace figment::compose
