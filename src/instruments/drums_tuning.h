// Drums in the key of the song.
//
//   Why      A kick that rings at G under a song in F sharp minor is a wrong bass note in every beat: ears and key finders
//            hear it. Producers tune kicks and toms to the root or the fifth
//   Method   each low layer with a pitch (the body of a kick, the knock above it, the head of a tom) is moved to the
//            root, or to the fifth where that is much nearer, by less than five semitones. Clicks, noise and filters stay. A drum that is
//            another's pad at a distance (tom_mid from tom_low) is moved as a whole
//   Not      snares, cymbals and everything without a clear pitch

#pragma once

#include "instruments/drums_spec.h"

namespace figment::instruments::drum_spec {

// `tonic`: pitch class, 0 … 11.
void tune_to_key(Kit& kit, int tonic);

}  // namespace figment::instruments::drum_spec
