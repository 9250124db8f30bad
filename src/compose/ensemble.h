// As many players as the brief asks for.
//
//   Method   Those named play; then the style's most important ones: drums, bass, chords, melody, and whoever comes
//   next.
//            A drum kit is one player. The others stay at home, and so do risers and noises, which nobody plays. Where
//            nobody has the melody, whoever plays the chords takes it too: a pianist has a right hand, and both hands
//            become one track (WishedStyle::joins)
//   Promise  everyone who plays does so in nearly every section
//   Needs    the style with all wishes for single parts done

#pragma once

#include "compose/wishes.h"

namespace figment::compose {

void fit_ensemble(WishedStyle& wished, int players);

}  // namespace figment::compose
