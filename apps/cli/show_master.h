// How a mastering looks: what was measured, what was done, before and after.
#pragma once

#include <string>

#include "studio/master_file.h"

namespace figment::cli {

[[nodiscard]] std::string master_text(const studio::Mastered& mastered);
[[nodiscard]] std::string master_json(const studio::Mastered& mastered);

}  // namespace figment::cli
