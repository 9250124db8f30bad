#include "compose/brief_key.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

#include "compose/brief_numbers.h"
#include "score/scale.h"

namespace figment::compose {
namespace {

using score::Mode;

class KeyReader {
 public:
  KeyReader(const std::vector<Token>& tokens, std::size_t at) : tokens_(tokens), at_(at) {}

  std::optional<NumberPhrase> read() const {
    if (auto camelot = read_camelot()) return camelot;
    std::size_t i = at_;
    bool in = false, key = false;
    if (word(i, {"in"})) {
      in = true;
      ++i;
    }
    if (word(i, {"the"}) && word(i + 1, {"key"})) ++i;
    if (word(i, {"key"})) {
      key = true;
      ++i;
      if (word(i, {"signature"})) ++i;
      while (word(i, {"of", "is"}) || sign(i, ':') || sign(i, '=')) ++i;
    }
    if (auto found = read_note(i, in, key)) return found;
    return read_mode_alone(i, in || key);
  }

 private:
  struct ModeWord {
    Mode mode;
    std::size_t end;
  };

  [[nodiscard]] bool word(std::size_t i, std::initializer_list<std::string_view> any) const {
    return i < tokens_.size() && tokens_[i].word() && std::find(any.begin(), any.end(), tokens_[i].text) != any.end();
  }
  [[nodiscard]] bool sign(std::size_t i, char which) const { return i < tokens_.size() && tokens_[i].sign(which); }
  // Where a phrase may end: the prompt's end, a sign, a number, or a word that starts something new.
  [[nodiscard]] bool pause(std::size_t i) const {
    return i >= tokens_.size() || !tokens_[i].word() ||
           word(i, {"at", "with", "and", "for", "about", "around", "but", "no", "without", "then", "please", "bpm",
                    "tempo", "over"});
  }

  // A mode's name; "m" and "M" only where glued to the note.
  [[nodiscard]] std::optional<ModeWord> mode(std::size_t i) const {
    if (word(i, {"natural", "harmonic", "melodic"}) && word(i + 1, {"minor", "min"})) {
      return ModeWord{word(i, {"natural"})    ? Mode::Minor
                      : word(i, {"harmonic"}) ? Mode::HarmonicMinor
                                              : Mode::MelodicMinor,
                      i + 2};
    }
    if (word(i, {"phrygian"}) && word(i + 1, {"dominant"})) return ModeWord{Mode::PhrygianDominant, i + 2};
    constexpr std::array<std::pair<std::string_view, Mode>, 14> names{{{"minor", Mode::Minor},
                                                                       {"min", Mode::Minor},
                                                                       {"aeolian", Mode::Minor},
                                                                       {"major", Mode::Major},
                                                                       {"maj", Mode::Major},
                                                                       {"ionian", Mode::Major},
                                                                       {"dorian", Mode::Dorian},
                                                                       {"phrygian", Mode::Phrygian},
                                                                       {"lydian", Mode::Lydian},
                                                                       {"mixolydian", Mode::Mixolydian},
                                                                       {"locrian", Mode::Locrian},
                                                                       {"freygish", Mode::PhrygianDominant},
                                                                       {"hijaz", Mode::PhrygianDominant},
                                                                       {"minors", Mode::Minor}}};
    for (const auto& [text, mode] : names) {
      if (word(i, {text})) return ModeWord{mode, i + 1};
    }
    return std::nullopt;
  }

  [[nodiscard]] std::size_t after_scale_word(std::size_t i) const {
    return word(i, {"key", "scale", "mode", "tonality"}) ? i + 1 : i;
  }

  [[nodiscard]] NumberPhrase found(std::size_t end, int tonic, std::optional<Mode> mode) const {
    NumberPhrase out;
    out.kind = NumberPhrase::Kind::Key;
    out.first = at_;
    out.end = end;
    out.tonic = tonic < 0 ? -1 : (tonic + 12) % 12;
    out.mode = mode ? static_cast<int>(*mode) : -1;
    return out;
  }

  [[nodiscard]] std::optional<NumberPhrase> read_camelot() const {
    std::size_t i = at_;
    const bool said = word(i, {"camelot"});
    if (said) ++i;
    if (i + 1 >= tokens_.size() || !tokens_[i].digits() || !tokens_[i + 1].word() || !tokens_[i + 1].glued)
      return std::nullopt;
    const Token& letter = tokens_[i + 1];
    const double hour = tokens_[i].number;
    if ((letter.text != "a" && letter.text != "b") || (!letter.capital && !said) || hour < 1 || hour > 12 ||
        tokens_[i].text.find('.') != std::string::npos ||
        (i + 2 < tokens_.size() && tokens_[i + 2].glued && !pause(i + 2))) {
      return std::nullopt;
    }
    // Every hour is a fifth up; 8B is C major and 8A its relative A minor.
    const int major = (static_cast<int>(hour) - 8 + 12) * 7 % 12;
    return letter.text == "b" ? found(i + 2, major, Mode::Major) : found(i + 2, major + 9, Mode::Minor);
  }

