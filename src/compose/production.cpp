#include "compose/production.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "compose/drums.h"
#include "storage/data_file.h"

namespace figment::compose {

std::optional<Production> find_production(const std::filesystem::path& data_dir, const std::string& word) {
  const auto file = data_dir / "data" / "production.toml";
  const auto all = storage::load_data_file(file);
  if (!all.is_object() || !all.contains(word)) return std::nullopt;
  storage::Fields f(all.at(word), file.filename().string() + ": " + word);
  Production p;
  p.punch = f.number_or("punch", 0, -1, 1);
  p.width = f.number_or("width", 0, -2, 2);
  p.warmth = f.number_or("warmth", 0, -1, 1);
  p.looseness = f.number_or("looseness", 0, -1, 1);
  p.extensions = f.number_or("extensions", 0, -1, 1);
  p.syncopation = f.number_or("syncopation", 0, -1, 1);
  p.density = f.number_or("density", 0, -1, 1);
  p.optional = f.number_or("optional", 0, -1, 1);
  p.drums_db = f.number_or("drums_db", 0, -12, 12);
  p.bass_db = f.number_or("bass_db", 0, -12, 12);
  p.pump_db = f.number_or("pump_db", 0, -24, 12);
  p.pentatonic = f.flag_or("pentatonic", false);
  p.filter_sweep = f.flag_or("filter_sweep", false);
  p.reverb_db = f.number_or("reverb_db", 0, -60, 24);
  p.delay_db = f.number_or("delay_db", 0, -60, 24);
  for (const auto& json : f.list_or_empty("effect")) {
    storage::Fields e(json, f.where("effect"));
    ProductionEffect effect;
    effect.on = e.texts_or_empty("on");
    effect.effect.type = e.text("type");
    for (const auto& [key, value] : json.items())
      if (key != "on" && key != "type") effect.effect.parameters[key] = e.number(key, -1e6, 1e6);
    e.done();
    p.effects.push_back(effect);
  }
  f.done();
  return p;
}

void apply_production(const Production& p, Style& style) {
  auto& mix = style.mix;
  mix.punch = std::clamp(mix.punch + p.punch, 0.0, 1.0);
  mix.width = std::clamp(mix.width + p.width, 0.0, 2.0);
  mix.warmth = std::clamp(mix.warmth + p.warmth, 0.0, 1.0);
  mix.looseness = std::clamp(mix.looseness + p.looseness, 0.0, 1.0);
  style.harmony.extensions = std::clamp(style.harmony.extensions + p.extensions, 0.0, 1.0);
  style.melody.syncopation = std::clamp(style.melody.syncopation + p.syncopation, 0.0, 1.0);
  style.melody.density = std::clamp(style.melody.density + p.density, 0.0, 1.0);
  style.melody.pentatonic = style.melody.pentatonic || p.pentatonic;
  for (auto& t : style.tracks) {
    if (t.chance < 1) t.chance = std::clamp(t.chance + p.optional, 0.0, 1.0);
    if (is_drum_role(t.role)) t.loudness = t.loudness + Decibels{p.drums_db};
    if (t.role == "bass") t.loudness = t.loudness + Decibels{p.bass_db};
    if (p.filter_sweep && (t.role == "chords" || t.role == "pad" || t.role == "arp" || t.role == "pluck"))
      t.filter_sweep = true;
    for (auto& e : t.effects) {
      if (e.type != "ducker" || p.pump_db == 0) continue;
      double& depth = e.parameters.try_emplace("depth_db", 6.0).first->second;
      depth = std::clamp(depth + p.pump_db, 0.0, 24.0);
    }
    for (auto& send : t.sends) {
      if (send.to == "reverb") send.level = Decibels{std::min(0.0, send.level.value + p.reverb_db)};
      if (send.to == "delay") send.level = Decibels{std::min(0.0, send.level.value + p.delay_db)};
    }
    std::erase_if(t.sends, [](const song::Send& s) { return s.level.value < -48; });
    for (const auto& e : p.effects) {
      const bool pitched = !is_drum_role(t.role) && t.role != "effects";
      const bool here = std::any_of(e.on.begin(), e.on.end(), [&](const std::string& on) {
        return on == "all" || on == t.role || (on == "pitched" && pitched) || (on == "drums" && is_drum_role(t.role));
      });
      if (here) t.effects.push_back(e.effect);
    }
  }
}

}  // namespace figment::compose
