#include "studio/analyze.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "analysis/analysis_json.h"
#include "analysis/beat_network.h"
#include "base/error.h"
#include "base/executor.h"
#include "base/hash.h"
#include "storage/cache.h"
#include "studio/data_dir.h"

namespace figment::studio {
namespace {

namespace fs = std::filesystem;

std::optional<storage::Cache> kept_analyses() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/') return storage::Cache(fs::path(cache) / "figment" / "analysis");
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') return storage::Cache(fs::path(home) / ".cache" / "figment" / "analysis");
  return std::nullopt;
}

std::vector<fs::path> sounds_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code status;
  for (auto it = fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, status); !status && it != fs::recursive_directory_iterator(); it.increment(status)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored) && named_as_sound(it->path())) files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

fs::path weights_file() { return find_data_dir() / "data" / "learned" / "beats.bin"; }

}  // namespace

bool named_as_sound(const fs::path& file) {
  static constexpr std::array<const char*, 26> kEndings{".wav", ".wave", ".aif", ".aiff", ".aifc", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".mp4", ".aac",
                                                        ".wma", ".caf", ".w64", ".rf64", ".au", ".mka", ".webm", ".mkv", ".mov", ".avi", ".ape", ".wv", ".mp2"};
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

const analysis::BeatNetwork& beat_network() {
  static const analysis::BeatNetwork network = analysis::BeatNetwork::load(weights_file());
  return network;
}

Analyzed analyze_file(const fs::path& file, const Progress& progress) {
  Analyzed result;
  result.file = file;
  std::error_code status;
  // What cannot be read at all is said by the reader, in its words.
  const auto cache = fs::is_regular_file(file, status) ? kept_analyses() : std::nullopt;
  Digest key;
  if (cache) {
    key = sha256("analysis " + std::to_string(analysis::SoundAnalysis::kVersion) + " " + sha256_file(weights_file()) + " " + sha256_file(file));
    if (const auto text = cache->get(key)) {
      try {
        result.analysis = analysis::from_json(nlohmann::json::parse(*text));
        result.kept = true;
        return result;
      } catch (const std::exception&) {
        // An entry of another version, or damaged: made anew.
      }
    }
  }
  const nlohmann::json json = analysis::to_json(analysis::analyse(analysis::listen(file, progress), beat_network()));
  // Through JSON, so that what is kept and what is new say the same.
  result.analysis = analysis::from_json(json);
  if (cache) {
    try {
      cache->put(key, json.dump());
    } catch (const Error&) {
      // A full or read-only disk costs the next run its short cut, nothing else.
    }
  }
  return result;
}

std::vector<Analyzed> analyze(const std::vector<fs::path>& paths, const Progress& progress) {
  std::vector<fs::path> files;
  bool folders = false;
  for (const fs::path& path : paths) {
    std::error_code status;
    if (fs::is_directory(path, status)) {
      folders = true;
      const auto below = sounds_below(path);
      if (below.empty()) throw Error(ErrorCode::NotFound, "there is no sound file below " + path.string());
      files.insert(files.end(), below.begin(), below.end());
    } else {
      files.push_back(path);
    }
  }
  if (files.size() == 1 && !folders) return {analyze_file(files.front(), progress)};
  std::vector<Analyzed> results(files.size());
  std::atomic<std::size_t> done{0};
  parallel_for(files.size(), [&](std::size_t i) {
    try {
      results[i] = analyze_file(files[i], progress.quiet());
    } catch (const Error& e) {
      if (e.code() == ErrorCode::Cancelled) throw;
      results[i].file = files[i];
      results[i].problem = e.what();
      results[i].hint = e.hint();
    }
    const std::size_t count = ++done;
    progress.set(static_cast<double>(count) / static_cast<double>(files.size()), "listening, " + std::to_string(count) + " of " + std::to_string(files.size()) + " files");
  });
  return results;
}

std::string to_json(const std::vector<Analyzed>& files) {
  nlohmann::json list = nlohmann::json::array();
  for (const Analyzed& f : files) {
    nlohmann::json entry = f.analysis ? analysis::to_json(*f.analysis) : nlohmann::json::object();
    entry["file"] = f.file.string();
    if (!f.analysis) {
      entry["error"] = f.problem;
      if (!f.hint.empty()) entry["hint"] = f.hint;
    }
    list.push_back(std::move(entry));
  }
  return list.dump(1) + "\n";
}

}  // namespace figment::studio