  [[nodiscard]] std::optional<NumberPhrase> read_note(std::size_t i, bool in, bool key) const {
    if (i >= tokens_.size() || !tokens_[i].word() || tokens_[i].text.size() > 5) return std::nullopt;
    if (tokens_[i].glued && !(i > 0 && tokens_[i - 1].kind == Token::Kind::Sign)) return std::nullopt;  // "8b", "4d"
    const Token& first = tokens_[i];
    std::string_view text = first.text;
    constexpr std::string_view letters = "cdefgab";
    constexpr std::array<int, 7> naturals{0, 2, 4, 5, 7, 9, 11};
    const std::size_t index = letters.find(text[0]);
    if (index == std::string_view::npos) return std::nullopt;
    int tonic = naturals[index];
    text.remove_prefix(1);
    std::size_t end = i + 1;
    const bool capital = first.capital;

    // "F#", "Bb", "E♭".
    bool accidental = false;
    if (text.empty() && end < tokens_.size() && tokens_[end].glued &&
        (tokens_[end].sign('#') || tokens_[end].sign('b'))) {
      tonic += tokens_[end].sign('#') ? 1 : -1;
      ++end;
      if (end < tokens_.size() && tokens_[end].word() && (tokens_[end].glued || tokens_[end].hyphen)) {
        if (word(end, {"m", "min", "minor"})) return found(after_scale_word(end + 1), tonic, Mode::Minor);
        if (word(end, {"maj", "major"})) return found(after_scale_word(end + 1), tonic, Mode::Major);
      }
      if (const auto m = mode(end)) return found(after_scale_word(m->end), tonic, m->mode);
      if (word(end, {"m"})) return found(end + 1, tonic, Mode::Minor);
      return found(end, tonic, std::nullopt);
    }
    if (!text.empty() && text[0] == 'b') {
      accidental = true;
      tonic -= 1;
      text.remove_prefix(1);
    }
    // "Dm", "Bbm", "Emin", "Ebmaj"; "DM" in capitals is major.
    std::optional<Mode> glued_mode;
    if (text == "m") {
      const bool upper = first.all_capitals;
      if (upper && !in && !key) return std::nullopt;  // "FM synth", "PM"
      glued_mode = upper ? Mode::Major : Mode::Minor;
    } else if (text == "min") {
      glued_mode = Mode::Minor;
    } else if (text == "maj") {
      glued_mode = Mode::Major;
    } else if (!text.empty()) {
      return std::nullopt;
    }
    if (glued_mode) {
      const bool marked = in || key || capital;
      if (!marked) return std::nullopt;
      return found(after_scale_word(end), tonic, glued_mode);
    }
    if (accidental) {
      const bool decibels = first.text == "db" && i > 0 && tokens_[i - 1].digits();
      if (decibels) return std::nullopt;
      if (const auto m = mode(end)) return found(after_scale_word(m->end), tonic, m->mode);
      if (word(end, {"m"})) return found(end + 1, tonic, Mode::Minor);
      return (capital && !first.all_capitals) || in || key ? std::optional(found(end, tonic, std::nullopt))
                                                           : std::nullopt;
    }
    // A single letter.
    if (word(end, {"sharp", "flat"})) {
      const int altered = tonic + (word(end, {"sharp"}) ? 1 : -1);
      if (const auto m = mode(end + 1)) return found(after_scale_word(m->end), altered, m->mode);
      if (word(end + 1, {"m"})) return found(end + 2, altered, Mode::Minor);
      if (in || key || (capital && first.text != "a")) return found(end + 1, altered, std::nullopt);
      return std::nullopt;
    }
    if (const auto m = mode(end)) {
      if (!article(i, m->end, key, m->mode)) return found(after_scale_word(m->end), tonic, m->mode);
      return std::nullopt;
    }
    const bool single = pause(end) && !(end < tokens_.size() && tokens_[end].glued && tokens_[end].digits());
    if (key && (capital || single)) return found(end, tonic, std::nullopt);
    if (in && capital && single) return found(end, tonic, std::nullopt);
    const bool after_pause = i == 0 || tokens_[i - 1].kind == Token::Kind::Sign;
    const bool before_sign = end >= tokens_.size() || tokens_[end].kind == Token::Kind::Sign;
    if (!in && !key && capital && first.text != "a" && after_pause && before_sign && tokens_.size() > 1) {
      return found(end, tonic, std::nullopt);
    }
    return std::nullopt;
  }

  // Is the "a" before "minor" or "major" an article? ("a minor mood", "A major tune" at the start)
  [[nodiscard]] bool article(std::size_t i, std::size_t end, bool key, Mode mode) const {
    if (tokens_[i].text != "a" || key || (mode != Mode::Minor && mode != Mode::Major)) return false;
    const bool noun = word(end, {"key", "mood", "feel", "feeling", "vibe", "tonality", "scale", "chord", "chords",
                                 "mode", "sound", "progression", "touch", "detail", "song", "tune", "melody"});
    if (!tokens_[i].capital) return !pause(end);
    return noun && i == 0;
  }

  [[nodiscard]] std::optional<NumberPhrase> read_mode_alone(std::size_t i, bool marked) const {
    const auto m = mode(i);
    if (!m) return std::nullopt;
    if (word(i, {"maj", "min", "minors"})) return std::nullopt;
    const std::size_t end = after_scale_word(m->end);
    const bool said =
        marked || end > m->end || pause(end) ||
        word(end, {"chord", "chords", "feel", "mood", "pentatonic", "harmony", "sound", "vibe", "progression"});
    // "minor techno" is techno in minor; "a major hit" is no key.
    if (m->mode == Mode::Major && !said) return std::nullopt;
    return found(end, -1, m->mode);
  }

  const std::vector<Token>& tokens_;
  std::size_t at_;
};

}  // namespace

std::optional<NumberPhrase> read_key_phrase(const std::vector<Token>& tokens, std::size_t at) {
  return KeyReader(tokens, at).read();
}

}  // namespace figment::compose
