// Effects of the document made into processors.
//
//   Errors   Error Corrupt naming track, effect, parameter and what there is, for types and parameters that do not exist
#pragma once

#include <span>
#include <string>
#include <vector>

#include "mix/mixer.h"
#include "score/tempo_map.h"
#include "song/song.h"

namespace figment::build {

// The points of an automation lane in frames; `tempo` turns beats into time.
[[nodiscard]] mix::Curve to_curve(const std::vector<song::AutomationPoint>& points, const score::TempoMap& tempo,
                                  Hertz rate);

// Effects first … last-1 of a track with the automation that belongs to them ("INDEX.PARAMETER", counted from 0).
// `strip_of` finds the strip a key names; -1 for none. `where` stands in messages.
[[nodiscard]] std::vector<mix::Insert> make_inserts(std::span<const song::Effect> effects, std::size_t first,
                                                    std::size_t last, std::span<const song::Automation> automation,
                                                    const score::TempoMap& tempo, Hertz rate,
                                                    const std::function<int(const std::string&)>& strip_of,
                                                    const std::string& where);

// How many of a track's effects can be computed with the track alone: those before the first that listens to another.
[[nodiscard]] std::size_t own_effects(const song::Track& track) noexcept;

}  // namespace figment::build
