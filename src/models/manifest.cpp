#include "models/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "models/catalogue.h"
#include "storage/data_file.h"
#include "storage/files.h"

namespace figment::models {

std::uint64_t Manifest::size() const noexcept {
  std::uint64_t sum = 0;
  for (const InstalledFile& file : files) sum += file.size;
  return sum;
}

Digest Manifest::weights_sha256() const {
  std::vector<const InstalledFile*> weights;
  for (const InstalledFile& file : files)
    if (is_weight_name(file.name)) weights.push_back(&file);
  if (weights.size() == 1) return weights.front()->sha256;
  std::sort(weights.begin(), weights.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  Sha256 hash;
  for (const InstalledFile* file : weights) hash.add(file->sha256 + "  " + file->name + "\n");
  return hash.finish();
}

Manifest read_manifest(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kManifestFile;
  const auto json = storage::load_data_file(path);
  storage::Fields f(json, path.string());
  static_cast<void>(f.integer("format", 1, 1));
  Manifest manifest;
  manifest.name = f.text("name");
  if (!is_model_name(manifest.name) || manifest.name != folder.filename()) f.fail("name", "the name of its folder, " + folder.filename().string());
  manifest.repository = f.text_or("repository", "");
  manifest.revision = f.text_or("revision", "");
  manifest.commit = f.text_or("commit", "");
  manifest.licence = f.text("licence");
  manifest.licence_note = f.text_or("licence_note", "");
  manifest.commercial_use = f.flag_or("commercial_use", false);
  manifest.needs = f.texts_or_empty("needs");
  for (const auto& entry : f.list("files")) {
    storage::Fields g(entry, f.where("files"));
    InstalledFile file;
    file.name = g.text("name");
    if (!is_file_name(file.name)) g.fail("name", "a file below the model's folder");
    file.size = static_cast<std::uint64_t>(g.number("size", 0, 1e15));
    file.sha256 = g.text("sha256");
    if (!is_digest(file.sha256)) g.fail("sha256", "64 lower-case hexadecimal digits");
    file.source = g.text_or("source", "");
    file.linked = g.flag_or("linked", false);
    file.verified = g.flag_or("verified", false);
    g.done();
    manifest.files.push_back(std::move(file));
  }
  f.done();
  return manifest;
}

void write_manifest(const std::filesystem::path& folder, const Manifest& m) {
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const InstalledFile& file : m.files) files.push_back({{"name", file.name}, {"size", file.size}, {"sha256", file.sha256}, {"source", file.source}, {"linked", file.linked}, {"verified", file.verified}});
  const nlohmann::ordered_json json{{"format", 1}, {"name", m.name}, {"repository", m.repository}, {"revision", m.revision}, {"commit", m.commit}, {"licence", m.licence},
                                    {"licence_note", m.licence_note}, {"commercial_use", m.commercial_use}, {"needs", m.needs}, {"files", files}};
  storage::write_file(folder / kManifestFile, json.dump(1) + "\n");
}

bool is_weight_name(const std::string& name) {
  for (const char* ending : {".safetensors", ".bin", ".pt", ".th", ".pth", ".gguf"})
    if (name.ends_with(ending)) return true;
  return false;
}

}  // namespace figment::models
