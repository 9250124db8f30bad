// What sounds between the notes: risers, impacts, reverse cymbals, and textures that lie under everything.
//
//   Effects  a track plays the transitions its preset is named after ("fx/riser" plays "riser"): lead-ins end exactly
//            where the next section begins, impacts and downlifters start there
//   Texture  an "fx/…" preset holds one note for each stretch of bars in which the track plays
//   Output   note 60 plays a sound as its preset says; risers that have a pitch start on the key's tonic
#pragma once

#include <string>
#include <string_view>

#include "compose/plan.h"
#include "score/score.h"

namespace figment::compose {

[[nodiscard]] score::Score write_effects(const Plan& plan, const Member& member);
[[nodiscard]] score::Score write_texture(const Plan& plan, const Member& member);

// The transition that a preset of effects plays: "riser" for "fx/riser", "fx/riser-noise"; empty when it is none.
[[nodiscard]] std::string transition_of(std::string_view preset);

// Whether a transition sounds before the bar line ("riser") or after it ("impact").
[[nodiscard]] bool leads_in(std::string_view transition) noexcept;

}  // namespace figment::compose
