#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "compose/brief.h"
#include "compose/brief_check.h"

namespace figment::compose {
namespace {

using nlohmann::json;

std::string number_text(double value, int decimals) {
  const double scale = std::pow(10, decimals);
  std::string text = std::to_string(std::round(value * scale) / scale);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string time_text(Seconds time) {
  const auto total = static_cast<long>(std::lround(time.value));
  const std::string seconds = std::to_string(total % 60);
  return std::to_string(total / 60) + ":" + (seconds.size() < 2 ? "0" : "") + seconds;
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string from_text(const std::vector<Words>& from) {
  std::string out;
  for (const Words& words : from) {
    out += (out.empty() ? "from " : ", ") + quoted(words);
    if (!words.read_as.empty()) out += " (read as “" + words.read_as + "”)";
  }
  return out;
}

std::string part_text(const PartWish& wish) {
  std::string out;
  for (const std::string& trait : wish.traits) out += trait + " ";
  out += wish.name.empty() ? wish.part : wish.name;
  return out + " (" + wish.part + (wish.preset.empty() ? "" : ", " + wish.preset) + ")";
}

std::string section_text(const SectionWish& wish) {
  std::string out = wish.kind;
  if (wish.bar) out += " at bar " + std::to_string(*wish.bar);
  if (wish.at) out += " at " + time_text(*wish.at);
  if (wish.bars) out += ", " + std::to_string(*wish.bars) + (*wish.bars == 1 ? " bar" : " bars");
  return out;
}

struct Row {
  std::string label, value, from;
};

std::string key_text(const Brief& brief) {
  if (brief.tonic) return score::Key{brief.tonic->value, brief.mode ? brief.mode->value : score::Mode::Major}.text();
  return std::string(name(brief.mode->value)) + ", any tonic";
}

std::vector<Words> joined(std::vector<Words> a, const std::vector<Words>& b) {
  for (const Words& words : b) {
    const auto same = [&](const Words& w) { return w.begin == words.begin && w.end == words.end; };
    if (std::none_of(a.begin(), a.end(), same)) a.push_back(words);
  }
  return a;
}

std::vector<Row> rows_of(const Brief& brief) {
  std::vector<Row> rows;
  const auto add = [&](const char* label, std::string value, const std::vector<Words>& from) {
    // The label stands once before several values.
    const bool again = std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return row.label == label; });
    rows.push_back({again ? "" : label, std::move(value), from_text(from)});
  };
  if (brief.style) add("style", brief.style->value, brief.style->from);
  for (const auto& asked : brief.also) add("with a touch of", asked.value, asked.from);
  if (brief.tempo) add("tempo", number_text(brief.tempo->value.value, 2) + " bpm", brief.tempo->from);
  if (brief.half_time) rows.push_back({"feel", "half-time", ""});
  if (brief.double_time) rows.push_back({"feel", "double-time", ""});
  if (brief.tonic || brief.mode) {
    add("key", key_text(brief),
        joined(brief.tonic ? brief.tonic->from : std::vector<Words>{},
               brief.mode ? brief.mode->from : std::vector<Words>{}));
  }
  if (brief.metre) add("metre", brief.metre->value.text(), brief.metre->from);
  if (brief.length) add("length", time_text(brief.length->value), brief.length->from);
  if (brief.bars)
    add("length", std::to_string(brief.bars->value) + (brief.bars->value == 1 ? " bar" : " bars"), brief.bars->from);
  for (const auto& asked : brief.moods) add("mood", asked.value, asked.from);
  if (brief.energy) add("energy", std::to_string(std::lround(brief.energy->value * 100)) + " %", brief.energy->from);
  if (brief.era) add("era", brief.era->value, brief.era->from);
  if (brief.only) {
    std::string value = brief.only->value;
    for (std::size_t at = 0; (at = value.find('+', at)) != std::string::npos; at += 3) value.replace(at, 1, " + ");
    add("only", value, brief.only->from);
  }
  if (brief.ensemble) {
    const EnsembleWish& e = brief.ensemble->value;
    add("players", std::to_string(e.players) + " (" + e.name + ")", brief.ensemble->from);
  }
  for (const auto& asked : brief.with) add("with", part_text(asked.value), asked.from);
  for (const auto& asked : brief.without) add("without", asked.value, asked.from);
  for (const auto& asked : brief.structure)
    add(brief.whole_structure ? "structure" : "sections", section_text(asked.value), asked.from);
  for (const auto& asked : brief.production) add("production", asked.value, asked.from);
  if (brief.swing)
    add("swing", brief.swing->value == 0 ? "straight" : std::to_string(std::lround(brief.swing->value * 100)) + " %",
        brief.swing->from);
  if (brief.vocals) add("vocals", brief.vocals->value, brief.vocals->from);
  if (brief.topic) add("about", brief.topic->value, brief.topic->from);
  if (brief.loudness) {
    const bool number = brief.loudness->value[0] == '-';
    add("loudness", brief.loudness->value + (number ? " LUFS" : ""), brief.loudness->from);
  }
  return rows;
}

std::string left_open(const Brief& brief) {
  std::string out;
  const auto open = [&](bool is_open, const char* what) {
    if (is_open) out += (out.empty() ? "" : ", ") + std::string(what);
  };
  open(!brief.style, "style");
  open(!brief.tempo, "tempo");
  open(!brief.tonic, "key");
  open(!brief.metre, "metre");
  open(!brief.length && !brief.bars && !brief.whole_structure, "length");
  open(brief.with.empty() && !brief.only, "instruments");
  open(!brief.whole_structure, "structure");
  return out;
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t used = columns(text);
  return used < width ? text + std::string(width - used, ' ') : text;
}

json to_json(const Words& words) {
  json out{{"text", words.text}, {"begin", words.begin}, {"end", words.end}};
  if (!words.read_as.empty()) out["read_as"] = words.read_as;
  return out;
}
json to_json(const std::vector<Words>& from) {
  json out = json::array();
  for (const Words& words : from) out.push_back(to_json(words));
  return out;
}
json asked(json value, const std::vector<Words>& from) {
  return {{"value", std::move(value)}, {"from", to_json(from)}};
}
json texts(const std::vector<Asked<std::string>>& list) {
  json out = json::array();
  for (const auto& one : list) out.push_back(asked(one.value, one.from));
  return out;
}

}  // namespace

std::string describe(const Brief& brief) {
  const std::vector<Row> rows = rows_of(brief);
  constexpr std::size_t kWidest = 56;
  std::size_t label = 4, value = 0;
  for (const Row& row : rows) {
    label = std::max(label, columns(row.label));
    value = std::max(value, std::min(columns(row.value), kWidest));
  }
  std::string not_understood;
  for (const Words& words : brief.not_understood)
    not_understood += (not_understood.empty() ? "" : ", ") + quoted(words);
  if (!not_understood.empty()) label = std::max(label, columns("not understood"));
  const std::string open = left_open(brief);

  std::string out;
  for (const Row& row : rows) {
    std::string line = padded(row.label, label) + "  " + padded(row.value, value);
    if (!row.from.empty()) line += "  " + row.from;
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out += line + "\n";
  }
  if (!open.empty()) out += padded("open", label) + "  " + open + "\n";
  if (!not_understood.empty()) out += padded("not understood", label) + "  " + not_understood + "\n";
  return out;
}

std::string to_json(const Brief& brief) {
  json out{{"prompt", brief.prompt},
           {"half_time", brief.half_time},
           {"double_time", brief.double_time},
           {"valence", brief.valence},
           {"arousal", brief.arousal},
           {"darkness", brief.darkness},
           {"whole_structure", brief.whole_structure}};
  const auto optional = [&](const char* key, const std::optional<Asked<std::string>>& field) {
    if (field) out[key] = asked(field->value, field->from);
  };
  optional("style", brief.style);
  out["also"] = texts(brief.also);
  if (brief.tempo) out["tempo"] = asked(brief.tempo->value.value, brief.tempo->from);
  if (brief.tonic) out["tonic"] = asked(brief.tonic->value, brief.tonic->from);
  if (brief.mode) out["mode"] = asked(std::string(name(brief.mode->value)), brief.mode->from);
  if (brief.metre) out["metre"] = asked(brief.metre->value.text(), brief.metre->from);
  if (brief.length) out["length"] = asked(brief.length->value.value, brief.length->from);
  if (brief.bars) out["bars"] = asked(brief.bars->value, brief.bars->from);
  out["moods"] = texts(brief.moods);
  if (brief.energy) out["energy"] = asked(brief.energy->value, brief.energy->from);
  if (brief.mode_leaning) out["mode_leaning"] = std::string(name(*brief.mode_leaning));
  optional("era", brief.era);
  if (brief.ensemble)
    out["ensemble"] =
        asked({{"name", brief.ensemble->value.name}, {"players", brief.ensemble->value.players}}, brief.ensemble->from);
  out["with"] = json::array();
  for (const auto& one : brief.with) {
    out["with"].push_back(asked({{"part", one.value.part},
                                 {"name", one.value.name},
                                 {"preset", one.value.preset},
                                 {"traits", one.value.traits}},
                                one.from));
  }
  out["without"] = texts(brief.without);
  out["without_presets"] = brief.without_presets;
  optional("only", brief.only);
  out["structure"] = json::array();
  for (const auto& one : brief.structure) {
    json section{{"kind", one.value.kind}};
    if (one.value.bar) section["bar"] = *one.value.bar;
    if (one.value.bars) section["bars"] = *one.value.bars;
    if (one.value.at) section["at"] = one.value.at->value;
    out["structure"].push_back(asked(std::move(section), one.from));
  }
  out["production"] = texts(brief.production);
  if (brief.swing) out["swing"] = asked(brief.swing->value, brief.swing->from);
  optional("vocals", brief.vocals);
  optional("topic", brief.topic);
  optional("loudness", brief.loudness);
  out["not_understood"] = to_json(brief.not_understood);
  return out.dump(2);
}

}  // namespace figment::compose
