// What fitting, adding and choosing an instrument did, as text and JSON.
#pragma once

#include <string>
#include <vector>

#include "studio/add_clip.h"
#include "studio/fit_file.h"
#include "studio/sample_instrument.h"

namespace figment::cli {

[[nodiscard]] std::string fit_text(const std::vector<studio::Fitted>& fitted);
[[nodiscard]] std::string fit_json(const std::vector<studio::Fitted>& fitted);

[[nodiscard]] std::string add_text(const studio::Added& added, const std::filesystem::path& song);
[[nodiscard]] std::string add_json(const studio::Added& added, const std::filesystem::path& song);

[[nodiscard]] std::string instrument_text(const studio::InstrumentSet& set, const std::filesystem::path& song);
[[nodiscard]] std::string instrument_json(const studio::InstrumentSet& set, const std::filesystem::path& song);

}  // namespace figment::cli
