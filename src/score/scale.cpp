#include "score/scale.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/error.h"

namespace figment::score {
namespace {

struct ModeFacts {
  Mode mode;
  std::string_view name;
  std::array<int, 7> steps;
  int relative_major;  // semitones from the tonic up to the major scale with the same key signature
};

// clang-format off
constexpr std::array<ModeFacts, 10> kModes{{
    {Mode::Major,            "major",             {0, 2, 4, 5, 7, 9, 11}, 0},
    {Mode::Minor,            "minor",             {0, 2, 3, 5, 7, 8, 10}, 3},
    {Mode::Dorian,           "dorian",            {0, 2, 3, 5, 7, 9, 10}, 10},
    {Mode::Phrygian,         "phrygian",          {0, 1, 3, 5, 7, 8, 10}, 8},
    {Mode::Lydian,           "lydian",            {0, 2, 4, 6, 7, 9, 11}, 7},
    {Mode::Mixolydian,       "mixolydian",        {0, 2, 4, 5, 7, 9, 10}, 5},
    {Mode::Locrian,          "locrian",           {0, 1, 3, 5, 6, 8, 10}, 1},
    {Mode::HarmonicMinor,    "harmonic minor",    {0, 2, 3, 5, 7, 8, 11}, 3},
    {Mode::MelodicMinor,     "melodic minor",     {0, 2, 3, 5, 7, 9, 11}, 3},
    {Mode::PhrygianDominant, "phrygian dominant", {0, 1, 4, 5, 7, 8, 10}, 8},  // fifth mode of harmonic minor
}};

constexpr std::array<std::pair<std::string_view, Mode>, 14> kOtherNames{{
    {"maj", Mode::Major},  {"ionian", Mode::Major}, {"min", Mode::Minor},   {"m", Mode::Minor},
    {"aeolian", Mode::Minor}, {"natural minor", Mode::Minor}, {"dor", Mode::Dorian}, {"phryg", Mode::Phrygian},
    {"lyd", Mode::Lydian}, {"mixo", Mode::Mixolydian}, {"harm minor", Mode::HarmonicMinor},
    {"mel minor", Mode::MelodicMinor}, {"freygish", Mode::PhrygianDominant}, {"hijaz", Mode::PhrygianDominant},
}};
// clang-format on

const ModeFacts& facts(Mode mode) noexcept { return kModes[static_cast<std::size_t>(mode)]; }

std::string lower_trimmed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '-' || c == '_';
    if (!space) {
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::optional<Mode> find_mode(std::string_view text) {
  const std::string wanted = lower_trimmed(text);
  for (const ModeFacts& entry : kModes) {
    if (entry.name == wanted) return entry.mode;
  }
  for (const auto& [other, mode] : kOtherNames) {
    if (other == wanted) return mode;
  }
  return std::nullopt;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '-' || text.front() == '\t')) text.remove_prefix(1);
}

}  // namespace

std::string_view name(Mode mode) noexcept { return facts(mode).name; }
const std::array<int, 7>& steps(Mode mode) noexcept { return facts(mode).steps; }
bool minor_third(Mode mode) noexcept { return facts(mode).steps[2] == 3; }

Mode parse_mode(std::string_view text) {
  if (text == "M") return Mode::Major;
  if (const std::optional<Mode> mode = find_mode(text)) return *mode;
  throw Error(ErrorCode::InvalidArgument, "wanted a mode, found \"" + std::string(text.substr(0, 60)) + "\"",
              "modes are major, minor, dorian, phrygian, lydian, mixolydian, locrian, harmonic minor, melodic minor, "
              "phrygian dominant");
}

int Key::note(int degree, int octave) const noexcept {
  const int octaves = degree >= 0 ? degree / 7 : -((6 - degree) / 7);
  const int within = degree - 7 * octaves;
  return 12 * (octave + 1 + octaves) + tonic + steps(mode)[static_cast<std::size_t>(within)];
}

bool Key::contains(int midi_note) const noexcept {
  const auto& scale = steps(mode);
  return std::find(scale.begin(), scale.end(), pitch_class(midi_note - tonic)) != scale.end();
}

int Key::degree_of(int midi_note, int* chromatic) const noexcept {
  const auto& scale = steps(mode);
  const int above = pitch_class(midi_note - tonic);
  int degree = 6;
  while (scale[static_cast<std::size_t>(degree)] > above) --degree;
  if (chromatic != nullptr) *chromatic = above - scale[static_cast<std::size_t>(degree)];
  return degree;
}

int Key::snap(int midi_note) const noexcept {
  int distance = 0;
  for (;; ++distance) {
    if (contains(midi_note - distance)) return midi_note - distance;
    if (contains(midi_note + distance)) return midi_note + distance;
  }
}

Key Key::relative_major() const noexcept { return {pitch_class(tonic + facts(mode).relative_major), Mode::Major}; }

int Key::sharps() const noexcept {
  constexpr std::array<int, 12> signature{0, -5, 2, -3, 4, -1, 6, 1, -4, 3, -2, 5};
  const int major = relative_major().tonic;
  // Six accidentals can be written either way; Eb minor and Bb phrygian are how musicians name those.
  if (major == 6 && (tonic == 3 || tonic == 10)) return -6;
  return signature[static_cast<std::size_t>(major)];
}

bool Key::prefers_flats() const noexcept { return sharps() < 0; }

std::string Key::text() const { return pitch_class_name(tonic, prefers_flats()) + " " + std::string(name(mode)); }

Key parse_key(std::string_view text) {
  const auto fail = [&] {
    throw Error(ErrorCode::InvalidArgument, "wanted a key, found \"" + std::string(text.substr(0, 60)) + "\"",
                "write a note and a mode: \"F# minor\", \"Bb\", \"Dm\", \"A dorian\"");
  };
  std::string_view rest = text;
  skip_spaces(rest);
  if (rest.empty()) fail();
  constexpr std::string_view letters = "CDEFGAB";
  constexpr std::array<int, 7> naturals{0, 2, 4, 5, 7, 9, 11};
  const char letter = static_cast<char>(std::toupper(static_cast<unsigned char>(rest.front())));
  const std::size_t index = letters.find(letter);
  if (index == std::string_view::npos) fail();
  rest.remove_prefix(1);
  Key key;
  key.tonic = naturals[index];

  const std::string lower = lower_trimmed(rest);
  std::string_view low = lower;
  bool words = false;
  if (take(rest, "#") || take(rest, "♯")) {
    key.tonic += 1;
  } else if (take(rest, "b") || take(rest, "♭")) {
    key.tonic -= 1;
  } else {
    if (take(low, " ")) {
    }
    if (take(low, "sharp")) {
      key.tonic += 1;
      words = true;
    } else if (take(low, "flat")) {
      key.tonic -= 1;
      words = true;
    }
  }
  key.tonic = pitch_class(key.tonic);
  std::string_view mode = words ? low : rest;
  if (words && !mode.empty() && mode.front() != ' ') fail();
  skip_spaces(mode);
  while (!mode.empty() && mode.back() == ' ') mode.remove_suffix(1);
  if (mode.empty() || mode == "M") return key;
  const std::optional<Mode> found = find_mode(mode);
  if (!found) fail();
  key.mode = *found;
  return key;
}

std::string pitch_class_name(int note, bool flats) {
  constexpr std::array<std::string_view, 12> sharp{"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"};
  constexpr std::array<std::string_view, 12> flat{"C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"};
  return std::string((flats ? flat : sharp)[static_cast<std::size_t>(pitch_class(note))]);
}

}  // namespace figment::score
