// What splitting made, as text and JSON.
#pragma once

#include <string>
#include <vector>

#include "studio/split_file.h"

namespace figment::cli {

// `report`: a table of what the stems hold; without, one line for each.
[[nodiscard]] std::string split_text(const std::vector<studio::Splitted>& made, bool report);
[[nodiscard]] std::string split_json(const std::vector<studio::Splitted>& made);

}  // namespace figment::cli
