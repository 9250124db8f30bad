#include "instruments/preset.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "instruments/drums.h"
#include "instruments/fm.h"
#include "instruments/fx.h"
#include "instruments/pluck.h"
#include "instruments/sampler.h"
#include "instruments/soundfont.h"
#include "instruments/synth.h"
#include "storage/data_file.h"
#include "storage/files.h"

namespace figment::instruments {
namespace {

namespace fs = std::filesystem;
using storage::Fields;

constexpr int kDrumsVersion = 1, kFxVersion = 1;

// Family and name of lower-case letters, digits and dashes: never a path that leads elsewhere.
bool well_formed(const std::string& name) {
  const auto slash = name.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == name.size()) return false;
  return std::all_of(
             name.begin(), name.end(),
             [&](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '/'; }) &&
         std::count(name.begin(), name.end(), '/') == 1;
}

int edit_distance(const std::string& a, const std::string& b) {
  std::vector<int> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    int diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const int cost = std::min({row[j] + 1, row[j + 1] + 1, diagonal + (a[i] != b[j])});
      diagonal = std::exchange(row[j + 1], cost);
    }
  }
  return row[b.size()];
}

std::vector<std::string> all_names(const fs::path& data_dir);

[[noreturn]] void unknown(const fs::path& data_dir, const std::string& name) {
  auto names = all_names(data_dir);
  const std::string own = name.substr(name.find('/') + 1);
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    const auto distance = [&](const std::string& n) {
      return std::min(edit_distance(n, name), 1 + edit_distance(n.substr(n.find('/') + 1), own));
    };
    return distance(a) < distance(b);
  });
  std::string hint = names.empty() ? "no presets lie in " + (data_dir / "presets").string() : "nearest:";
  for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 4); ++i) hint += (i ? ", " : " ") + names[i];
  throw Error(ErrorCode::NotFound, "there is no instrument preset \"" + name + "\"", hint);
}

fs::path gm_file(const fs::path& data_dir) { return data_dir / "presets" / "gm.toml"; }

struct GmSound {
  PresetInfo info;
  SoundFontSound sound;
};

// What gm.toml and files of their own say alike.
SoundFontSound read_soundfont(Fields& f) {
  SoundFontSound sound;
  sound.program = f.integer("program", 0, 127);
  sound.bank = f.integer_or("bank", 0, 0, 16383);
  sound.gain_db = f.number_or("gain_db", 0, -60, 40);
  sound.release_s = f.number_or("release_s", 1.5, 0.01, 60);
  const char* const wanted = "pairs [MIDI note, milliseconds from 0 to 1000], notes rising";
  for (const auto& pair : f.list_or_empty("attack_ms")) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_integer() || !pair[1].is_number())
      f.fail("attack_ms", wanted);
    const int note = pair[0].get<int>();
    const double ms = pair[1].get<double>();
    if (note < 0 || note > 127 || !(ms >= 0 && ms <= 1000) ||
        (!sound.attack.empty() && sound.attack.back().note >= note))
      f.fail("attack_ms", wanted);
    sound.attack.push_back({note, ms});
  }
  return sound;
}

GmSound read_gm(const std::string& key, const nlohmann::json& entry, const std::string& where) {
  GmSound gm;
  Fields f(entry, where + ": " + key);
  gm.info.name = "gm/" + key;
  gm.info.engine = "soundfont";
  gm.info.title = f.text("title");
  gm.info.about = f.text_or("about", gm.info.title);
  gm.sound = read_soundfont(f);
  const auto range = f.numbers_or_empty("range", 0, 127);
  if (range.size() != 2 || range[0] > range[1]) f.fail("range", "two MIDI notes, lowest and highest");
  gm.info.lowest = static_cast<int>(range[0]);
  gm.info.highest = static_cast<int>(range[1]);
  f.done();
  return gm;
}

std::string gm_key(const std::string& name) { return name.substr(3); }
bool is_gm(const std::string& name) { return name.rfind("gm/", 0) == 0; }

GmSound find_gm(const fs::path& data_dir, const std::string& name) {
  const auto table = storage::load_data_file(gm_file(data_dir));
  const auto it = table.find(gm_key(name));
  if (it == table.end()) unknown(data_dir, name);
  return read_gm(gm_key(name), *it, gm_file(data_dir).string());
}

bool is_sfz(const std::string& name) { return name.rfind("sfz:", 0) == 0; }

struct SfzPlace {
  fs::path file, root;
};

SfzPlace find_sfz(const std::string& name, const fs::path& song_folder) {
  if (song_folder.empty())
    throw Error(ErrorCode::InvalidArgument, "the instrument \"" + name + "\" lies in a song's folder, and there is no song");
  SfzPlace place;
  place.file = storage::path_inside(song_folder, name.substr(4));
  // A pack may reach one folder up, but never out of the song's.
  const fs::path above = place.file.parent_path().lexically_relative(song_folder).parent_path();
  place.root = song_folder / above;
  return place;
}

struct Opened {
  nlohmann::json json;
  std::string where;
};

Opened open_preset(const fs::path& data_dir, const std::string& name) {
  if (!well_formed(name)) unknown(data_dir, name);
  const fs::path file = data_dir / "presets" / (name + ".toml");
  std::error_code error;
  if (!fs::is_regular_file(file, error)) unknown(data_dir, name);
  return {storage::load_data_file(file), file.string()};
}

