// How a sound comes to be, and what a Step is known by.
//
// A Recipe names an engine with its version, its parameters, and everything that goes in. The hash of its canonical
// JSON is the Step's key: the same recipe is never built twice. The key changes when anything that may change the
// sound changes, and only then: names, comments and licences stay out of it.

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/hash.h"
#include "song/weights_used.h"

namespace figment::song {

struct Input {
  std::string kind;      // "score" (a MIDI file), "take" (another step's sound), "file" (brought by the user),
                         // "sample" (of an instrument in the song's folder)
  std::string name;      // for people: "midi/bass.mid", "track bass"; not part of the key
  Digest digest;         // SHA-256 of the bytes
};

struct Recipe {
  std::string engine;                // "builtin.track"
  int version = 1;                   // of the engine: raised whenever its sound may change
  nlohmann::json parameters = nlohmann::json::object();
  std::uint64_t seed = 0;
  std::vector<Input> inputs;
  std::vector<WeightsUsed> weights;  // that took part, through any of the inputs; told, but not part of the key: the inputs' digests decide

  [[nodiscard]] Digest key() const;
  [[nodiscard]] nlohmann::json to_json() const;   // with names and weights, for records
};

}  // namespace figment::song
