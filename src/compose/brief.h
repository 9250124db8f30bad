// What a prompt asks for, as fields, each with the words it was read from.
//
//   Method   longest-match over a vocabulary of phrases (data/words/*.toml: genres, instruments, moods, production,
//            structure …) plus small grammars for numbers (tempo, length, metre, bar positions) and keys
//   Rule     what is asked for is never changed silently: a field that was read is `asked`; the composer chooses only
//            what is not. Words nobody understood are kept and shown
//   Text     UTF-8 of at most 4000 bytes; typing slips in long words are forgiven and shown. Names of artists are kept
//            among the words not understood
//   Errors   Error InvalidArgument for an empty prompt, contradictions ("90 bpm … at 120 bpm", "no drums, drum solo",
//            a trio of four), and values beyond what makes sense (tempo 20 … 400 BPM, length up to 60 minutes)

#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "score/metre.h"
#include "score/scale.h"

namespace figment::compose {

// A value and the words it was read from (as typed, with their place in the prompt).
struct Words {
  std::string text;
  std::size_t begin = 0, end = 0;  // bytes in the prompt
  std::string read_as;             // the known word it was taken for where it was misspelt, else empty
};
template <class T>
struct Asked {
  T value{};
  std::vector<Words> from;
};

struct SectionWish {
  std::string kind;                // as song::Section::kind
  std::optional<int> bar;          // "drop at bar 17"
  std::optional<int> bars;         // "16 bar intro"
  std::optional<Seconds> at;       // "drop at 1:00"
};

// A part of the band asked for by name.
struct PartWish {
  std::string part;                // role or drum part: "kick" "snare" "hats" "percussion" "drums" "bass" "chords" "pad"
                                   // "lead" "arp" "pluck" "texture" "effects" "counter" "vocals"
  std::string preset;              // instrument preset where the words name one ("keys/dark-bells"), else empty
  std::vector<std::string> traits; // words that colour it: "dark" "sliding" "distorted" "soft"
  std::string name;                // what it is called: "bells", "808", "hi-hats"
  // Styles it is known from, the best first, for songs that name none; and its sound there, where that is another.
  struct Home {
    std::string style, preset;
  };
  std::vector<Home> home;
};

// How many play, where the words say so: "trio", "string quartet". A drum kit counts as one player.
struct EnsembleWish {
  std::string name;
  int players = 0;
  bool operator==(const EnsembleWish&) const = default;
};

struct Brief {
  std::string prompt;
  std::optional<Asked<std::string>> style;            // style file name: "trap", "deep-house"
  std::vector<Asked<std::string>> also;               // further styles named: "house with jazz chords" → jazz
  std::optional<Asked<Bpm>> tempo;
  bool half_time = false, double_time = false;        // feel, not tempo
  std::optional<Asked<int>> tonic;                    // pitch class
  std::optional<Asked<score::Mode>> mode;
  std::optional<Asked<score::Metre>> metre;
  std::optional<Asked<Seconds>> length;               // exactly one of these two at most
  std::optional<Asked<int>> bars;
  std::vector<Asked<std::string>> moods;              // "melancholic" …, canonical words
  std::optional<Asked<double>> energy;                // 0 … 1
  double valence = 0, arousal = 0, darkness = 0;      // -1 … 1, means of the mood words; 0 = nothing said
  std::optional<score::Mode> mode_leaning;            // typical of a mood word ("dreamy": lydian); a hint, not asked
  std::optional<Asked<std::string>> era;              // "1980s"
  std::vector<Asked<PartWish>> with;                  // asked for
  // Exactly so many play. Who sits in a named ensemble ("string quartet") stands in `with`.
  std::optional<Asked<EnsembleWish>> ensemble;
  // Excluded: parts ("drums" means all drum parts), single instruments by name ("piano": their sounds are in
  // without_presets), sections ("intro") and styles.
  std::vector<Asked<std::string>> without;
  std::vector<std::string> without_presets;
  // Solo: "hats" and nothing else. Several parts are joined by '+': "just piano and bass" is "chords+lead+bass". The
  // instruments are in `with`.
  std::optional<Asked<std::string>> only;
  std::vector<Asked<SectionWish>> structure;          // in order; empty = composer's choice
  bool whole_structure = false;                       // `structure` is the whole song, not only single wishes
  std::vector<Asked<std::string>> production;         // "lo-fi" "distorted" "wide" "dry" "punchy" "warm" …
  std::optional<Asked<double>> swing;                 // 0 straight … 1 triplet
  std::optional<Asked<std::string>> vocals;           // "female vocals", "rap", … kept for later; "" never
  std::optional<Asked<std::string>> topic;            // "a song about …", kept for later
  std::optional<Asked<std::string>> loudness;         // "club", "streaming", "podcast", "-9"
  std::vector<Words> not_understood;

  [[nodiscard]] bool excludes(std::string_view part) const;         // by `without` or because of `only`
  [[nodiscard]] bool excludes_preset(std::string_view preset) const;  // "no piano" excludes "gm/grand-piano"
};

// The phrases the reader knows. Loading costs a few milliseconds; share one.
class Vocabulary;
[[nodiscard]] std::shared_ptr<const Vocabulary> load_vocabulary(const std::filesystem::path& data_dir);

[[nodiscard]] Brief read_brief(std::string_view prompt, const Vocabulary& vocabulary);

// For people: one line per field, "tempo      140 bpm            from “140 bpm”", then what was not understood.
[[nodiscard]] std::string describe(const Brief& brief);
// For programs (docs/brief.schema.json).
[[nodiscard]] std::string to_json(const Brief& brief);

}  // namespace figment::compose
