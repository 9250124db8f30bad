// Neural models: what there is, what is here, getting, adding, checking and removing them.
//
//   Where    data/models.toml says what there is; models::Store keeps what is here
//   Stopped  a pull keeps what has come and goes on there; everything else leaves the store as it was
//   Errors   those of models/store.h and models/download.h
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "models/store.h"

namespace figment::studio {

struct ModelState {
  std::string name, what, repository, url, licence, licence_note;
  bool commercial_use = false;
  std::vector<std::string> needs;
  std::uint64_t size = 0;                        // on disk where it is installed, else about what will come
  bool known = false;                            // of the catalogue
  std::optional<models::Manifest> installed;
  std::string damage;                            // why an installed one cannot be read; empty: it can
  std::uint64_t unfinished = 0;                  // bytes that a stopped pull has left
};

struct ModelList {
  std::filesystem::path root;
  std::vector<ModelState> models;                // the catalogue's, then the user's own
};

struct Pulled {
  std::string name;
  bool was_there = false;
  models::Manifest manifest;
};

struct RemovedModel {
  std::string name;
  std::uint64_t freed = 0;                       // bytes
};

[[nodiscard]] ModelList list_models();
// The model and what it needs; those needed first.
[[nodiscard]] std::vector<Pulled> pull_model(const std::string& name, const Progress& progress);
[[nodiscard]] models::Added add_model(const models::AddRequest& request, const Progress& progress);
// All installed ones where `name` is empty.
[[nodiscard]] std::vector<models::Verified> verify_models(const std::string& name, const Progress& progress);
[[nodiscard]] RemovedModel remove_model(const std::string& name, bool even_if_needed, const Progress& progress);

}  // namespace figment::studio
