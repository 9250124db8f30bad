// What fitting did, as text and JSON.
#pragma once

#include <string>
#include <vector>

#include "studio/fit_file.h"

namespace figment::cli {

[[nodiscard]] std::string fit_text(const std::vector<studio::Fitted>& fitted);
[[nodiscard]] std::string fit_json(const std::vector<studio::Fitted>& fitted);

}  // namespace figment::cli
