// Something that sings without words: glides, vibrato, vowels, breath; begins late and softly, as voices do.
#pragma once

#include <vector>

#include "base/random.h"
#include "score/score.h"
#include "score/tempo_map.h"

namespace figment::listen {

[[nodiscard]] std::vector<float> sing(const score::Score& score, const score::TempoMap& tempo, double seconds,
                                      Random random);

// Somebody who talks over the music: syllables off any grid.
[[nodiscard]] std::vector<float> talk(double seconds, Random random);

}  // namespace figment::listen
