// What a word about production or an era does to a style: data/production.toml.
//
// Each table is a word as the brief knows it ("lo-fi", "wide", "1980s"):
//
//   punch, width, warmth, looseness    added to the style's mix numbers, which stay within their ranges
//   extensions, syncopation, density   added to the harmony's and the melody's
//   optional                           added to the chance of parts that are not certain (and of those alone)
//   drums_db, bass_db                  added to the loudness of those tracks
//   pump_db                            added to the depth of duckers
//   pentatonic, filter_sweep           true: melodies keep to five notes; pitched tracks get filter sweeps
//   reverb_db, delay_db                added to the sends to those buses; tracks without one get none
//   [[WORD.effect]]                    an insert: on (roles, "pitched", "drums", or "all"), type, and dsp's parameters
//
//   Errors  Corrupt (file, key, wanted, found)
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "compose/style.h"

namespace figment::compose {

struct ProductionEffect {
  std::vector<std::string> on;
  song::Effect effect;
};

struct Production {
  double punch = 0, width = 0, warmth = 0, looseness = 0;
  double extensions = 0, syncopation = 0, density = 0, optional = 0;
  double drums_db = 0, bass_db = 0, pump_db = 0;
  bool pentatonic = false, filter_sweep = false;
  double reverb_db = 0, delay_db = 0;
  std::vector<ProductionEffect> effects;
};

// nullopt when the file has no such word.
[[nodiscard]] std::optional<Production> find_production(const std::filesystem::path& data_dir, const std::string& word);

void apply_production(const Production& production, Style& style);

}  // namespace figment::compose
