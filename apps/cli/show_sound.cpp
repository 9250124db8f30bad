#include "show_sound.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace figment::cli {
namespace {

double seconds_of(const roles::SoundFacts& facts) { return static_cast<double>(facts.frames) / facts.rate.value; }

}  // namespace

std::string sound_text(const std::vector<studio::SoundMade>& made) {
  std::string out;
  for (const studio::SoundMade& m : made) {
    const roles::SoundFacts& f = m.facts;
    out += fmt::format("{}  {} ({}), {:.2f} s, {}", m.file.string(), f.name, f.kind, seconds_of(f), f.channels == 1 ? "mono" : "stereo");
    if (f.bars > 0) out += fmt::format(", {} bar{} of {} at {:g} bpm", f.bars, f.bars == 1 ? "" : "s", f.metre.text(), f.bpm);
    out += fmt::format(", seed {}\n", m.seed);
    for (const std::string& line : f.chosen) out += "  chosen      " + line + "\n";
  }
  if (made.empty()) return out;
  const roles::SoundFacts& f = made.front().facts;
  for (const auto& u : f.understood) out += fmt::format("  understood  “{}”: {}\n", u.text, u.means);
  for (const std::string& word : f.not_understood) out += "  not understood  " + word + "\n";
  for (const std::string& line : f.remarks) out += "  note        " + line + "\n";
  return out;
}

std::string sound_json(const std::vector<studio::SoundMade>& made) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const studio::SoundMade& m : made) {
    const roles::SoundFacts& f = m.facts;
    nlohmann::ordered_json j{{"file", m.file.string()}, {"sha256", m.sha256}, {"name", f.name}, {"kind", f.kind}, {"seed", m.seed}, {"seconds", seconds_of(f)}, {"frames", f.frames}, {"rate_hz", f.rate.value}, {"channels", f.channels}};
    if (f.bpm > 0) j["bpm"] = f.bpm;
    if (f.bars > 0) j["bars"] = f.bars, j["metre"] = f.metre.text();
    if (f.note > 0) j["note"] = f.note;
    j["not_understood"] = f.not_understood;
    j["remarks"] = f.remarks;
    j["recipe"] = nlohmann::ordered_json::parse(m.recipe);
    list.push_back(std::move(j));
  }
  return nlohmann::ordered_json{{"sounds", list}}.dump(1) + "\n";
}

}  // namespace figment::cli
