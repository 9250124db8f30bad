// The verb that measures sound files.
//
//   Kept     an analysis is kept by the content of the file (and the version of what measures), so that the second time costs
//            reading the file once: $XDG_CACHE_HOME/figment/analysis, or ~/.cache/figment/analysis; nowhere without a home
//   Folders  searched with all that is below them, for files named as sound files are; several files are measured at once.
//            One that cannot be read does not stop the others
//   Errors   for a single file those of analysis/listen.h; Cancelled
//   Threads  all cores
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.h"
#include "base/progress.h"

namespace figment::studio {

struct Analyzed {
  std::filesystem::path file;
  std::optional<analysis::SoundAnalysis> analysis;   // absent: `problem` says why
  std::string problem, hint;
  bool kept = false;                                 // it was measured before
};

// One file, from what is kept or by listening.
[[nodiscard]] Analyzed analyze_file(const std::filesystem::path& file, const Progress& progress);

// Whether a file is called like a sound: what is looked at in folders.
[[nodiscard]] bool named_as_sound(const std::filesystem::path& file);

// What hears beats, from Figment's own data; loaded once.
[[nodiscard]] const analysis::BeatNetwork& beat_network();

// Files and folders. With one file its Error is thrown; with more each has its own.
[[nodiscard]] std::vector<Analyzed> analyze(const std::vector<std::filesystem::path>& paths, const Progress& progress);

// A list of objects, each with "file" and what analysis/analysis_json.h says, or "error".
[[nodiscard]] std::string to_json(const std::vector<Analyzed>& files);

}  // namespace figment::studio
