// What is known of an installed model: the manifest.json in its folder.
//
//   Written  once, when the model is installed; never changed
//   Errors   Corrupt naming file, key, wanted and found: a manifest may have been edited
//   Threads  free

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/hash.h"

namespace figment::models {

struct InstalledFile {
  std::string name;                 // below the model's folder
  std::uint64_t size = 0;
  Digest sha256;
  std::string source;               // URL, or the path it was copied from or points to
  bool linked = false;              // a symbolic link to a file of the user's
  bool verified = false;            // its hash was known beforehand, not only recorded
};

struct Manifest {
  std::string name, repository, revision, commit, licence, licence_note;
  bool commercial_use = false;
  std::vector<std::string> needs;
  std::vector<InstalledFile> files;

  [[nodiscard]] std::uint64_t size() const noexcept;
  // One hash for all weights: of the only weight file, else SHA-256 over "HASH  NAME" lines, sorted. What recipes record.
  [[nodiscard]] Digest weights_sha256() const;
};

inline constexpr const char* kManifestFile = "manifest.json";

[[nodiscard]] Manifest read_manifest(const std::filesystem::path& folder);
void write_manifest(const std::filesystem::path& folder, const Manifest& manifest);

// Whether a file of this name holds tensors, and is looked into before it is believed.
[[nodiscard]] bool is_weight_name(const std::string& name);

}  // namespace figment::models
