// Names for results that were not named, and files that must not be written over.
#pragma once

#include <filesystem>
#include <string>

namespace figment::studio {

// STEM.ENDING in the folder (empty: the current one), or STEM-2.ENDING … when that exists.
[[nodiscard]] std::filesystem::path free_name(const std::string& stem, const std::string& ending, const std::filesystem::path& folder = {});

// For names of files, folders and tracks: lower-case letters, digits and '-', at most 40; `otherwise` where nothing is left.
[[nodiscard]] std::string plain_word(const std::string& name, const std::string& otherwise);

// Error InvalidArgument when `out` exists; NotFound when its folder does not.
void check_new(const std::filesystem::path& out);

// "120", "97.5": for names and remarks.
[[nodiscard]] std::string plain_number(double x, int decimals);

}  // namespace figment::studio
