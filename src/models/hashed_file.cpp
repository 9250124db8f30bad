#include "models/hashed_file.h"

#include <functional>
#include <string_view>

#include "storage/files.h"

namespace figment::models {
namespace {

// Hears the pieces of a file: hashes them and tells how many bytes there were.
struct Hashing {
  const std::function<void(std::uint64_t)>& report;
  Sha256 hash;
  std::uint64_t done = 0;
  void operator()(std::string_view bytes) {
    hash.add(bytes);
    report(done += bytes.size());
  }
};

}  // namespace

Digest hash_file(const std::filesystem::path& file, const std::function<void(std::uint64_t)>& report) {
  Hashing hashing{report, {}, 0};
  storage::read_pieces(file, std::ref(hashing));
  return hashing.hash.finish();
}

Digest copy_file_hashed(const std::filesystem::path& from, const std::filesystem::path& to, const std::function<void(std::uint64_t)>& report) {
  Hashing hashing{report, {}, 0};
  storage::copy_file(from, to, std::ref(hashing));
  return hashing.hash.finish();
}

}  // namespace figment::models
