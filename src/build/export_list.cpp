#include "build/export_list.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "storage/files.h"

namespace figment::build {
namespace fs = std::filesystem;
namespace {

std::int64_t changed(const fs::path& file) {
  std::error_code status;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(fs::last_write_time(file, status).time_since_epoch()).count();
}

}  // namespace

ExportList::ExportList(fs::path export_folder) : folder_(std::move(export_folder)) {
  try {
    const auto json = nlohmann::json::parse(storage::read_file(folder_ / "exports.json", 4U << 20));
    for (const auto& [file, entry] : json.at("files").items())
      entries_[file] = {entry.at("key").get<std::string>(), entry.at("take").get<std::string>(), entry.at("bytes").get<std::uintmax_t>(),
                        entry.at("changed").get<std::int64_t>(), song::weights_told(entry)};
  } catch (const std::exception&) {
    entries_.clear();
  }
}

std::optional<Digest> ExportList::key_of(const std::string& file) const {
  const auto it = entries_.find(file);
  std::error_code status;
  if (it == entries_.end() || fs::file_size(folder_ / file, status) != it->second.bytes || status || changed(folder_ / file) != it->second.changed) return std::nullopt;
  return it->second.key;
}

void ExportList::note(const std::string& file, const Digest& key, const Digest& take, std::vector<song::WeightsUsed> weights) {
  std::error_code status;
  entries_[file] = {key, take, fs::file_size(folder_ / file, status), changed(folder_ / file), std::move(weights)};
}

void ExportList::note_weights(const std::string& file, std::vector<song::WeightsUsed> weights) {
  const ExportEntry& known = entries_[file];
  note(file, Digest(known.key), Digest(known.take), std::move(weights));
}

void ExportList::forget_others(const std::vector<std::string>& files) {
  for (auto it = entries_.begin(); it != entries_.end();) {
    if (std::find(files.begin(), files.end(), it->first) != files.end()) {
      ++it;
      continue;
    }
    std::error_code ignored;
    if (it->first.rfind("stems/", 0) == 0 && it->first.find("..") == std::string::npos) fs::remove(folder_ / it->first, ignored);
    it = entries_.erase(it);
  }
}

void ExportList::save() const {
  nlohmann::json files = nlohmann::json::object();
  for (const auto& [file, entry] : entries_) {
    files[file] = {{"key", entry.key}, {"take", entry.take}, {"bytes", entry.bytes}, {"changed", entry.changed}};
    if (!entry.weights.empty()) files[file]["weights"] = song::to_json(entry.weights);
  }
  storage::write_file(folder_ / "exports.json", nlohmann::json{{"files", files}}.dump(1) + "\n");
}

}  // namespace figment::build
