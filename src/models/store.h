// The models that are on this machine.
//
//   ROOT/NAME/manifest.json, ROOT/NAME/FILE…   an installed model; the folder appears by a rename once every file is whole, hashed,
//                                              looked into and synced, so a model is there entirely or not at all
//   ROOT/.pull/NAME/FILE.part                  what has come of one that is being pulled; the next pull goes on there
//   ROOT/.notes/NAME/FILE.json                 what those parts are parts of
//   ROOT/.locks/NAME                           locked by who is changing this model; the lock ends with its process
//
//   Root     $FIGMENT_MODELS, else $XDG_DATA_HOME/figment/models, else ~/.local/share/figment/models; made when first written to
//   Errors   NotFound with the name that is most like the one asked for; Io (disk full …), Remote, Cancelled: those of download.h,
//            what has come is kept; Corrupt for files that are no weights; InvalidArgument
//   Threads  free; two processes may work in one store: who comes second waits, and says so through Progress
//   Cost     find and list read small files; pull, add and verify hash every byte, 0.4 to 2 GB/s

#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "models/catalogue.h"
#include "models/download.h"
#include "models/manifest.h"

namespace figment::models {

// Where models are pulled from.
struct Hub {
  std::string endpoint = "https://huggingface.co";
  std::string token;                              // $HF_TOKEN
  // The endpoint is $HF_ENDPOINT where it is set.
  [[nodiscard]] static Hub of_environment();
};

// What may be done with what a model makes: its own licence and those of all it needs.
struct LicenceFacts {
  std::string name, licence;                      // "CC-BY-NC-4.0"; of several models "CC-BY-NC-4.0 AND Apache-2.0"
  bool commercial_use = false;                    // only where all of them allow it
  Digest weights_sha256;                          // of this model's own weights
};

struct Verified {
  std::string name;
  std::vector<std::string> problems;              // empty: every byte is as it was
};

struct Added {
  Manifest manifest;
  std::vector<std::string> remarks;
};

struct AddRequest {
  std::string name;
  std::filesystem::path folder;
  std::string licence;                            // for models that the catalogue lacks: SPDX
  bool link = false;                              // symbolic links instead of copies
};

class Store {
 public:
  explicit Store(std::filesystem::path root);
  [[nodiscard]] static std::filesystem::path usual_root();
  [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }

  // nullopt: not installed. A manifest that cannot be read is Error Corrupt.
  [[nodiscard]] std::optional<Manifest> find(const std::string& name) const;
  // Names of folders with a manifest, sorted; readable or not.
  [[nodiscard]] std::vector<std::string> installed() const;
  // The folder of an installed model. Error NotFound saying how to get it, and under which licence.
  [[nodiscard]] std::filesystem::path folder(const std::string& name, const Catalogue& catalogue) const;
  // Error NotFound as above, for it or for what it needs.
  [[nodiscard]] LicenceFacts licence_facts(const std::string& name, const Catalogue& catalogue) const;
  // Bytes that an unfinished pull has left.
  [[nodiscard]] std::uint64_t unfinished(const KnownModel& model) const;

  // Gets one model; not those it needs. True when something was to be done.
  bool pull(const KnownModel& model, const Hub& hub, const Progress& progress, const Retry& retry = {}) const;
  // From a folder. Files that the catalogue knows by hash must be those; the folder's other forms of the same network are taken with a
  // remark. Names that the catalogue lacks want a licence.
  Added add(const AddRequest& request, const Catalogue& catalogue, const Progress& progress) const;
  [[nodiscard]] Verified verify(const std::string& name, const Progress& progress) const;
  // With what an unfinished pull has left. Error NotFound when there is neither; InvalidArgument when an installed model needs it and
  // `even_if_needed` is false. Returns the bytes that became free.
  std::uint64_t remove(const std::string& name, bool even_if_needed, const Catalogue& catalogue, const Progress& progress) const;

 private:
  std::filesystem::path root_;
};

// Whether a licence (SPDX) is known to allow commercial use; what is not known does not.
[[nodiscard]] bool allows_commercial_use(const std::string& spdx);

}  // namespace figment::models
