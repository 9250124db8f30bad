// The models Figment knows: what each does, where its files lie, under which licence, and what else it needs.
//
//   Source   data/models.toml; a model is added there, not here (docs/howto/add-a-model.md)
//   Sizes    about right, for people and for the check of the disk; what a server says is believed over them
//   Hashes   SHA-256 where it is publicly known; else it is learned when the file is pulled, and recorded
//   Errors   Corrupt naming file, key, wanted and found; NotFound for a name that is not there, with the most like it
//   Threads  free: nothing changes once it is loaded

#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/memory.h"

namespace figment::models {

struct KnownFile {
  std::string name;          // below the repository, and below the model's folder
  std::uint64_t size = 0;    // about so many bytes
  Digest sha256;             // empty: not publicly known
  bool optional = false;     // the repository may lack it
};

struct KnownModel {
  std::string name, what;
  std::string makes;                   // "music", "sound", "stems": an engine of that role; empty: part of one
  std::string repository;              // "facebook/musicgen-small", on the Hub; or empty, and
  std::string url;                     // "https://server/folder": where its files lie by their names, on no Hub
  std::string revision = "main";
  std::string licence;                 // SPDX; NOASSERTION where the publisher names none
  std::string licence_note;            // where it is said, and what is unclear
  bool commercial_use = false;         // of what it makes, as the licence is commonly read
  std::vector<std::string> needs;      // other models, by name
  std::vector<KnownFile> files;

  [[nodiscard]] std::uint64_t size() const noexcept;
};

class Catalogue {
 public:
  [[nodiscard]] static Catalogue load(const std::filesystem::path& file);
  // The same from memory; `where` stands in messages.
  [[nodiscard]] static Catalogue parse(const nlohmann::json& json, const std::string& where);

  [[nodiscard]] const std::vector<KnownModel>& models() const noexcept { return models_; }
  [[nodiscard]] const KnownModel* find(std::string_view name) const noexcept;
  [[nodiscard]] const KnownModel& at(std::string_view name) const;
  // The name and all it needs, directly or not; those needed first.
  [[nodiscard]] std::vector<const KnownModel*> with_needs(std::string_view name) const;

 private:
  std::vector<KnownModel> models_;
};

// A model's name: 1 to 64 small letters, digits, dots, dashes and underscores, not beginning with a dot. It becomes a folder.
[[nodiscard]] bool is_model_name(std::string_view name) noexcept;

// A file's name inside a model: parts as above (capital letters, too), joined by slashes, none of them "." or "..".
[[nodiscard]] bool is_file_name(std::string_view name) noexcept;

// The word of `known` that needs the fewest letters changed; empty where none is alike.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace figment::models
