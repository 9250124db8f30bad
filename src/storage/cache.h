// Bytes that can be made again, by the hash of everything they were made from.
//
//   ROOT/KEY     64 hexadecimal digits of the content's SHA-256, a line feed, the content
//
// What is damaged, cut short or missing counts as never made. Two processes may work in one cache; the worst that happens
// is work done twice.
//
//   Errors   Io from `put` (disk full …)
//   Threads  free
//   Cost     one small file an entry; meant for a few bytes to a few megabytes

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace figment::storage {

class Cache {
 public:
  explicit Cache(std::filesystem::path root);   // made when first written to

  [[nodiscard]] std::optional<std::string> get(const Digest& key) const;
  void put(const Digest& key, std::string_view content) const;

 private:
  std::filesystem::path root_;
};

}  // namespace figment::storage
