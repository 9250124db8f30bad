#include "storage/data_file.h"

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"

namespace figment::storage {
namespace {

constexpr std::uintmax_t kLargestFile = 16U << 20;
constexpr int kDeepest = 64;

using nlohmann::json;

json from_toml(const toml::node& node, const std::string& name, int depth) {
  if (depth > kDeepest) throw Error(ErrorCode::Corrupt, name + ": nested deeper than " + std::to_string(kDeepest));
  if (const auto* table = node.as_table()) {
    json object = json::object();
    for (const auto& [key, value] : *table) object[std::string(key.str())] = from_toml(value, name, depth + 1);
    return object;
  }
  if (const auto* array = node.as_array()) {
    json list = json::array();
    for (const auto& value : *array) list.push_back(from_toml(value, name, depth + 1));
    return list;
  }
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* flag = node.as_boolean()) return flag->get();
  throw Error(ErrorCode::Corrupt, name + ": line " + std::to_string(node.source().begin.line) +
                                      ": dates and times are not used in Figment's files");
}

// toml++ 3.3 has undefined behaviour for some characters beyond ASCII that stand outside quotes and comments, where TOML
// allows none, and for a table's header that does not begin with a name. So both are refused before it sees them. The scan
// follows TOML's four kinds of quotes.
void refuse_what_toml_cannot_take(std::string_view text, const std::string& name) {
  constexpr std::string_view kBlank = " \t";
  int depth = 0;
  std::size_t line = 1, line_at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line, line_at = i + 1;
    if (c == '[' && depth <= 0 && text.substr(line_at, i - line_at).find_first_not_of(kBlank) == std::string_view::npos) {
      std::size_t key = text.find_first_not_of(kBlank, i + 1);
      if (key == i + 1 && text[key] == '[') key = text.find_first_not_of(kBlank, key + 1);
      const char first = key == std::string_view::npos ? '\n' : text[key];
      if (std::isalnum(static_cast<unsigned char>(first)) == 0 && std::string_view("_-\"'").find(first) == std::string_view::npos)
        throw Error(ErrorCode::Corrupt, name + ": line " + std::to_string(line) + ": a table's header without a name", "write [name] or [[name]]");
    }
    depth += (c == '[' || c == '{') ? 1 : (c == ']' || c == '}') ? -1 : 0;
    if (c == '#') {
      while (i + 1 < text.size() && text[i + 1] != '\n') ++i;
    } else if (c == '"' || c == '\'') {
      const bool block = text.substr(i, 3) == std::string(3, c);
      i += block ? 3 : 1;
      for (; i < text.size(); ++i) {
        if (text[i] == '\n') {
          ++line;
          if (!block) break;
        }
        if (text[i] == '\\' && c == '"') ++i;
        else if (block ? text.substr(i, 3) == std::string(3, c) : text[i] == c) break;
      }
      if (block) {
        i += 2;
        for (int more = 0; more < 2 && i + 1 < text.size() && text[i + 1] == c; ++more) ++i;   // quotes just inside the end
      }
    } else if (static_cast<unsigned char>(c) >= 0x80 && !(i < 3 && text.starts_with("\xEF\xBB\xBF"))) {
      throw Error(ErrorCode::Corrupt, name + ": line " + std::to_string(line) + ": a character beyond ASCII stands outside quotes",
                  "put names and texts with such characters into \"quotes\"");
    }
  }
}

std::string shown(const json& value) {
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

std::string number_text(double v) {
  std::ostringstream out;
  out << v;
  return out.str();
}

}  // namespace

json parse_toml(std::string_view text, const std::string& name) {
  if (text.size() > kLargestFile) throw Error(ErrorCode::Corrupt, name + ": larger than 16 MiB");
  // toml++ recurses once a bracket; refuse what would exhaust its stack before it starts.
  int depth = 0;
  for (char c : text) {
    depth += (c == '[' || c == '{') ? 1 : (c == ']' || c == '}') ? -1 : 0;
    if (depth > 4 * kDeepest)
      throw Error(ErrorCode::Corrupt, name + ": nested deeper than " + std::to_string(kDeepest));
  }
  refuse_what_toml_cannot_take(text, name);
  try {
    const toml::table table = toml::parse(text, name);
    return from_toml(table, name, 0);
  } catch (const toml::parse_error& e) {
    throw Error(ErrorCode::Corrupt,
                name + ": line " + std::to_string(e.source().begin.line) + ": " + std::string(e.description()));
  }
}

json parse_json(std::string_view text, const std::string& name) {
  if (text.size() > kLargestFile) throw Error(ErrorCode::Corrupt, name + ": larger than 16 MiB");
  // A look at the brackets outside of strings and comments: cheaper than a parser that asks back at every value.
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i)
        if (text[i] == '\\') ++i;
    } else if (c == '/' && i + 1 < text.size() && (text[i + 1] == '/' || text[i + 1] == '*')) {
      const auto end = text[i + 1] == '/' ? text.find('\n', i) : text.find("*/", i + 2);
      if (end == std::string_view::npos) break;
      i = text[i + 1] == '/' ? end : end + 1;
    }
    depth += (c == '[' || c == '{') ? 1 : (c == ']' || c == '}') ? -1 : 0;
    if (depth > kDeepest) throw Error(ErrorCode::Corrupt, name + ": nested deeper than " + std::to_string(kDeepest));
  }
  try {
    return json::parse(text, nullptr, true, true);
  } catch (const json::exception& e) {
    throw Error(ErrorCode::Corrupt, name + ": not valid JSON: " + e.what());
  }
}

