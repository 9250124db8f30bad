#include "compose/style.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"
#include "compose/style_reader.h"
#include "storage/data_file.h"

namespace figment::compose {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kDeepestExtends = 8;

// "deep-house", or with folders allowed "defaults/electronic": nothing that could leave styles/.
bool is_style_name(std::string_view name, bool folder) {
  if (name.empty() || name.size() > 60) return false;
  bool slash_allowed = folder, letter = false;
  for (const char c : name) {
    if (c == '/') {
      if (!slash_allowed || !letter) return false;
      slash_allowed = letter = false;
      continue;
    }
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
    letter = true;
  }
  return letter;
}

std::vector<std::string> style_ids(const fs::path& data_dir) {
  std::vector<std::string> ids;
  std::error_code status;
  for (fs::directory_iterator it(data_dir / "styles", status), end; !status && it != end; it.increment(status)) {
    const fs::path& file = it->path();
    if (file.extension() == ".toml" && is_style_name(file.stem().string(), false)) ids.push_back(file.stem().string());
  }
  if (status) {
    throw Error(status == std::errc::no_such_file_or_directory ? ErrorCode::NotFound : ErrorCode::Io,
                "cannot list " + (data_dir / "styles").string() + ": " + status.message());
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

// Edits (insert, delete, replace) from one word to the other: Levenshtein 1965, by rows.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

[[noreturn]] void not_found(const fs::path& data_dir, const std::string& id) {
  std::vector<std::string> ids = style_ids(data_dir);
  const auto rank = [&](const std::string& known) {
    const bool inside = known.find(id) != std::string::npos || id.find(known) != std::string::npos;
    return inside ? 0 : distance(known, id);
  };
  std::stable_sort(ids.begin(), ids.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  std::string nearest;
  for (std::size_t i = 0; i < std::min<std::size_t>(ids.size(), 3); ++i) nearest += (i > 0 ? ", " : "") + ids[i];
  throw Error(ErrorCode::NotFound, "no style \"" + id + "\" in " + (data_dir / "styles").string(),
              nearest.empty() ? "" : "nearest: " + nearest + "; `figment styles` lists all");
}

// Lists of entries that are the same when they have the same id.
void merge_by_id(json& base, const json& over) {
  for (const json& entry : over) {
    const auto same = [&](const json& other) {
      return entry.is_object() && other.is_object() && entry.contains("id") && other.contains("id") &&
             entry["id"] == other["id"];
    };
    const auto found = std::find_if(base.begin(), base.end(), same);
    if (found == base.end()) {
      base.push_back(entry);
    } else {
      // `only` and the pair `in`, `out` say the same in two ways: the later word holds.
      if (entry.contains("only")) {
        found->erase("in");
        found->erase("out");
      } else if (entry.contains("in") || entry.contains("out")) {
        found->erase("only");
      }
      found->update(entry);
    }
  }
}

// What a file says goes over what it extends (docs/howto/add-a-style.md, "Standing on another style").
json merged(json base, const json& over) {
  for (const auto& [key, value] : over.items()) {
    const bool by_id = key == "track" || key == "bus";
    const bool by_key = key == "tempo" || key == "energy" || key == "harmony" || key == "melody" || key == "mix";
    if (by_id && value.is_array() && base.contains(key) && base[key].is_array()) {
      merge_by_id(base[key], value);
    } else if (by_key && value.is_object() && base.contains(key) && base[key].is_object()) {
      base[key].update(value);
    } else {
      base[key] = value;
    }
  }
  return base;
}

// `without_tracks = ["pad"]`: players of the extended style that stay at home.
void drop_tracks(json& file, const json& ids, const std::string& where) {
  if (!ids.is_array()) throw Error(ErrorCode::Corrupt, where + ": without_tracks: wanted a list of track ids");
  for (const json& id : ids) {
    json& tracks = file["track"];
    const auto found = std::find_if(tracks.begin(), tracks.end(), [&](const json& track) {
      return track.is_object() && track.contains("id") && track["id"] == id;
    });
    if (!tracks.is_array() || found == tracks.end())
      throw Error(ErrorCode::Corrupt,
                  where + ": without_tracks: wanted the id of an inherited track, found " + id.dump());
    tracks.erase(found);
  }
}

using Load = std::function<json(const fs::path&)>;

json with_inherited(json file, const std::string& where, const fs::path& data_dir, const Load& load, int depth) {
  if (!file.is_object()) throw Error(ErrorCode::Corrupt, where + ": wanted a table");
  json without = json::array();
  if (const auto it = file.find("without_tracks"); it != file.end()) {
    without = *it;
    file.erase(it);
  }
  if (const auto it = file.find("extends"); it != file.end()) {
    if (!it->is_string() || !is_style_name(it->get_ref<const std::string&>(), true))
      throw Error(ErrorCode::Corrupt, where + ": extends: wanted a style such as \"house\" or \"defaults/electronic\"");
    const std::string model = it->get<std::string>();
    if (data_dir.empty())
      throw Error(ErrorCode::InvalidArgument, where + ": extends \"" + model + "\", but there is no folder to look in");
    if (depth == kDeepestExtends) {
      throw Error(ErrorCode::Corrupt, where + ": extends: more than " + std::to_string(kDeepestExtends) +
                                          " styles stand on each other (or in a circle)");
    }
    file.erase(it);
    const fs::path path = data_dir / "styles" / (model + ".toml");
    std::error_code status;
    if (!fs::exists(path, status)) throw Error(ErrorCode::Corrupt, where + ": extends: no style \"" + model + "\"");
    json base = with_inherited(load(path), path.string(), data_dir, load, depth + 1);
    drop_tracks(base, without, where);
    return merged(std::move(base), file);
  }
  if (!without.empty()) throw Error(ErrorCode::Corrupt, where + ": without_tracks: wanted only beside extends");
  return file;
}

json load_file(const fs::path& data_dir, const std::string& id, const Load& load) {
  if (!is_style_name(id, false)) {
    throw Error(ErrorCode::InvalidArgument, "style \"" + id.substr(0, 60) + "\" is no style's name",
                "lower-case letters, digits and '-', as `figment styles` lists them");
  }
  const fs::path path = data_dir / "styles" / (id + ".toml");
  std::error_code status;
  if (!fs::exists(path, status)) not_found(data_dir, id);
  return with_inherited(load(path), path.string(), data_dir, load, 0);
}

}  // namespace

std::shared_ptr<const Style> load_style(const fs::path& data_dir, const std::string& id) {
  auto style =
      std::make_shared<Style>(read_style(load_file(data_dir, id, storage::load_data_file), "styles/" + id + ".toml"));
  style->id = id;
  return style;
}

Style parse_style(std::string_view toml, const std::string& name, const fs::path& data_dir) {
  Style style =
      read_style(with_inherited(storage::parse_toml(toml, name), name, data_dir, storage::load_data_file, 0), name);
  style.id = fs::path(name).stem().string();
  return style;
}

namespace {

// What a style file says of itself before its first table: a tenth of the text. A file whose head cannot stand alone
// (it keeps its tempo in a table, or a list's line begins with a bracket) is read whole.
json read_head(const fs::path& path) {
  json file;
  std::ifstream in(path, std::ios::binary);
  std::string head, line;
  while (std::getline(in, line) && (line.empty() || line[0] != '[')) head += line + "\n";
  const bool tempo_table = line.rfind("[tempo]", 0) == 0;
  try {
    file = storage::parse_toml(head, path.string());
  } catch (const Error&) {
    file = json::object();
  }
  if (tempo_table || !file.contains("title")) file = storage::load_data_file(path);
  json kept = json::object();
  for (const char* key : {"extends", "title", "about", "family", "tempo"})
    if (file.contains(key)) kept[key] = file[key];
  return kept;
}

}  // namespace

std::vector<StyleInfo> list_styles(const fs::path& data_dir) {
  // Each file is read once.
  std::map<fs::path, json> heads;
  const Load load_head = [&](const fs::path& path) {
    const auto [it, fresh] = heads.try_emplace(path);
    if (fresh) it->second = read_head(path);
    return it->second;
  };
  std::vector<StyleInfo> out;
  for (const std::string& id : style_ids(data_dir)) {
    const json file = load_file(data_dir, id, load_head);
    storage::Fields f(file, "styles/" + id + ".toml");
    storage::Fields tempo(f.object("tempo"), f.where("tempo"));
    out.push_back({id, f.text("title"), f.text("about"), f.text("family"), Bpm{tempo.number("usual", 20, 400)}});
  }
  return out;
}

}  // namespace figment::compose
