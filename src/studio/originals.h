// Sounds that came from outside, kept in a song's folder as they came.
#pragma once

#include <filesystem>
#include <string>

#include "base/hash.h"

namespace figment::studio {

// Copies the file to FOLDER/sounds, unless a file of this content (`digest`) is there under its name. Returns "sounds/NAME".
[[nodiscard]] std::string keep_original(const std::filesystem::path& file, const std::filesystem::path& folder, const Digest& digest);

}  // namespace figment::studio