json load_data_file(const std::filesystem::path& file) {
  std::error_code status;
  const auto size = std::filesystem::file_size(file, status);
  if (status) {
    throw Error(std::filesystem::exists(file, status) ? ErrorCode::Io : ErrorCode::NotFound,
                "cannot open " + file.string());
  }
  if (size > kLargestFile) throw Error(ErrorCode::Corrupt, file.string() + ": larger than 16 MiB");
  std::ifstream in(file, std::ios::binary);
  std::string text(static_cast<std::size_t>(size), '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  if (in.bad() || !in.is_open()) throw Error(ErrorCode::Io, "cannot read " + file.string());
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, in.gcount())));  // it may have shrunk meanwhile
  if (file.extension() == ".toml") return parse_toml(text, file.string());
  if (file.extension() == ".json") return parse_json(text, file.string());
  throw Error(ErrorCode::Unsupported, file.string() + ": wanted a name ending in .toml or .json");
}

Fields::Fields(const json& object, std::string where) : json_(object), where_(std::move(where)) {
  if (!object.is_object())
    throw Error(ErrorCode::Corrupt, where_ + ": wanted a table of named values, found " + shown(object));
}

const json* Fields::find(const std::string& key) {
  asked_.push_back(key);
  const auto it = json_.find(key);
  return it == json_.end() ? nullptr : &*it;
}

bool Fields::has(const std::string& key) const { return json_.contains(key); }

void Fields::fail(const std::string& key, const std::string& wanted) const {
  const auto it = json_.find(key);
  throw Error(ErrorCode::Corrupt,
              where(key) + ": wanted " + wanted + ", found " + (it == json_.end() ? "nothing" : shown(*it)));
}

double Fields::number(const std::string& key, double low, double high) {
  const json* value = find(key);
  const std::string wanted = "a number from " + number_text(low) + " to " + number_text(high);
  if (value == nullptr || !value->is_number()) fail(key, wanted);
  const double number = value->get<double>();
  if (!std::isfinite(number) || number < low || number > high) fail(key, wanted);
  return number;
}

double Fields::number_or(const std::string& key, double otherwise, double low, double high) {
  if (has(key)) return number(key, low, high);
  asked_.push_back(key);
  return otherwise;
}

int Fields::integer(const std::string& key, int low, int high) {
  const json* value = find(key);
  const std::string wanted = "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
  if (value == nullptr || !value->is_number_integer()) fail(key, wanted);
  if (value->is_number_unsigned() && value->get<std::uint64_t>() > INT32_MAX) fail(key, wanted);
  const auto number = value->get<std::int64_t>();
  if (number < low || number > high) fail(key, wanted);
  return static_cast<int>(number);
}

int Fields::integer_or(const std::string& key, int otherwise, int low, int high) {
  if (has(key)) return integer(key, low, high);
  asked_.push_back(key);
  return otherwise;
}

bool Fields::flag_or(const std::string& key, bool otherwise) {
  const json* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) fail(key, "true or false");
  return value->get<bool>();
}

std::string Fields::text(const std::string& key) {
  const json* value = find(key);
  if (value == nullptr || !value->is_string()) fail(key, "a text in quotes");
  return value->get<std::string>();
}

std::string Fields::text_or(const std::string& key, const std::string& otherwise) {
  if (has(key)) return text(key);
  asked_.push_back(key);
  return otherwise;
}

std::string Fields::one_of(const std::string& key, std::initializer_list<const char*> allowed) {
  const json* value = find(key);
  std::string wanted = "one of";
  for (const char* word : allowed) {
    if (value != nullptr && value->is_string() && value->get_ref<const std::string&>() == word) return word;
    wanted += std::string(" \"") + word + "\"";
  }
  fail(key, wanted);
}

std::vector<std::string> Fields::texts_or_empty(const std::string& key) {
  std::vector<std::string> out;
  for (const json& item : list_or_empty(key)) {
    if (!item.is_string()) fail(key, "a list of texts in quotes");
    out.push_back(item.get<std::string>());
  }
  return out;
}

std::vector<double> Fields::numbers_or_empty(const std::string& key, double low, double high) {
  std::vector<double> out;
  const std::string wanted = "a list of numbers from " + number_text(low) + " to " + number_text(high);
  for (const json& item : list_or_empty(key)) {
    if (!item.is_number()) fail(key, wanted);
    const double number = item.get<double>();
    if (!std::isfinite(number) || number < low || number > high) fail(key, wanted);
    out.push_back(number);
  }
  return out;
}

const json& Fields::list(const std::string& key) {
  const json* value = find(key);
  if (value == nullptr || !value->is_array()) fail(key, "a list");
  return *value;
}

const json& Fields::list_or_empty(const std::string& key) {
  static const json kEmpty = json::array();
  if (has(key)) return list(key);
  asked_.push_back(key);
  return kEmpty;
}

const json& Fields::object(const std::string& key) {
  const json* value = find(key);
  if (value == nullptr || !value->is_object()) fail(key, "a table of named values");
  return *value;
}

const json& Fields::object_or_empty(const std::string& key) {
  static const json kEmpty = json::object();
  if (has(key)) return object(key);
  asked_.push_back(key);
  return kEmpty;
}

const json& Fields::any(const std::string& key) {
  const json* value = find(key);
  if (value == nullptr) fail(key, "a value");
  return *value;
}

void Fields::done() const {
  for (const auto& [key, value] : json_.items()) {
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
    std::string known;
    for (const std::string& k : asked_) known += (known.empty() ? "" : ", ") + k;
    throw Error(ErrorCode::Corrupt, where_ + ": unknown key \"" + key + "\"", "known here: " + known);
  }
}

}  // namespace figment::storage
