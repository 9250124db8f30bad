// Accompaniment: chords, pads, plucks and arpeggios.
//
//   Method   voicing.h leads the voices through the song's chords; a pattern (part.pattern, or the style's own rhythms)
//            says when and which of them sound. Patterns are written for pulses and their groups, so they fit every
//            metre; section energy and Member.activity thin them out or fill them
//   Patterns "pads" "sustain" "blocks" "stabs" "offbeat" "strum" "comp" "arpeggio" "alberti" "skank" "clave"
//            "charleston" "pulse" "house" "fingerpick" "power-chug" "broken" "ostinato" "tremolo" "trance-gate";
//            unknown ones play blocks
//   Arp      8ths, triplets or 16ths by density; "up" "down" "updown" "random" or a drawn figure, over the part's range
//   Output   notes on the grid, except the strum's 5 … 20 ms between strings; inside low … high and the song; the same
//            pitch never overlaps itself; bars without activity hold no onsets
//   Needs    Plan complete up to chords
//   Repeat   chance from plan.random.fork(member.id)

#pragma once

#include "compose/plan.h"
#include "score/score.h"

namespace figment::compose {

[[nodiscard]] score::Score write_chords(const Plan& plan, const Member& member);
[[nodiscard]] score::Score write_arp(const Plan& plan, const Member& member);

}  // namespace figment::compose
