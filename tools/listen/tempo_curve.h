// How fast people play: tempo over a piece.
#pragma once

#include "base/random.h"
#include "score/score.h"
#include "score/tempo_map.h"

namespace figment::listen {

enum class Hands {
  Machine,  // constant
  Band,     // wanders a few per cent and forgets
  Soloist,  // breathes with the phrase, slows down at the end
  Changing  // jumps to another tempo, or speeds up or slows down all the way
};

[[nodiscard]] score::TempoMap play_tempo(double bpm, double beats, double bar, Hands hands, Random random);

// Chooses by how likely each is, for music that is made by machines (0) … by a soloist (1).
[[nodiscard]] Hands choose_hands(double human, Random& random);

// Within the pairs of `unit` beats (0.5: eighths) the middle moves to `ratio` (0.5 straight … 0.67 triplets).
[[nodiscard]] double swing(double at, double unit, double ratio) noexcept;

// Every note some milliseconds off (deviation `ms`), notes that were together stay nearly so; velocities spread.
void humanize(score::Score& score, const score::TempoMap& tempo, double ms, Random random);

}  // namespace figment::listen
