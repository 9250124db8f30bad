// A pitched instrument of a user's samples.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "studio/sample_folder.h"

namespace figment::studio {

// Writes the instrument and returns its name for tracks. `role`: which of a pack's instruments is looked for first.
[[nodiscard]] std::string make_notes(const std::filesystem::path& source, const std::string& role, SampleFolder& made, std::vector<std::string>& remarks);

}  // namespace figment::studio
