#include "storage/cache.h"

#include <unistd.h>

#include <atomic>

#include "base/error.h"
#include "storage/files.h"

namespace figment::storage {

Cache::Cache(std::filesystem::path root) : root_(std::move(root)) {}

std::optional<std::string> Cache::get(const Digest& key) const {
  std::string file;
  try {
    file = read_file(root_ / key);
  } catch (const Error&) {
    return std::nullopt;
  }
  if (file.size() < 65 || file[64] != '\n') return std::nullopt;
  std::string content = file.substr(65);
  if (sha256(content) != std::string_view(file).substr(0, 64)) return std::nullopt;
  return content;
}

void Cache::put(const Digest& key, std::string_view content) const {
  make_folder(root_);
  std::string file = sha256(content) + "\n";
  file += content;
  // Two may put the same key at the same time: each under a name of its own first.
  static std::atomic<unsigned> counter{0};
  const auto aside = root_ / ("unfinished-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
  write_file(aside, file, Sync::No);
  std::error_code status;
  std::filesystem::rename(aside, root_ / key, status);
  if (status) throw Error(ErrorCode::Io, "cannot write " + (root_ / key).string() + ": " + status.message());
}

}  // namespace figment::storage
