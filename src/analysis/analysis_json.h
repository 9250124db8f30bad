// An analysis as JSON: for scripts, and to be kept.
//
//   Units    seconds, Hz, dB, LUFS and MIDI notes, as the names say; confidences 0 … 1. Times to a tenth of a millisecond.
//            docs/cli.md lists the fields
//   Round trip  to_json(from_json(j)) == j
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "analysis/analysis.h"

namespace figment::analysis {

[[nodiscard]] nlohmann::json to_json(const SoundAnalysis& analysis);
// Error Corrupt for anything `to_json` has not written.
[[nodiscard]] SoundAnalysis from_json(const nlohmann::json& json);

}  // namespace figment::analysis
