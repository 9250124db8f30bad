// Target spectra by name (data/balance.toml).
#pragma once

#include <filesystem>
#include <string>

#include "analysis/spectrum.h"

namespace figment::mix {

// Error NotFound with the known names.
[[nodiscard]] analysis::BandLevels load_balance(const std::filesystem::path& data_dir, const std::string& name);

}  // namespace figment::mix
