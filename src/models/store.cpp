#include "models/store.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

#include "base/error.h"
#include "models/hashed_file.h"
#include "models/store_lock.h"
#include "storage/files.h"
#include "weights/weight_file.h"

namespace figment::models {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kSpareSpace = 64U << 20;   // a disk filled to the last byte serves nobody
constexpr std::uint64_t kMostSmallFile = 16U << 20;

// A folder that is ready takes its place.
void install(const fs::path& ready, const fs::path& place) {
  for (const auto& entry : fs::recursive_directory_iterator(ready))
    if (entry.is_directory()) storage::sync_folder(entry.path());
  storage::sync_folder(ready);
  std::error_code status;
  fs::rename(ready, place, status);
  if (status) throw Error(ErrorCode::Io, "cannot make " + place.string() + ": " + status.message());
  storage::sync_folder(place.parent_path());
}

// Error Corrupt unless every weight file is one.
void look_into(const fs::path& folder, const std::vector<InstalledFile>& files, const Progress& progress) {
  for (const InstalledFile& file : files) {
    progress.check();
    if (!is_weight_name(file.name)) continue;
    const auto weights = weights::WeightFile::open(folder / file.name);
    if (weights.tensors().empty() && weights.said() == nullptr) throw Error(ErrorCode::Corrupt, (folder / file.name).string() + " has no tensors in it");
  }
}

std::string url_of(const Hub& hub, const KnownModel& model, const std::string& revision, const std::string& file) {
  return model.url.empty() ? hub.endpoint + "/" + model.repository + "/resolve/" + revision + "/" + file : model.url + "/" + file;
}

bool is_commit(const std::string& text) {
  return text.size() == 40 && std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Where a model's folder belongs and something else lies: said before gigabytes are fetched.
void nothing_in_the_way(const fs::path& place) {
  std::error_code status;
  if (fs::exists(fs::symlink_status(place, status)))
    throw Error(ErrorCode::InvalidArgument, place.string() + " is in the way: it is no model of this store", "move it elsewhere; files of a model are taken from there by: figment models add NAME FOLDER");
}

Manifest facts_from(const KnownModel& model) {
  Manifest m;
  m.name = model.name;
  m.repository = model.repository;
  m.revision = model.url.empty() ? model.revision : "";
  m.licence = model.licence;
  m.licence_note = model.licence_note;
  m.commercial_use = model.commercial_use;
  m.needs = model.needs;
  return m;
}

// What of a folder belongs to a model: weights, settings, tokenizers.
bool belongs(const std::string& name) {
  return is_file_name(name) && name != kManifestFile && (is_weight_name(name) || name.ends_with(".json") || name.ends_with(".yaml") || name.ends_with(".model") || name.ends_with(".txt"));
}

}  // namespace

Hub Hub::of_environment() {
  Hub hub;
  if (const char* told = std::getenv("HF_ENDPOINT"); told != nullptr && *told != 0) hub.endpoint = told;
  while (hub.endpoint.ends_with('/')) hub.endpoint.pop_back();
  if (const char* token = std::getenv("HF_TOKEN"); token != nullptr) hub.token = token;
  // A line feed in it would become a header of its own.
  if (std::any_of(hub.token.begin(), hub.token.end(), [](unsigned char c) { return c <= ' ' || c >= 127; })) throw Error(ErrorCode::InvalidArgument, "HF_TOKEN has spaces or other signs in it that no token has");
  return hub;
}

Store::Store(fs::path root) : root_(std::move(root)) {}

fs::path Store::usual_root() {
  const auto told = [](const char* name) {
    const char* value = std::getenv(name);
    return fs::path(value != nullptr ? value : "");
  };
  if (const fs::path models = told("FIGMENT_MODELS"); !models.empty()) return models;
  if (const fs::path data = told("XDG_DATA_HOME"); data.is_absolute()) return data / "figment" / "models";
  if (const fs::path home = told("HOME"); home.is_absolute()) return home / ".local" / "share" / "figment" / "models";
  throw Error(ErrorCode::NotFound, "there is no home folder to keep models in", "set FIGMENT_MODELS to a folder for them");
}

std::optional<Manifest> Store::find(const std::string& name) const {
  std::error_code status;
  if (!is_model_name(name) || !fs::exists(root_ / name / kManifestFile, status)) return std::nullopt;
  return read_manifest(root_ / name);
}

std::vector<std::string> Store::installed() const {
  std::vector<std::string> names;
  std::error_code status;
  for (fs::directory_iterator it(root_, status), end; !status && it != end; it.increment(status)) {
    std::error_code unreadable;
    if (const std::string name = it->path().filename().string(); is_model_name(name) && fs::exists(it->path() / kManifestFile, unreadable)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path Store::folder(const std::string& name, const Catalogue& catalogue) const {
  if (find(name)) return root_ / name;
  const KnownModel& known = catalogue.at(name);
  throw Error(ErrorCode::NotFound, "the model \"" + name + "\" is not installed in " + root_.string(),
              "figment models pull " + name + " (" + size_text(known.size()) + ", " + known.licence + (known.commercial_use ? ")" : ", no commercial use)"));
}

LicenceFacts Store::licence_facts(const std::string& name, const Catalogue& catalogue) const {
  static_cast<void>(folder(name, catalogue));
  const Manifest own = *find(name);
  LicenceFacts facts{name, own.licence, own.commercial_use, own.weights_sha256()};
  std::vector<std::string> licences{own.licence}, open = own.needs;
  std::set<std::string> seen{name};
  while (!open.empty()) {
    const std::string need = open.back();
    open.pop_back();
    if (!seen.insert(need).second) continue;
    static_cast<void>(folder(need, catalogue));
    const Manifest manifest = *find(need);
    facts.commercial_use = facts.commercial_use && manifest.commercial_use;
    if (std::find(licences.begin(), licences.end(), manifest.licence) == licences.end()) licences.push_back(manifest.licence), facts.licence += " AND " + manifest.licence;
    open.insert(open.end(), manifest.needs.begin(), manifest.needs.end());
  }
  return facts;
}

std::uint64_t Store::unfinished(const KnownModel& model) const {
  std::uint64_t sum = 0;
  for (const KnownFile& file : model.files) sum += downloaded_so_far(root_ / ".pull" / model.name / file.name);
  return sum;
}

bool Store::pull(const KnownModel& model, const Hub& hub, const Progress& progress, const Retry& retry) const {
  if (find(model.name)) return false;
  storage::make_folder(root_);
  const StoreLock lock(root_, model.name, progress, retry.wait);
  if (find(model.name)) return false;   // by the one that was waited for
  nothing_in_the_way(root_ / model.name);
  const fs::path ready = root_ / ".pull" / model.name, notes = root_ / ".notes" / model.name;
  const std::uint64_t all = model.size(), there = unfinished(model);
  std::error_code status;
  const auto space = fs::space(root_, status);
  if (const std::uint64_t wanted = all - std::min(all, there) + kSpareSpace; !status && space.available < wanted)
    throw Error(ErrorCode::Io, "the disk of " + root_.string() + " is too full for " + model.name + ": " + size_text(wanted) + " are wanted, " + size_text(space.available) + " are free", "free some, or set FIGMENT_MODELS to a folder on another disk");

  Manifest manifest = facts_from(model);
  std::string revision = model.revision;
  std::uint64_t before = 0;
  for (const KnownFile& file : model.files) {
    const double from = static_cast<double>(before) / static_cast<double>(all), to = static_cast<double>(before + file.size) / static_cast<double>(all);
    const Progress part = progress.part(from, to);
    const bool on_hub = model.url.empty();   // another server is not told who the user is at the Hub
    const Download what{url_of(hub, model, revision, file.name), on_hub ? hub.token : "", ready / file.name, notes / (file.name + ".json"), file.sha256,
                        std::max(file.size * 2, kMostSmallFile), on_hub ? hub.endpoint + "/" + model.repository : ""};
    try {
      const Downloaded done = download(what, retry, [&](std::uint64_t got, std::uint64_t size) {
        if (size == 0) size = file.size;
        part.set(static_cast<double>(got) / static_cast<double>(size), "getting " + model.name + "/" + file.name + " " + size_text(got) + " of " + size_text(size));
      }, part);
      manifest.files.push_back({file.name, done.size, done.sha256, done.url, false, done.verified});
      // All files of one state of the repository, whatever happens to it meanwhile.
      if (manifest.commit.empty() && is_commit(done.commit)) manifest.commit = revision = done.commit;
    } catch (const Error& e) {
      if (e.code() != ErrorCode::NotFound || !file.optional) throw;
      fs::remove(ready / (file.name + ".part"), status);
    }
    before += file.size;
  }
  try {
    look_into(ready, manifest.files, progress);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::Corrupt || e.code() == ErrorCode::Unsupported) {   // kept, it would be found whole and wrong for ever
      fs::remove_all(ready, status);
      fs::remove_all(notes, status);
    }
    throw;
  }
  // Nothing else may come along, such as the parts of files that an older catalogue named.
  std::set<std::string> wanted;
  for (const InstalledFile& file : manifest.files) wanted.insert(file.name);
  for (const auto& entry : fs::recursive_directory_iterator(ready))
    if (!entry.is_directory() && !wanted.contains(fs::relative(entry.path(), ready).generic_string())) fs::remove(entry.path(), status);
  write_manifest(ready, manifest);
  install(ready, root_ / model.name);
  fs::remove_all(notes, status);
  return true;
}

Added Store::add(const AddRequest& request, const Catalogue& catalogue, const Progress& progress) const {
  if (!is_model_name(request.name)) throw Error(ErrorCode::InvalidArgument, "\"" + request.name + "\" is no name for a model", "small letters, digits, dots, dashes and underscores");
  const KnownModel* known = catalogue.find(request.name);
  if (known == nullptr && request.licence.empty()) {
    try {
      static_cast<void>(catalogue.at(request.name));
    } catch (const Error& e) {
      throw Error(e.code(), e.what(), "for a model of your own say under which licence it is: --licence MIT");
    }
  }
  if (known != nullptr && !request.licence.empty() && request.licence != known->licence)
    throw Error(ErrorCode::InvalidArgument, request.name + " is under " + known->licence + ", not under " + request.licence, "add other weights under another name");
  std::error_code status;
  if (!fs::is_directory(request.folder, status)) throw Error(ErrorCode::NotFound, request.folder.string() + " is no folder", "give the folder that the model's files lie in");
  if (find(request.name)) throw Error(ErrorCode::InvalidArgument, "the model \"" + request.name + "\" is installed already", "figment models remove " + request.name);
  nothing_in_the_way(root_ / request.name);

  Added added;
  Manifest& manifest = added.manifest;
  std::vector<KnownFile> files;
  if (known != nullptr) {
    manifest = facts_from(*known);
    const auto there = [&](const KnownFile& file) { return fs::is_regular_file(request.folder / file.name, status); };
    if (std::all_of(known->files.begin(), known->files.end(), [&](const KnownFile& file) { return file.optional || there(file); }))
      std::copy_if(known->files.begin(), known->files.end(), std::back_inserter(files), there);
  } else {
    manifest.name = request.name;
    manifest.licence = request.licence;
    manifest.commercial_use = allows_commercial_use(request.licence);
  }
  if (files.empty()) {   // a model of the user's, or another form of a known one
    for (const auto& entry : fs::directory_iterator(request.folder))
      if (const std::string name = entry.path().filename().string(); entry.is_regular_file(status) && belongs(name)) files.push_back({name, 0, {}, false});
    std::sort(files.begin(), files.end(), [](const KnownFile& a, const KnownFile& b) { return a.name < b.name; });
    if (std::none_of(files.begin(), files.end(), [](const KnownFile& file) { return is_weight_name(file.name); })) {
      std::string wanted;
      if (known != nullptr)
        for (const KnownFile& file : known->files) wanted += (wanted.empty() ? "" : ", ") + file.name;
      throw Error(ErrorCode::NotFound, "no weights of " + request.name + " in " + request.folder.string() + (wanted.empty() ? "" : "; wanted are " + wanted), "weights are .safetensors, .bin, .pt, .th or .gguf");
    }
    if (known != nullptr) added.remarks.push_back("these are not the files that \"figment models pull\" gets; whether they are " + request.name + " cannot be told");
  }

  storage::make_folder(root_);
  const StoreLock lock(root_, request.name, progress);
  const fs::path ready = root_ / (".add-" + request.name);
  fs::remove_all(ready, status);   // of an add that was killed
  storage::make_folder(ready);
  try {
    std::uint64_t total = 0;
    for (const KnownFile& file : files) total += fs::file_size(request.folder / file.name, status);
    if (const auto space = fs::space(root_, status); !request.link && !status && space.available < total + kSpareSpace)
      throw Error(ErrorCode::Io, "the disk of " + root_.string() + " is too full: " + size_text(total + kSpareSpace) + " are wanted, " + size_text(space.available) + " are free", "--link leaves the files where they are");
    std::uint64_t before = 0;
    for (const KnownFile& file : files) {
      const fs::path source = fs::canonical(request.folder / file.name, status), target = ready / file.name;
      if (status) throw Error(ErrorCode::Io, "cannot read " + (request.folder / file.name).string() + ": " + status.message());
      const auto report = [&](std::uint64_t got) { progress.set(total > 0 ? static_cast<double>(before + got) / static_cast<double>(total) : 0, (request.link ? "checking " : "copying ") + file.name); };
      storage::make_folder(target.parent_path());
      if (request.link) {
        fs::create_symlink(source, target, status);
        if (status) throw Error(ErrorCode::Io, "cannot link " + target.string() + ": " + status.message());
      }
      const Digest digest = request.link ? hash_file(target, report) : copy_file_hashed(source, target, report);
      const std::uint64_t size = fs::file_size(target);
      if (!file.sha256.empty() && digest != file.sha256)
        throw Error(ErrorCode::Corrupt, (request.folder / file.name).string() + " is not " + request.name + "'s: wanted SHA-256 " + file.sha256 + ", found " + digest, "incomplete: get it again; other weights: add them under another name, with --licence");
      manifest.files.push_back({file.name, size, digest, source.string(), request.link, !file.sha256.empty()});
      before += size;
    }
    look_into(ready, manifest.files, progress);
    write_manifest(ready, manifest);
    progress.check();
    install(ready, root_ / request.name);
  } catch (...) {
    fs::remove_all(ready, status);
    throw;
  }
  return added;
}

Verified Store::verify(const std::string& name, const Progress& progress) const {
  Verified result{name, {}};
  Manifest manifest;
  try {
    const auto found = find(name);
    if (!found) throw Error(ErrorCode::NotFound, "the model \"" + name + "\" is not installed", "\"figment models\" lists what is");
    manifest = *found;
  } catch (const Error& e) {
    if (e.code() != ErrorCode::Corrupt) throw;
    result.problems.emplace_back(e.what());
    return result;
  }
  const std::uint64_t all = std::max<std::uint64_t>(manifest.size(), 1);
  std::uint64_t before = 0;
  for (const InstalledFile& file : manifest.files) {
    const fs::path path = root_ / name / file.name;
    std::error_code status;
    const auto size = fs::file_size(path, status);
    if (status) result.problems.push_back(file.name + " is not there" + (file.linked ? ": it was a link to " + file.source : ""));
    else if (size != file.size) result.problems.push_back(file.name + " has " + std::to_string(size) + " bytes, not " + std::to_string(file.size));
    else if (const Digest digest = hash_file(path, [&](std::uint64_t got) { progress.set(static_cast<double>(before + got) / static_cast<double>(all), "reading " + name + "/" + file.name); }); digest != file.sha256)
      result.problems.push_back(file.name + " has changed: its SHA-256 is " + digest + ", not " + file.sha256);
    before += file.size;
  }
  return result;
}

std::uint64_t Store::remove(const std::string& name, bool even_if_needed, const Catalogue& catalogue, const Progress& progress) const {
  std::error_code status;
  const auto exists = [&](const fs::path& folder) { return is_model_name(name) && fs::exists(folder, status); };
  const bool is_installed = exists(root_ / name / kManifestFile), has_parts = exists(root_ / ".pull" / name);
  if (!is_installed && !has_parts) {
    std::vector<std::string> names = installed();
    const std::string like = nearest(name, names);
    throw Error(ErrorCode::NotFound, "the model \"" + name + "\" is not installed" + (like.empty() ? "" : "; did you mean " + like + "?"), catalogue.find(name) != nullptr ? "" : "\"figment models\" lists what is");
  }
  if (is_installed && !even_if_needed)
    for (const std::string& other : installed()) {
      std::optional<Manifest> manifest;
      try {
        manifest = find(other);
      } catch (const Error&) {
        continue;   // damaged: needs nothing any more
      }
      if (other != name && manifest && std::find(manifest->needs.begin(), manifest->needs.end(), name) != manifest->needs.end())
        throw Error(ErrorCode::InvalidArgument, other + " needs " + name, "remove " + other + " first, or say --force");
    }
  const StoreLock lock(root_, name, progress);
  std::uint64_t freed = 0;
  const auto clear = [&](const fs::path& folder) {
    if (!fs::exists(folder, status)) return;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (entry.is_regular_file() && !entry.is_symlink()) freed += entry.file_size();
    // Gone at once, however long the deleting takes; symbolic links go, what they point to stays.
    const fs::path gone = root_ / (".gone-" + name);
    fs::remove_all(gone, status);
    fs::rename(folder, gone, status);
    if (status) throw Error(ErrorCode::Io, "cannot remove " + folder.string() + ": " + status.message());
    fs::remove_all(gone, status);
    if (status) throw Error(ErrorCode::Io, "cannot remove " + gone.string() + ": " + status.message());
  };
  if (is_installed) clear(root_ / name);
  clear(root_ / ".pull" / name);
  clear(root_ / ".notes" / name);
  return freed;
}

bool allows_commercial_use(const std::string& spdx) {
  static constexpr std::array<const char*, 14> kAllowing{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later", "ISC", "MIT", "MPL-2.0", "Unlicense"};
  return std::find(kAllowing.begin(), kAllowing.end(), spdx) != kAllowing.end();
}

}  // namespace figment::models
