#include "show_models.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "models/catalogue.h"

namespace figment::cli {

namespace {

using nlohmann::ordered_json;

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

std::string licence_text(const std::string& licence, bool commercial_use) {
  return (licence == "NOASSERTION" ? "no licence named" : licence) + (commercial_use ? "" : ", no commercial use");
}

ordered_json manifest_json(const models::Manifest& m) {
  ordered_json files = ordered_json::array();
  for (const models::InstalledFile& file : m.files) files.push_back({{"name", file.name}, {"size", file.size}, {"sha256", file.sha256}, {"source", file.source}, {"linked", file.linked}, {"verified", file.verified}});
  return {{"repository", m.repository}, {"revision", m.revision}, {"commit", m.commit}, {"licence", m.licence}, {"commercial_use", m.commercial_use}, {"weights_sha256", m.weights_sha256()}, {"files", files}};
}

}  // namespace

std::string models_text(const studio::ModelList& list) {
  std::string out;
  for (const studio::ModelState& m : list.models) {
    const std::string state = !m.damage.empty() ? "damaged" : m.installed ? "installed" : m.unfinished > 0 ? size_text(m.unfinished) + " here" : "";
    out += fmt::format("{:<24}{:>8}  {:<14}{}\n", m.name, size_text(m.size), state, m.what);
    out += fmt::format("{:34}{}{}\n", "", licence_text(m.licence, m.commercial_use), m.needs.empty() ? "" : "; needs " + joined(m.needs));
    if (!m.licence_note.empty()) out += fmt::format("{:34}({})\n", "", m.licence_note);
    if (!m.damage.empty()) out += fmt::format("{:34}{}\n", "", m.damage);
  }
  return out + fmt::format("\nThey are kept in {}. Get one: figment models pull NAME\n", list.root.string());
}

std::string models_json(const studio::ModelList& list) {
  ordered_json models = ordered_json::array();
  for (const studio::ModelState& m : list.models) {
    ordered_json j{{"name", m.name}, {"what", m.what}, {"repository", m.repository}, {"url", m.url}, {"licence", m.licence}, {"licence_note", m.licence_note}, {"commercial_use", m.commercial_use},
                   {"needs", m.needs}, {"size", m.size}, {"known", m.known}, {"unfinished", m.unfinished}, {"damage", m.damage}, {"installed", nullptr}};
    if (m.installed) j["installed"] = manifest_json(*m.installed);
    models.push_back(std::move(j));
  }
  return ordered_json{{"root", list.root.string()}, {"models", models}}.dump(1) + "\n";
}

std::string pulled_text(const std::vector<studio::Pulled>& pulled) {
  std::string out;
  for (const studio::Pulled& p : pulled) {
    if (p.was_there) {
      out += fmt::format("{}: was there already\n", p.name);
      continue;
    }
    out += fmt::format("{}: {} in {} files, {}\n", p.name, size_text(p.manifest.size()), p.manifest.files.size(), licence_text(p.manifest.licence, p.manifest.commercial_use));
    for (const models::InstalledFile& file : p.manifest.files) out += fmt::format("  {}  {}{}\n", file.sha256, file.name, file.verified ? "" : "  (not known before)");
  }
  return out;
}

std::string pulled_json(const std::vector<studio::Pulled>& pulled) {
  ordered_json list = ordered_json::array();
  for (const studio::Pulled& p : pulled) {
    ordered_json j = manifest_json(p.manifest);
    j["name"] = p.name;
    j["was_there"] = p.was_there;
    list.push_back(std::move(j));
  }
  return list.dump(1) + "\n";
}

std::string model_added_text(const models::Added& added) {
  const models::Manifest& m = added.manifest;
  std::string out = fmt::format("{}: {} in {} files, {}\n", m.name, size_text(m.size()), m.files.size(), licence_text(m.licence, m.commercial_use));
  for (const models::InstalledFile& file : m.files) out += fmt::format("  {}  {}\n", file.sha256, file.name);
  for (const std::string& remark : added.remarks) out += "  note  " + remark + "\n";
  if (!m.needs.empty()) out += "  needs " + joined(m.needs) + "\n";
  return out;
}

std::string model_added_json(const models::Added& added) {
  ordered_json j = manifest_json(added.manifest);
  j["name"] = added.manifest.name;
  j["remarks"] = added.remarks;
  return j.dump(1) + "\n";
}

std::string verified_text(const std::vector<models::Verified>& verified) {
  std::string out;
  for (const models::Verified& v : verified) {
    out += fmt::format("{}: {}\n", v.name, v.problems.empty() ? "every byte as it was" : "damaged");
    for (const std::string& problem : v.problems) out += "  " + problem + "\n";
  }
  return verified.empty() ? "no model is installed\n" : out;
}

std::string verified_json(const std::vector<models::Verified>& verified) {
  ordered_json list = ordered_json::array();
  for (const models::Verified& v : verified) list.push_back({{"name", v.name}, {"problems", v.problems}});
  return list.dump(1) + "\n";
}

std::string removed_text(const studio::RemovedModel& removed) { return fmt::format("{}: removed, {} are free again\n", removed.name, size_text(removed.freed)); }

std::string removed_json(const studio::RemovedModel& removed) { return ordered_json{{"name", removed.name}, {"freed", removed.freed}}.dump(1) + "\n"; }

}  // namespace figment::cli
