// From Passages to tables. Each function makes the body of one file of data/learned; main adds the provenance.
// The method of each is told in data/learned/README.md and at the top of its own file.

#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "passage.h"

namespace figment::learn {

[[nodiscard]] nlohmann::ordered_json learn_melody(const std::vector<Passage>& passages);
[[nodiscard]] nlohmann::ordered_json learn_rhythm(const std::vector<Passage>& passages);
[[nodiscard]] nlohmann::ordered_json learn_phrases(const std::vector<Passage>& passages);
[[nodiscard]] nlohmann::ordered_json learn_chords(const std::vector<Passage>& passages);
[[nodiscard]] nlohmann::ordered_json learn_drums(const std::filesystem::path& folder);

// "pop", "folk", "chorale"; "major", "minor".
[[nodiscard]] const char* name(Corpus corpus);
[[nodiscard]] const char* name(Tonality tonality);
inline constexpr Corpus corpora[] = {Corpus::Pop, Corpus::Folk, Corpus::Chorale};
inline constexpr Tonality tonalities[] = {Tonality::Major, Tonality::Minor};

// `value` with so many digits that matter.
[[nodiscard]] double rounded(double value, int digits = 3);
// Counts to probabilities that sum to 1, each count raised by `prior` first.
[[nodiscard]] std::vector<double> distribution(const std::vector<double>& counts, double prior);

// JSON for people: objects one member a line, lists of plain values in one line, filled to the line's width.
[[nodiscard]] std::string readable(const nlohmann::ordered_json& json);

}  // namespace figment::learn
