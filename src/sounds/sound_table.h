// The words of sounds, as data: data/sounds.toml, whose head is the manual of the file.
//
//   Match    by letters and digits alone ("hi-hat" = "hihat" = "Hi Hat"), a plural's s forgiven, the longest phrase first
//   Errors   NotFound, Corrupt naming file, entry, wanted and found; a phrase that means two things is Corrupt
//   Threads  immutable after loading: share it freely
//   Cost     a few milliseconds to load; a look-up is one search in a map
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compose/brief_text.h"
#include "song/song.h"

namespace figment::sounds {

// One hit of what repeats, in beats of its cycle.
struct Repeat {
  double beat = 0, velocity = 1, semitones = 0, length = 0.25;
};

struct SoundWord {
  std::string name, about;
  bool is_drum = false;
  std::vector<std::string> drums;        // as grooves call them; empty: a whole kit
  std::vector<std::string> presets;      // where it is no drum
  int note = 60;
  double hz = 0;                         // what `note` sounds at; 0: no pitch
  std::array<double, 3> seconds{0.5, 1, 2};   // short, usual, long
  bool rings = false, swell = false;
  std::vector<Repeat> hits;
  double cycle = 1, per_minute = 60;     // beats of a cycle; beats a minute
  double human = 0;                      // 0 … 1
  double vary = 2;                       // semitones between seeds
  double low_cut = 0;                    // Hz, 0: none
};

struct ChangeWord {
  std::string name;
  double length = 1, speed = 1;          // factors
  double semitones = 0, bright = 0;      // bright: octaves
  double force = 0, busy = 0;
  std::optional<double> swing;
  std::vector<song::Effect> effects;
};

struct KitWord {
  std::string name;
  std::vector<std::string> presets;
  bool era = false;                      // counts only where no style is named
};

// What a phrase means, as an index into its list.
struct Phrase {
  enum class Kind { Sound, Change, Kit, Loop, Solo, Without, Noise };
  Kind kind = Kind::Noise;
  std::size_t index = 0;
};

class SoundTable {
 public:
  explicit SoundTable(const std::filesystem::path& data_dir);                  // data_dir/data/sounds.toml
  SoundTable(std::string_view toml, const std::string& name);

  // The longest phrase that begins at token `at`; `count` is how many tokens it takes.
  [[nodiscard]] const Phrase* match(const std::vector<compose::Token>& tokens, std::size_t at, std::size_t& count) const;
  // The kit whose words hold this phrase and "kit": "808" before a kick names a kit, alone a bass.
  [[nodiscard]] std::optional<std::size_t> kit_called(const std::vector<compose::Token>& tokens, std::size_t at, std::size_t count) const;
  // The one phrase that a misspelt word of at least four letters is nearest to, at most two slips away; empty: none.
  [[nodiscard]] std::string nearest(std::string_view word) const;
  // "808, alarm, beep …": of all sounds, sorted.
  [[nodiscard]] std::string known() const;

  [[nodiscard]] const std::vector<SoundWord>& sounds() const noexcept { return sounds_; }
  [[nodiscard]] const std::vector<ChangeWord>& changes() const noexcept { return changes_; }
  [[nodiscard]] const std::vector<KitWord>& kits() const noexcept { return kits_; }

 private:
  void read(const nlohmann::json& file, const std::string& name);
  void add(const std::vector<std::string>& words, Phrase phrase, const std::string& where);

  std::vector<SoundWord> sounds_;
  std::vector<ChangeWord> changes_;
  std::vector<KitWord> kits_;
  struct Written {
    Phrase phrase;
    std::string text;
  };
  std::map<std::string, Written, std::less<>> phrases_;   // by letters and digits alone
  std::size_t longest_ = 1;                               // in tokens
};

}  // namespace figment::sounds
