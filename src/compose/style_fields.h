// What the readers of a style file share: limits, words, choices and effects, with errors that name file and key.
// Internal to compose.
//
//   Errors   Corrupt, "FILE: KEY: wanted …, found …"

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "compose/style.h"
#include "storage/data_file.h"

namespace figment::compose {

// A file is hostile until counted.
inline constexpr std::size_t kMostTracks = 32, kMostGrooves = 64, kMostForms = 32, kMostSections = 64,
                             kMostProgressions = 128, kMostChords = 64, kMostEffects = 16, kMostBuses = 8,
                             kMostRhythms = 64, kMostBars = 512;

[[noreturn]] void corrupt(const std::string& where, const std::string& problem, const std::string& hint = {});

// Runs a reader of text that throws InvalidArgument, and names file and key.
template <class Read>
auto named(const std::string& where, Read&& read) {
  try {
    return read();
  } catch (const Error& e) {
    corrupt(where, e.what(), e.hint());
  }
}

// In quotes, cut to a length a message can bear.
[[nodiscard]] std::string shown(std::string_view text);
// "…: track 3 (bass)"
[[nodiscard]] std::string entry_name(const storage::Fields& f, const std::string& what, std::size_t index,
                                     const nlohmann::json& entry, const char* name_key);

void at_most(const storage::Fields& f, const std::string& key, std::size_t count, std::size_t most);
std::string checked_word(const std::string& word, std::span<const std::string_view> known, const std::string& where);
[[nodiscard]] std::vector<std::string> checked_words(storage::Fields& f, const std::string& key,
                                                     std::span<const std::string_view> known);
// "drums/trap": lower-case letters, digits and '-', one slash.
void check_preset(const std::string& preset, const std::string& where);
// Lower-case letters, digits and '-'.
void check_id(const std::string& id, const std::string& where);

// A choice among words: "a", ["a", "b"] (equally likely) or { a = 3, "b c" = 1 }.
[[nodiscard]] std::vector<Weighted<std::string>> choices(storage::Fields& f, const std::string& key);
// [lowest, highest], both 0 … 1; the whole range when the key is absent.
[[nodiscard]] std::pair<double, double> energy_range(storage::Fields& f, const std::string& key);
// [{ type = "eq", low_cut_hz = 90 }, { type = "ducker", key = "kick" }]
[[nodiscard]] std::vector<song::Effect> read_effects(storage::Fields& f, const std::string& key);

}  // namespace figment::compose
