// Where Figment's own data files (styles, presets, words) lie.
#pragma once

#include <filesystem>

namespace figment::studio {

// The first that exists of: $FIGMENT_DATA, share/figment beside the program's bin folder, the source tree it was built
// from. Error NotFound naming all of them.
[[nodiscard]] std::filesystem::path find_data_dir();

}  // namespace figment::studio
