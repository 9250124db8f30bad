// Pick-ups: the one to three notes that lead into a phrase from the bar before.
//
//   Method   Every phrase that starts on a bar line may have one, as often as the style says (MelodyStyle::upbeat),
//            where there is room: the note before must have sounded for half a beat, and an eighth of silence remains.
//            A pick-up walks to the phrase's first note by steps of the scale of the chord it sounds over, or jumps up a
//            fourth to it as from dominant to tonic. It lies in the bar before even where that belongs to another
//            section, and even where the player was silent there
//   Promise  within the range; nothing on the bar line itself, nothing before the song
//   Repeat   a phrase at the same place of a section of the same kind has the same pick-up

#pragma once

#include <vector>

#include "compose/lead_units.h"

namespace figment::compose {

// `notes` are those of one section, with pitches and marked phrases; `before` what was told until then, in order.
void add_upbeats(const Plan& plan, const Register& range, std::vector<LineNote>& before, std::vector<LineNote>& notes,
                 const Random& random);

}  // namespace figment::compose
