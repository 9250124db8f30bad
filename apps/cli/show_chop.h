// What chopping made, as text and JSON.
#pragma once

#include <string>

#include "studio/chop_file.h"

namespace figment::cli {

[[nodiscard]] std::string chop_text(const studio::ChopMade& made);
[[nodiscard]] std::string chop_json(const studio::ChopMade& made);

}  // namespace figment::cli
