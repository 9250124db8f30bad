#include "storage/take_store.h"

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "base/executor.h"
#include "storage/files.h"

namespace figment::storage {
namespace fs = std::filesystem;

TakeStore::TakeStore(fs::path root) : root_(std::move(root)) {}

fs::path TakeStore::workspace(const std::string& name) const {
  static std::atomic<unsigned> counter{0};
  make_folder(root_ / "unfinished");
  return root_ / "unfinished" / (name + "-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
}

Digest TakeStore::keep(const fs::path& finished, const std::string& extension, const std::string& record_json) {
  Digest digest = sha256_file(finished);
  const fs::path folder = root_ / digest.substr(0, 2);
  make_folder(folder);
  std::error_code status;
  fs::rename(finished, folder / (digest + extension), status);
  if (status) throw Error(ErrorCode::Io, "cannot keep the take " + digest + ": " + status.message());
  keep_record(digest, record_json);
  return digest;
}

// Two steps may make the same sound, and keep it, at the same time: each writes a file of its own, and the last one stays.
void TakeStore::put(const fs::path& file, const std::string& content) const {
  const fs::path aside = workspace("record");
  write_file(aside, content, Sync::No);
  std::error_code status;
  fs::rename(aside, file, status);
  if (status) throw Error(ErrorCode::Io, "cannot write " + file.string() + ": " + status.message());
}

void TakeStore::keep_record(const Digest& take, const std::string& record_json) { put(root_ / take.substr(0, 2) / (take + ".json"), record_json); }

void TakeStore::remember(const Digest& key, const Digest& take, const std::string& extension) {
  make_folder(root_ / "steps");
  const auto bytes = fs::file_size(root_ / take.substr(0, 2) / (take + extension));
  put(root_ / "steps" / (key + ".json"), nlohmann::json{{"take", take}, {"extension", extension}, {"bytes", bytes}}.dump() + "\n");
}

std::optional<TakeStore::Found> TakeStore::find(const Digest& key) const {
  try {
    const fs::path entry = root_ / "steps" / (key + ".json");
    std::error_code status;
    if (!fs::exists(entry, status)) return std::nullopt;
    const auto json = nlohmann::json::parse(read_file(entry, 4096));
    Found found{json.at("take").get<std::string>(), {}};
    const auto extension = json.at("extension").get<std::string>();
    if (!is_digest(found.take) || (extension != ".flac" && extension != ".wav" && extension != ".json")) return std::nullopt;
    found.sound = root_ / found.take.substr(0, 2) / (found.take + extension);
    if (fs::file_size(found.sound, status) != json.at("bytes").get<std::uintmax_t>() || status) return std::nullopt;
    return found;
  } catch (const std::exception&) {
    return std::nullopt;  // a damaged entry is only a reason to build again
  }
}

std::optional<fs::path> TakeStore::sound(const Digest& take, const std::string& extension) const {
  if (!is_digest(take)) return std::nullopt;
  fs::path file = root_ / take.substr(0, 2) / (take + extension);
  std::error_code status;
  if (!fs::exists(file, status)) return std::nullopt;
  return file;
}

namespace {

// A name for the time since the machine was started; empty where the system gives none (then nothing is checked).
std::string boot() {
  try {
    std::ifstream in("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(in, id);
    return id;
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace

bool TakeStore::of_this_boot() const {
  std::error_code status;
  if (!fs::exists(root_, status)) return true;
  try {
    return read_file(root_ / "boot", 256) == boot();
  } catch (const Error&) {
    return false;
  }
}

void TakeStore::note_boot() const {
  make_folder(root_);
  write_file(root_ / "boot", boot());
}

int TakeStore::remove_damaged() const {
  std::vector<fs::path> sounds;
  std::error_code status;
  for (const auto& folder : fs::directory_iterator(root_, status)) {
    if (folder.path().filename().string().size() != 2 || !folder.is_directory()) continue;
    for (const auto& file : fs::directory_iterator(folder.path()))
      if (file.is_regular_file() && file.path().extension() != ".json" && is_digest(file.path().stem().string())) sounds.push_back(file.path());
  }
  std::atomic<int> removed{0};
  parallel_for(sounds.size(), [&](std::size_t i) {
    if (sha256_file(sounds[i]) == sounds[i].stem().string()) return;
    std::error_code ignored;
    fs::remove(sounds[i], ignored);
    ++removed;
  });
  return removed;
}

std::string TakeStore::record(const Digest& take) const {
  if (!is_digest(take)) throw Error(ErrorCode::Corrupt, "\"" + take + "\" is not the address of a take");
  return read_file(root_ / take.substr(0, 2) / (take + ".json"), 4U << 20);
}

}  // namespace figment::storage
