// Target spectra by name (data/balance.toml).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analysis/spectrum.h"

namespace figment::mix {

// Error NotFound with the known names.
[[nodiscard]] analysis::BandLevels load_balance(const std::filesystem::path& data_dir, const std::string& name);

[[nodiscard]] std::vector<std::string> balance_names(const std::filesystem::path& data_dir);

// How far a sound is from a curve: mean distance (mix/match.h, as for genres) between 40 Hz and 16 kHz, in dB, where no band
// counts for more than 12: a recording without a bass is no less of its genre.
[[nodiscard]] double balance_distance(const analysis::BandLevels& measured, const analysis::BandLevels& curve);

// The curve a sound is most like.
struct NearestBalance {
  std::string name;
  double distance_db = 0;
};
[[nodiscard]] NearestBalance nearest_balance(const std::filesystem::path& data_dir, const analysis::BandLevels& measured);

}  // namespace figment::mix
