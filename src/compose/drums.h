// One drum track: the hits of drum_pattern.h that belong to it.
//
//   Roles    "kick", "snare" (snares, clap, rim, snap), "hats" (hats, rides, cymbals), "percussion" (the rest) each
//            write their own; "drums" writes all that no other track of the band has. Toms go to the snare's track
//            where there is no percussion. Of two tracks of one role, the one named after a drum ("clap", "shaker")
//            gets it
//   Activity below 1 thins out: first rolls, then sixteenths between the eighths, then eighths
//   Rolls    may be pitched: Bend controls, on "hats" tracks only, back to 0 with the next plain hit
//   Traits   "no-GROUP" (no-snare …) of a "drums" track leaves that group out
#pragma once

#include <vector>

#include "compose/drum_pattern.h"
#include "compose/plan.h"
#include "score/score.h"

namespace figment::compose {

[[nodiscard]] bool is_drum_role(std::string_view role) noexcept;

// `hits` as made by play_drums(plan); the second form plays them first.
[[nodiscard]] score::Score write_drums(const Plan& plan, const Member& member, const std::vector<DrumHit>& hits);
[[nodiscard]] score::Score write_drums(const Plan& plan, const Member& member);

}  // namespace figment::compose
