// Feel: swing and human timing, applied to all parts after they were written straight.
//
//   Swing    inside each pair of swing units (two eighths for unit 8, two sixteenths for 16) the middle moves from 1/2
//            to at most 2/3 of the pair, everything between moves along (piecewise linear, so rolls inside a half keep
//            even steps). Triplets are left where they are. All parts share the one map: what was together stays
//            together. Pairs are counted from the bar line; an odd unit at a bar's end stays straight
//   Human    offsets of a few milliseconds, drawn per place in the song and kind of player: kick and bass share theirs,
//            snares lean back in loose styles, notes closer than an eighth of a beat (rolls, strums) move together.
//            Scaled by style.mix.looseness and part.humanize; never more than 9 ms; never before beat 0
//   Velocity spread by part.humanize, and the section's energy: quieter verses, full choruses
//   Order    notes keep their order; a note that ended where the next of its pitch began still does
#pragma once

#include "compose/plan.h"
#include "score/score.h"

namespace figment::compose {

// Where a straight position comes to stand, for swing 0 … 1 in pairs of `unit`.
[[nodiscard]] double swung(double beats, double swing, int unit, double bar_length) noexcept;

// How far the middle of a pair goes: 0.5 for 0, 2/3 for 1.
[[nodiscard]] double swing_ratio(double swing) noexcept;

[[nodiscard]] score::Score with_groove(const Plan& plan, const Member& member, score::Score score);

}  // namespace figment::compose
