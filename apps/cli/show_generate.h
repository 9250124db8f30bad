// What "generate" prints.
#pragma once

#include <string>
#include <vector>

#include "studio/generate_music.h"

namespace figment::cli {

[[nodiscard]] std::string generated_text(const std::vector<studio::Generated>& made);
[[nodiscard]] std::string generated_json(const std::vector<studio::Generated>& made);

}  // namespace figment::cli
