#include "compose/band_part.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/error.h"
#include "storage/data_file.h"

namespace figment::compose {
namespace {

constexpr std::array<const char*, 14> kRoles{"kick", "snare", "hats", "percussion", "drums",   "bass",    "chords",
                                             "pad",  "lead",  "arp",  "pluck",      "texture", "effects", "counter"};

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// The notes a preset sounds good in, where its file says so.
std::optional<std::pair<int, int>> preset_range(const std::filesystem::path& data_dir, const std::string& preset) {
  const auto slash = preset.find('/');
  if (slash == std::string::npos || contains(preset, "..")) return std::nullopt;
  try {
    nlohmann::json table;
    if (preset.substr(0, slash) == "gm") {
      const auto all = storage::load_data_file(data_dir / "presets" / "gm.toml");
      const auto name = preset.substr(slash + 1);
      if (all.contains(name))
        table = all.at(name);
      else if (all.contains("gm") && all.at("gm").contains(name))
        table = all.at("gm").at(name);
    } else {
      table = storage::load_data_file(data_dir / "presets" / (preset + ".toml"));
    }
    if (!table.is_object() || !table.contains("range")) return std::nullopt;
    const auto& r = table.at("range");
    if (!r.is_array() || r.size() != 2 || !r[0].is_number() || !r[1].is_number()) return std::nullopt;
    const int low = std::clamp(r[0].get<int>(), 0, 127), high = std::clamp(r[1].get<int>(), 0, 127);
    if (high - low < 4) return std::nullopt;
    return std::pair{low, high};
  } catch (const Error&) {
    return std::nullopt;  // the preset itself will be missed with a better message when it is to sound
  }
}

}  // namespace

void fit_range(PartStyle& part, const std::string& preset, const std::filesystem::path& data_dir) {
  const auto range = preset_range(data_dir, preset);
  if (!range) return;
  const int low = std::max(part.low, range->first), high = std::min(part.high, range->second);
  if (high - low >= 12)
    part.low = low, part.high = high;
  else
    part.low = range->first, part.high = range->second;
}

bool is_role(std::string_view word) {
  return std::any_of(kRoles.begin(), kRoles.end(), [&](const char* r) { return word == r; });
}

// A place in the band that the style does not have.
TrackTemplate new_part(const std::string& role) {
  TrackTemplate t;
  t.id = role;
  t.name = role;
  t.name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(t.name[0])));
  t.role = role;
  struct Usual {
    const char* role;
    const char* preset;
    const char* pattern;
    int low, high;
    double loudness, reverb;
  };
  static constexpr Usual kUsual[] = {
      {"bass", "bass/moog", "roots", 28, 52, -3, -60},       {"chords", "gm/grand-piano", "blocks", 48, 76, -6, -16},
      {"pad", "pad/warm", "pads", 48, 79, -11, -12},         {"lead", "gm/grand-piano", "hook", 60, 84, -4, -14},
      {"counter", "gm/flute", "call", 60, 84, -8, -12},      {"arp", "pluck/short", "arpeggio", 60, 88, -9, -14},
      {"pluck", "pluck/short", "arpeggio", 60, 84, -9, -14}, {"texture", "fx/vinyl", "sustain", 0, 127, -22, -60},
      {"effects", "fx/riser", "", 0, 127, -11, -14},         {"kick", "drums/house", "", 0, 127, -1, -60},
      {"snare", "drums/house", "", 0, 127, -3, -19},         {"hats", "drums/house", "", 0, 127, -10, -28},
      {"percussion", "drums/house", "", 0, 127, -11, -18},   {"drums", "drums/house", "", 0, 127, -2, -20}};
  for (const auto& u : kUsual) {
    if (role != u.role) continue;
    t.presets = {{u.preset, 1}};
    t.part.pattern = u.pattern;
    t.part.low = u.low;
    t.part.high = u.high;
    t.loudness = Decibels{u.loudness};
    if (u.reverb > -50) t.sends.push_back({"reverb", Decibels{u.reverb}});
  }
  return t;
}

}  // namespace figment::compose
