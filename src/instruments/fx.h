// Effects that a song needs between its notes: risers, impacts, reverse cymbals, noise, weather, vinyl.
//
//   Time     a note's length is the effect's length: a riser peaks and ends exactly at the note's end. Curves in the
//            preset run over that length (0 … 1), or in seconds from the start or from the end
//   Layers   noise, oscillators (sine, triangle, saw, square; band-limited), clusters of partials, crackle and drops,
//            each with curves for level, pitch, filter and place in the stereo image
//   Pitch    note 60 plays as the preset says; other notes transpose layers that have a pitch. Bend transposes too
//   Data     presets/fx/NAME.toml; the `[fx]` table is explained in presets/fx/riser.toml
//   Level    a note at velocity 1 peaks at the preset's `level_db`, by measurement in `prepare`
//   Cost     1/100 to 1/300 of its length on one core for each sounding note; `prepare` 20 ms
//   Channels 2

#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/units.h"
#include "instruments/instrument.h"

namespace figment::instruments {

// `fx` is the preset's `[fx]` table, `where` its name in messages, `gain` the preset's gain_db.
// Error Corrupt (file, key, wanted, found).
[[nodiscard]] std::unique_ptr<Instrument> make_fx(const nlohmann::json& fx, const std::string& where, Decibels gain,
                                                  std::uint64_t seed);

}  // namespace figment::instruments
