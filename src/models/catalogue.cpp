#include "models/catalogue.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "base/error.h"
#include "storage/data_file.h"

namespace figment::models {
namespace {

constexpr double kLargestFile = 1e15;

bool plain(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_'; }
bool plain_or_capital(char c) { return plain(c) || (c >= 'A' && c <= 'Z'); }

// Letters to insert, delete or change (Levenshtein 1966).
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = corner + (a[i] != b[j] ? 1 : 0);
      corner = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

// Without encryption only from this machine.
bool is_plain_url(std::string_view url) {
  constexpr std::string_view kSecure = "https://", kHere = "http://127.0.0.1";
  if (!(url.starts_with(kSecure) && url.size() > kSecure.size()) && !url.starts_with(kHere)) return false;
  return !url.ends_with('/') && std::all_of(url.begin(), url.end(), [](char c) { return plain_or_capital(c) || c == ':' || c == '/'; });
}

KnownFile read_file_entry(const nlohmann::json& json, const std::string& where) {
  storage::Fields f(json, where);
  KnownFile file;
  file.name = f.text("name");
  if (!is_file_name(file.name)) f.fail("name", "a file's name of letters, digits, dots, dashes and slashes");
  file.size = static_cast<std::uint64_t>(f.number("size", 1, kLargestFile));
  file.sha256 = f.text_or("sha256", "");
  if (!file.sha256.empty() && !is_digest(file.sha256)) f.fail("sha256", "64 lower-case hexadecimal digits");
  file.optional = f.flag_or("optional", false);
  f.done();
  return file;
}

KnownModel read_model(const nlohmann::json& json, const std::string& where) {
  storage::Fields f(json, where);
  KnownModel model;
  model.name = f.text("name");
  if (!is_model_name(model.name)) f.fail("name", "small letters, digits, dots, dashes and underscores");
  model.what = f.text("what");
  model.repository = f.text_or("repository", "");
  model.url = f.text_or("url", "");
  if (model.repository.empty() == model.url.empty()) f.fail("repository", "either a repository or a url");
  if (!model.url.empty() && !is_plain_url(model.url)) f.fail("url", "https://SERVER/FOLDER, without a slash at its end");
  if (model.url.empty() && (!is_file_name(model.repository) || std::count(model.repository.begin(), model.repository.end(), '/') != 1)) f.fail("repository", "OWNER/NAME");
  model.revision = f.text_or("revision", "main");
  if (!is_file_name(model.revision)) f.fail("revision", "a branch, a tag or a commit");
  model.licence = f.text("licence");
  if (model.licence.empty()) f.fail("licence", "an SPDX name, or NOASSERTION");
  model.licence_note = f.text_or("licence_note", "");
  static_cast<void>(f.any("commercial_use"));   // must be said: a forgotten one must not become a permission
  model.commercial_use = f.flag_or("commercial_use", false);
  model.needs = f.texts_or_empty("needs");
  model.makes = f.text_or("makes", "");
  if (!model.makes.empty() && model.makes != "music" && model.makes != "sound" && model.makes != "stems") f.fail("makes", "\"music\", \"sound\", \"stems\", or nothing");
  std::set<std::string> names;
  for (const auto& entry : f.list("files")) {
    model.files.push_back(read_file_entry(entry, f.where("files")));
    if (!names.insert(model.files.back().name).second || model.files.back().name == "manifest.json") f.fail("files", "names that differ, none of them manifest.json");
  }
  if (model.files.empty() || std::all_of(model.files.begin(), model.files.end(), [](const KnownFile& file) { return file.optional; })) f.fail("files", "at least one file that is not optional");
  f.done();
  return model;
}

}  // namespace

std::uint64_t KnownModel::size() const noexcept {
  std::uint64_t sum = 0;
  for (const KnownFile& file : files) sum += file.size;
  return sum;
}

Catalogue Catalogue::load(const std::filesystem::path& file) { return parse(storage::load_data_file(file), file.string()); }

Catalogue Catalogue::parse(const nlohmann::json& json, const std::string& where) {
  storage::Fields f(json, where);
  Catalogue catalogue;
  for (const auto& entry : f.list("model")) {
    KnownModel model = read_model(entry, f.where("model") + (entry.is_object() && entry.contains("name") && entry["name"].is_string() ? " " + entry["name"].get<std::string>() : ""));
    if (catalogue.find(model.name) != nullptr) throw Error(ErrorCode::Corrupt, where + ": the model \"" + model.name + "\" is there twice");
    catalogue.models_.push_back(std::move(model));
  }
  f.done();
  for (const KnownModel& model : catalogue.models_)
    for (const std::string& need : model.needs)
      if (catalogue.find(need) == nullptr || need == model.name) throw Error(ErrorCode::Corrupt, where + ": \"" + model.name + "\" needs \"" + need + "\", and there is no other model of that name");
  for (const KnownModel& model : catalogue.models_) static_cast<void>(catalogue.with_needs(model.name));   // finds circles
  return catalogue;
}

const KnownModel* Catalogue::find(std::string_view name) const noexcept {
  const auto found = std::find_if(models_.begin(), models_.end(), [&](const KnownModel& m) { return m.name == name; });
  return found != models_.end() ? &*found : nullptr;
}

const KnownModel& Catalogue::at(std::string_view name) const {
  if (const KnownModel* found = find(name)) return *found;
  std::vector<std::string> names;
  for (const KnownModel& model : models_) names.push_back(model.name);
  const std::string like = nearest(name, names);
  throw Error(ErrorCode::NotFound, "there is no model \"" + std::string(name) + "\"" + (like.empty() ? "" : "; did you mean " + like + "?"), "\"figment models\" lists them");
}

std::vector<const KnownModel*> Catalogue::with_needs(std::string_view name) const {
  std::vector<const KnownModel*> order;
  std::vector<std::string_view> open;
  const auto visit = [&](auto&& self, std::string_view at_name) -> void {
    const KnownModel& model = at(at_name);
    if (std::find(order.begin(), order.end(), &model) != order.end()) return;
    if (std::find(open.begin(), open.end(), model.name) != open.end()) throw Error(ErrorCode::Corrupt, "the model \"" + model.name + "\" needs itself by way of others");
    open.push_back(model.name);
    for (const std::string& need : model.needs) self(self, need);
    open.pop_back();
    order.push_back(&model);
  };
  visit(visit, name);
  return order;
}

bool is_model_name(std::string_view name) noexcept { return !name.empty() && name.size() <= 64 && name.front() != '.' && name.front() != '-' && std::all_of(name.begin(), name.end(), plain); }

bool is_file_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > 200) return false;
  for (;;) {
    const std::size_t slash = name.find('/');
    const std::string_view part = name.substr(0, slash);
    if (part.empty() || part == "." || part == ".." || !std::all_of(part.begin(), part.end(), plain_or_capital)) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t fewest = std::max<std::size_t>(word.size() / 2, 1) + 1;   // half of it wrong is another word
  for (const std::string& other : known)
    if (const std::size_t count = edits(word, other); count < fewest) fewest = count, best = other;
  return best;
}

}  // namespace figment::models
