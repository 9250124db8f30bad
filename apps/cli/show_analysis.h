// What was measured of sounds, as text: a page for one file, a line each for many.
#pragma once

#include <string>
#include <vector>

#include "studio/analyze.h"

namespace figment::cli {

[[nodiscard]] std::string analysis_text(const std::vector<studio::Analyzed>& files);

}  // namespace figment::cli