// The keys every preset has; the engine reads the rest.
PresetInfo read_info(Fields& f, const std::string& name) {
  PresetInfo info;
  info.name = name;
  info.engine = f.one_of("engine", {"synth", "fm", "pluck", "drums", "fx", "soundfont"});
  info.title = f.text("title");
  info.about = f.text("about");
  const auto range = f.numbers_or_empty("range", 0, 127);
  if (range.size() != 2 || range[0] > range[1]) f.fail("range", "two MIDI notes, lowest and highest");
  info.lowest = static_cast<int>(range[0]);
  info.highest = static_cast<int>(range[1]);
  return info;
}

std::vector<std::string> all_names(const fs::path& data_dir) {
  std::vector<std::string> names;
  std::error_code error;
  const fs::path root = data_dir / "presets";
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != ".toml" || it.depth() != 1) continue;
    const std::string name = it->path().parent_path().filename().string() + "/" + it->path().stem().string();
    if (well_formed(name)) names.push_back(name);
  }
  if (fs::is_regular_file(gm_file(data_dir), error)) {
    const auto table = storage::load_data_file(gm_file(data_dir));
    for (const auto& entry : table.items()) names.push_back("gm/" + entry.key());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::vector<PresetInfo> list_presets(const fs::path& data_dir) {
  std::vector<PresetInfo> presets;
  nlohmann::json gm;
  for (const std::string& name : all_names(data_dir)) {
    if (is_gm(name)) {
      if (gm.is_null()) gm = storage::load_data_file(gm_file(data_dir));
      presets.push_back(read_gm(gm_key(name), gm.at(gm_key(name)), gm_file(data_dir).string()).info);
      continue;
    }
    const auto opened = open_preset(data_dir, name);
    Fields f(opened.json, opened.where);
    presets.push_back(read_info(f, name));
  }
  return presets;
}

std::unique_ptr<Instrument> make_instrument(const fs::path& data_dir, const std::string& preset, std::uint64_t seed,
                                            std::optional<int> tonic, const fs::path& song_folder) {
  const std::uint64_t own_seed = Random(seed).fork(preset).next();
  if (is_sfz(preset)) {
    const SfzPlace place = find_sfz(preset, song_folder);
    return make_sampler(place.file, own_seed, place.root);
  }
  if (is_gm(preset) && well_formed(preset)) return make_soundfont(find_gm(data_dir, preset).sound);
  const auto opened = open_preset(data_dir, preset);
  Fields f(opened.json, opened.where);
  const PresetInfo info = read_info(f, preset);
  std::unique_ptr<Instrument> instrument;
  if (info.engine == "synth")
    instrument = make_synth(f, own_seed);
  else if (info.engine == "fm")
    instrument = make_fm(f, own_seed);
  else if (info.engine == "pluck")
    instrument = make_pluck(f, own_seed);
  else if (info.engine == "drums" || info.engine == "fx") {
    const Decibels gain{f.number_or("gain_db", 0, -60, 40)};
    const char* const table = info.engine == "fx" ? "fx" : "kit";
    const auto& recipe = f.object(table);
    instrument = info.engine == "fx" ? make_fx(recipe, f.where(table), gain, own_seed)
                                     : make_drum_kit(data_dir, recipe, f.where(table), gain, own_seed, tonic);
  } else {
    instrument = make_soundfont(read_soundfont(f));
  }
  f.done();
  return instrument;
}

bool tuned_to_key(const std::string& preset) { return preset.rfind("drums/", 0) == 0; }

std::vector<fs::path> preset_samples(const std::string& preset, const fs::path& song_folder) {
  if (!is_sfz(preset)) return {};
  const SfzPlace place = find_sfz(preset, song_folder);
  return sfz_samples(place.file, place.root);
}

Digest preset_fingerprint(const fs::path& data_dir, const std::string& preset, const fs::path& song_folder) {
  if (is_sfz(preset)) {
    const SfzPlace place = find_sfz(preset, song_folder);
    return sampler_fingerprint(place.file, place.root);
  }
  Sha256 hash;
  const auto add_soundfont = [&] {
    const fs::path file = find_soundfont();
    std::error_code error;
    hash.add("soundfont " + std::to_string(kSoundFontVersion) + " " +
             fs::weakly_canonical(file, error).filename().string() + " " + std::to_string(fs::file_size(file, error)) +
             "\n");
  };
  if (is_gm(preset) && well_formed(preset)) {
    const auto gm = find_gm(data_dir, preset).sound;
    add_soundfont();
    hash.add(std::to_string(gm.bank) + " " + std::to_string(gm.program) + " " + std::to_string(gm.gain_db));
    for (const auto& a : gm.attack) hash.add(" " + std::to_string(a.note) + ":" + std::to_string(a.ms));
    return hash.finish();
  }
  const auto opened = open_preset(data_dir, preset);
  Fields f(opened.json, opened.where);
  const std::string engine = read_info(f, preset).engine;
  if (engine == "soundfont") add_soundfont();
  if (engine == "drums") hash.add(sha256_file(drum_voices_file(data_dir)));
  const int version = engine == "synth"   ? kSynthVersion
                      : engine == "fm"    ? kFmVersion
                      : engine == "pluck" ? kPluckVersion
                      : engine == "drums" ? kDrumsVersion
                                          : kFxVersion;
  hash.add(engine + " " + std::to_string(version) + "\n" + preset + "\n" + opened.json.dump());
  return hash.finish();
}

}  // namespace figment::instruments
