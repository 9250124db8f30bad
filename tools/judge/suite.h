// The prompt suite's answers: what was judged against what was asked, as the Markdown table of docs/measured.md.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace figment::judge {

struct Asked {
  std::string name, key, metre, prompt;
  double bpm = 0, seconds = 0;  // 0: not asked
  int bars = 0;
  bool solo = false;
};
// Error NotFound, Corrupt (with the line).
[[nodiscard]] std::vector<Asked> read_prompts(const std::filesystem::path& file);

struct Table {
  std::string markdown;
  bool all_met = true;
};
[[nodiscard]] Table table_of(const std::vector<nlohmann::json>& judged, const std::vector<Asked>& asked);

}  // namespace figment::judge
