// export/exports.json: which step each exported file came from. What `figment why` reads, and what makes a second build do
// nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "song/weights_used.h"

namespace figment::build {

struct ExportEntry {
  Digest key;             // of everything the file depends on
  Digest take;            // the Take it holds; empty for files that hold none
  std::uintmax_t bytes = 0;
  std::int64_t changed = 0;   // when the file was written, in nanoseconds of the file system's clock
  std::vector<song::WeightsUsed> weights;   // trained weights that took part in what it holds
};

// exports.json as a map from relative path to entry; empty when missing or damaged (then all is exported again).
class ExportList {
 public:
  explicit ExportList(std::filesystem::path export_folder);
  [[nodiscard]] std::optional<Digest> key_of(const std::string& file) const;      // of what lies there, where it was not touched since
  [[nodiscard]] bool current(const std::string& file, const Digest& key) const { return key_of(file) == key; }
  void note(const std::string& file, const Digest& key, const Digest& take, std::vector<song::WeightsUsed> weights = {});
  void note_weights(const std::string& file, std::vector<song::WeightsUsed> weights);   // after its tags were written; the sound is the same
  void forget_others(const std::vector<std::string>& files);   // entries, and stems that no longer exist in the song
  void forget_all() { entries_.clear(); }
  void save() const;
  [[nodiscard]] const std::map<std::string, ExportEntry>& entries() const noexcept { return entries_; }
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
  std::filesystem::path folder_;
  std::map<std::string, ExportEntry> entries_;
};

}  // namespace figment::build
