// The bass line.
//
//   Method   part.pattern says how it moves (style.h lists the patterns), or part.rhythms when; locked patterns take
//            their onsets from the kick of the very groove the drums play. Roots stand on chord changes, inner notes
//            are chord tones, the last beat before a change walks there (scale step, semitone or fifth). Every fourth
//            bar turns round with a variation, every eighth with a bigger one
//   Slides   notes that overlap the next: mono presets glide there. As often as part.slide says; the trait "sliding"
//            makes it often
//   Output   one voice on the grid (overlaps only for slides), within the part's range and the song; nothing in bars
//            without activity
//   Repeat   chance from plan.random.fork(member.id)
#pragma once

#include <vector>

#include "compose/drum_pattern.h"
#include "compose/plan.h"
#include "score/score.h"

namespace figment::compose {

// `hits` as made by play_drums(plan); the second form plays them first.
[[nodiscard]] score::Score write_bass(const Plan& plan, const Member& member, const std::vector<DrumHit>& hits);
[[nodiscard]] score::Score write_bass(const Plan& plan, const Member& member);

// Whether the onsets of a pattern follow the kick.
[[nodiscard]] bool locked_to_kick(std::string_view pattern) noexcept;

}  // namespace figment::compose
