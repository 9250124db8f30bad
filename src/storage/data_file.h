// Data files: TOML for what people write (styles, presets, words), JSON for what programs write.
//
// Both become the same nlohmann::json value; `Fields` reads it with errors that name file, key, wanted and found.
//
//   Hostile input  files above 16 MiB, nested deeper than 64, or not UTF-8 are Error Corrupt
//   Threads        free: no shared state

#pragma once

#include <filesystem>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace figment::storage {

// By the name's ending: .toml or .json. Error NotFound, Io, Corrupt (with line).
[[nodiscard]] nlohmann::json load_data_file(const std::filesystem::path& file);

// The same from memory; `name` stands in messages.
[[nodiscard]] nlohmann::json parse_toml(std::string_view text, const std::string& name);
[[nodiscard]] nlohmann::json parse_json(std::string_view text, const std::string& name);

// Reads one object. Keys that were never asked for are an error in `done`, so a typo is never silent.
//
//   Fields f(json, "styles/trap.toml");
//   bpm = f.number("bpm", 20, 999);                 // must be there, within 20 … 999
//   swing = f.number_or("swing", 0, 0.0, 1.0);      // default 0
//   for (const auto& part : f.list("sections")) { Fields p(part, f.where("sections")); … p.done(); }
//   f.done();
//
// Every failure is Error Corrupt: "styles/trap.toml: bpm: wanted a number from 20 to 999, found \"fast\"".
class Fields {
 public:
  Fields(const nlohmann::json& object, std::string where);

  [[nodiscard]] bool has(const std::string& key) const;
  [[nodiscard]] double number(const std::string& key, double low, double high);
  [[nodiscard]] double number_or(const std::string& key, double otherwise, double low, double high);
  [[nodiscard]] int integer(const std::string& key, int low, int high);
  [[nodiscard]] int integer_or(const std::string& key, int otherwise, int low, int high);
  [[nodiscard]] bool flag_or(const std::string& key, bool otherwise);
  [[nodiscard]] std::string text(const std::string& key);
  [[nodiscard]] std::string text_or(const std::string& key, const std::string& otherwise);
  [[nodiscard]] std::string one_of(const std::string& key, std::initializer_list<const char*> allowed);
  [[nodiscard]] std::vector<std::string> texts_or_empty(const std::string& key);
  [[nodiscard]] std::vector<double> numbers_or_empty(const std::string& key, double low, double high);
  [[nodiscard]] const nlohmann::json& list(const std::string& key);           // must be there
  [[nodiscard]] const nlohmann::json& list_or_empty(const std::string& key);
  [[nodiscard]] const nlohmann::json& object(const std::string& key);
  [[nodiscard]] const nlohmann::json& object_or_empty(const std::string& key);
  [[nodiscard]] const nlohmann::json& any(const std::string& key);            // must be there, any type

  [[nodiscard]] std::string where(const std::string& key) const { return where_ + ": " + key; }
  [[noreturn]] void fail(const std::string& key, const std::string& wanted) const;
  void done() const;

 private:
  [[nodiscard]] const nlohmann::json* find(const std::string& key);
  const nlohmann::json& json_;
  std::string where_;
  std::vector<std::string> asked_;
};

}  // namespace figment::storage
