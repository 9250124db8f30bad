// Lead and counter melodies: the theme told through the song.
//
//   Lead     hook in choruses and drops, the verse motif (lower, sparser) in verses, fragments that climb in builds,
//            the hook augmented in breakdowns, improvisation in solos; phrases of four units (A A' A B …), one climax a
//            phrase, strong beats on chord tones, leaps answered by a step back, rests to breathe. `part.pattern` says
//            how: "hook" "riff" "improvise" "long" "call" "ostinato" "bells"
//   Counter  lives in the lead's gaps (answers made of the hook) or, as "long", in slow guide tones against it
//   Voice    with plan.room_for_voice, leads leave verses and choruses to the singer but for short answers at phrase
//            ends, out of the middle register; the hook is theirs in intros, breaks and solos
//   Output   notes on the grid within the part's low … high and the song; bars without activity hold no onsets;
//            one voice (no two notes start together, except octaves of "bells"); with part.legato > 1 notes lap into
//            the next by up to a sixteenth, for slides on mono presets
//   Needs    Plan complete up to theme
//   Repeat   chance from plan.random.fork(member.id); sections of a kind share their material

#pragma once

#include "compose/plan.h"
#include "score/score.h"

namespace figment::compose {

[[nodiscard]] score::Score write_lead(const Plan& plan, const Member& member);
[[nodiscard]] score::Score write_counter(const Plan& plan, const Member& member);

}  // namespace figment::compose
