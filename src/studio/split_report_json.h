// What a split's stems hold (separation/stem_report.h), as JSON; for --json, for tags, and for a split that goes on after its report.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "separation/stem_report.h"

namespace figment::studio {

[[nodiscard]] nlohmann::ordered_json to_json(const separation::StemFacts& facts);
[[nodiscard]] nlohmann::ordered_json to_json(const separation::StemReport& report);
// Throws what nlohmann's reader throws for any other.
[[nodiscard]] separation::StemReport stem_report_from(const nlohmann::json& json);

}  // namespace figment::studio
