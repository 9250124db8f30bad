// Files of gigabytes, hashed and copied so that the user sees how far it is and can stop.
//
//   Errors   Io with the path and the system's reason; Cancelled within a megabyte, and then there is no copy
//   Cost     0.4 to 2 GB/s
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "base/hash.h"

namespace figment::models {

// `report` hears how many bytes were read; it may throw, and that ends the work.
[[nodiscard]] Digest hash_file(const std::filesystem::path& file, const std::function<void(std::uint64_t)>& report);
// The same bytes under another name, synced; hashed as they were read.
[[nodiscard]] Digest copy_file_hashed(const std::filesystem::path& from, const std::filesystem::path& to, const std::function<void(std::uint64_t)>& report);

}  // namespace figment::models
