#include "compose/style_fields.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace figment::compose {
namespace {

using nlohmann::json;
using storage::Fields;

// An effect's parameter; that there is one of this name is for the build to say.
double parameter(const std::string& name, const json& value, const std::string& where) {
  const bool tidy = !name.empty() && name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!tidy) corrupt(where, "wanted parameter names of lower-case letters, digits and '_', found " + shown(name));
  if (!value.is_number() || !std::isfinite(value.get<double>()) || std::abs(value.get<double>()) > 1e6)
    corrupt(where + ": " + name, "wanted a number");
  return value.get<double>();
}

}  // namespace

void corrupt(const std::string& where, const std::string& problem, const std::string& hint) {
  throw Error(ErrorCode::Corrupt, where + ": " + problem, hint);
}

void at_most(const Fields& f, const std::string& key, std::size_t count, std::size_t most) {
  if (count > most)
    corrupt(f.where(key), "wanted at most " + std::to_string(most) + " entries, found " + std::to_string(count));
}

std::string shown(std::string_view text) { return "\"" + std::string(text.substr(0, 60)) + "\""; }

std::string entry_name(const Fields& f, const std::string& what, std::size_t index, const json& entry,
                       const char* name_key) {
  std::string out = f.where(what + " " + std::to_string(index + 1));
  if (entry.is_object() && entry.contains(name_key) && entry[name_key].is_string())
    out += " (" + entry[name_key].get<std::string>().substr(0, 40) + ")";
  return out;
}

std::string checked_word(const std::string& word, std::span<const std::string_view> known, const std::string& where) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return word;
  std::string wanted;
  for (const std::string_view k : known) wanted += (wanted.empty() ? "" : " ") + std::string(k);
  corrupt(where, "wanted one of " + wanted + ", found " + shown(word));
}

std::vector<std::string> checked_words(Fields& f, const std::string& key, std::span<const std::string_view> known) {
  std::vector<std::string> words = f.texts_or_empty(key);
  at_most(f, key, words.size(), kMostSections);
  for (const std::string& word : words) checked_word(word, known, f.where(key));
  return words;
}

void check_preset(const std::string& preset, const std::string& where) {
  const auto fine = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  const std::size_t slash = preset.find('/');
  const bool good = slash != std::string::npos && slash > 0 && slash + 1 < preset.size() && preset.size() <= 64 &&
                    std::all_of(preset.begin(), preset.begin() + static_cast<std::ptrdiff_t>(slash), fine) &&
                    std::all_of(preset.begin() + static_cast<std::ptrdiff_t>(slash) + 1, preset.end(), fine);
  if (!good) corrupt(where, "wanted a preset such as \"bass/808\", found " + shown(preset));
}

void check_id(const std::string& id, const std::string& where) {
  const auto fine = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (id.empty() || id.size() > 40 || !std::all_of(id.begin(), id.end(), fine))
    corrupt(where, "wanted lower-case letters, digits and '-', found " + shown(id));
}

std::vector<Weighted<std::string>> choices(Fields& f, const std::string& key) {
  const json& value = f.any(key);
  const char* wanted = "a text, a list of texts, or a table of texts with weights above 0 up to 100";
  std::vector<Weighted<std::string>> out;
  if (value.is_string()) {
    out.push_back({value.get<std::string>(), 1});
  } else if (value.is_array()) {
    for (const json& item : value) {
      if (!item.is_string()) f.fail(key, wanted);
      out.push_back({item.get<std::string>(), 1});
    }
  } else if (value.is_object()) {
    for (const auto& [word, weight] : value.items()) {
      if (!weight.is_number() || !(weight.get<double>() > 0 && weight.get<double>() <= 100)) f.fail(key, wanted);
      out.push_back({word, weight.get<double>()});
    }
  }
  if (out.empty() || out.size() > kMostChords) f.fail(key, wanted);
  return out;
}

std::pair<double, double> energy_range(Fields& f, const std::string& key) {
  const std::vector<double> range = f.numbers_or_empty(key, 0, 1);
  if (range.empty()) return {0, 1};
  if (range.size() != 2 || range[0] > range[1]) f.fail(key, "[lowest, highest] with both from 0 to 1");
  return {range[0], range[1]};
}

std::vector<song::Effect> read_effects(Fields& f, const std::string& key) {
  std::vector<song::Effect> out;
  const json& list = f.list_or_empty(key);
  at_most(f, key, list.size(), kMostEffects);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = entry_name(f, "effect", i, list[i], "type");
    if (!list[i].is_object()) corrupt(where, "wanted {type = \"eq\", …}");
    song::Effect effect;
    for (const auto& [name, value] : list[i].items()) {
      if (name == "type" || name == "key") {
        if (!value.is_string()) corrupt(where + ": " + name, "wanted a text in quotes");
        (name == "type" ? effect.type : effect.key) = value.get<std::string>();
        check_id(value.get<std::string>(), where + ": " + name);
      } else if (name == "parameters" && value.is_object()) {  // for those named "type" or "key"
        for (const auto& [inner, number] : value.items()) effect.parameters[inner] = parameter(inner, number, where);
      } else {
        effect.parameters[name] = parameter(name, value, where);
      }
    }
    if (effect.type.empty()) corrupt(where, "wanted a type such as \"eq\", found none");
    out.push_back(std::move(effect));
  }
  return out;
}

}  // namespace figment::compose
