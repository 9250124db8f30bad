// The phrases a prompt may hold, and what each means.
//
//   Source   data/words/*.toml; each file's head says how it is written
//   Match    case, accents, hyphens and spaces do not matter; plurals are known by themselves. A word of six letters or
//            more that nobody knows is taken for the one known word that differs by a single slip (a letter wrong,
//            missing, doubled or two swapped), if there is exactly one; below eight letters only for styles and instruments
//   Errors   load_vocabulary: NotFound, Corrupt naming file and entry
//   Threads  immutable after loading: share it freely
//   Cost     loading about 5 ms; a look-up is one hash

#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compose/brief.h"
#include "compose/brief_text.h"
#include "score/scale.h"

namespace figment::compose {

// What a phrase may mean; one phrase can mean several things ("lo-fi" is a style's flavour and a production word).
enum class Sense {
  Genre,
  Ensemble,
  Flavour,
  Instrument,
  Trait,
  Mood,
  Production,
  Section,
  Era,
  Vocals,
  HalfTime,
  DoubleTime,
  Swing,
  Tempo,
  Metre,
  Loudness,
  LeavesOut,
  VoicesAlone,
  Without,
  Only,
  Alone,
  Solo,
  Except,
  Join,
  With,
  About,
  StyleOf,
  Begin,
  Finish,
  Name,
  Request,
  Noise
};

struct Meaning {
  Sense sense;
  std::string value;      // canonical word, style, part, decade, metre …
  std::size_t index = 0;  // into instruments(), ensembles() or moods()
};

struct InstrumentWord {
  std::string name, part, preset, family;
  std::vector<std::string> solo;
  std::map<std::string, std::string> when;  // trait → preset
  std::vector<std::string> home;            // styles it is known from, the best first

  // "bass", "hi-hats": the name of a part as such, not one sound that plays it.
  [[nodiscard]] bool generic() const { return family == part; }
};

struct EnsembleWord {
  struct Seat {
    std::string instrument;  // a name of instruments(), or "second " and one
    std::string part;
    std::vector<std::string> traits;
  };
  std::string name, style;
  int players = 0;
  std::vector<Seat> seats;                         // empty: whoever is most important in the style
  std::map<std::string, std::vector<Seat>> when;   // style → seats

  [[nodiscard]] const std::vector<Seat>& seats_in(const std::string& genre) const {
    const auto found = when.find(genre);
    return found == when.end() ? seats : found->second;
  }
};

// "second violin" → "violin"
[[nodiscard]] std::string first_of_its_kind(const std::string& instrument);

struct MoodWord {
  std::string name;
  double valence = 0, arousal = 0, darkness = 0;
  std::optional<double> energy;
  std::optional<score::Mode> mode;
};

struct Phrase {
  std::string text;  // as in the file, lower case, single spaces
  std::vector<Meaning> meanings;

  [[nodiscard]] const Meaning* get(Sense sense) const noexcept;
  [[nodiscard]] bool has(Sense sense) const noexcept { return get(sense) != nullptr; }
};

class Vocabulary {
 public:
  // The longest phrase that starts at token `at`; `length` is how many tokens it takes.
  [[nodiscard]] const Phrase* match(const std::vector<Token>& tokens, std::size_t at, std::size_t& length) const;
  // The one phrase that is a single slip away from an unknown word.
  [[nodiscard]] const Phrase* nearest(const Token& word) const;

  [[nodiscard]] const std::vector<InstrumentWord>& instruments() const noexcept { return instruments_; }
  [[nodiscard]] const InstrumentWord* instrument(std::string_view name) const;  // nullptr where there is none
  [[nodiscard]] const std::vector<EnsembleWord>& ensembles() const noexcept { return ensembles_; }
  [[nodiscard]] const std::vector<MoodWord>& moods() const noexcept { return moods_; }
  [[nodiscard]] const std::map<std::string, std::string>& opposites() const noexcept { return opposites_; }
  // Every phrase, plurals too, by key (its letters and digits alone).
  [[nodiscard]] const std::unordered_map<std::string, Phrase>& phrases() const noexcept { return phrases_; }
  [[nodiscard]] std::vector<std::string> presets_of_family(const std::string& family) const;

 private:
  friend class VocabularyLoader;

  std::unordered_map<std::string, Phrase> phrases_;
  std::vector<InstrumentWord> instruments_;
  std::vector<EnsembleWord> ensembles_;
  std::vector<MoodWord> moods_;
  std::map<std::string, std::string> opposites_;  // production words: what "no X" means
  std::size_t longest_ = 1;                       // in tokens
};

}  // namespace figment::compose
