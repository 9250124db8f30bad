// How results, progress and errors look: text for people, JSON for programs.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "compose/style.h"
#include "studio/make_song.h"

namespace figment::cli {

// A progress bar on a terminal, a line per stage otherwise. Writes to standard error.
class Meter {
 public:
  explicit Meter(bool on);
  void show(double fraction, std::string_view stage);
  void clear();

 private:
  bool on_, terminal_;
  int last_percent_ = -1;
  std::string last_stage_;
};

[[nodiscard]] std::string song_text(const studio::SongMade& made, bool built);
[[nodiscard]] std::string song_json(const studio::SongMade& made, bool built);
[[nodiscard]] std::string build_text(const build::BuildReport& report, const std::filesystem::path& folder);
[[nodiscard]] std::string build_json(const build::BuildReport& report, const std::filesystem::path& folder);
[[nodiscard]] std::string styles_text(const std::vector<compose::StyleInfo>& styles, const std::string& family);
[[nodiscard]] std::string styles_json(const std::vector<compose::StyleInfo>& styles);
// "  licence   musicgen-small (CC-BY-NC-4.0, no commercial use) …": of a sound that trained weights took part in; nothing of others.
[[nodiscard]] std::string licence_line(const std::vector<song::WeightsUsed>& weights);
void show_error(const Error& error, bool json);

}  // namespace figment::cli
