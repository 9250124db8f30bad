// Places in the band that a style does not have, and what an instrument can play there.
//
//   Cost     fit_range reads the preset's file

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "compose/style.h"

namespace figment::compose {

// Whether a word names a role of a track.
[[nodiscard]] bool is_role(std::string_view word);

// A player of `role` with the role's usual sound, range and level.
[[nodiscard]] TrackTemplate new_part(const std::string& role);

// Moves the part into the notes its preset sounds good in, where the preset's file says so.
void fit_range(PartStyle& part, const std::string& preset, const std::filesystem::path& data_dir);

}  // namespace figment::compose
