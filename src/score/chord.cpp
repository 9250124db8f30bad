#include "score/chord.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>

#include "base/error.h"

namespace figment::score {
namespace {

bool take(std::string_view& text, std::string_view prefix) {
  if (prefix.empty() || !text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}
bool take_any(std::string_view& text, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) { return take(text, prefix); });
}

// "#", "b" and their Unicode signs; 0 when there is none.
int take_accidental(std::string_view& text) {
  if (take_any(text, {"#", "♯"})) return 1;
  if (take_any(text, {"b", "♭"})) return -1;
  return 0;
}

// A note letter, upper case, with at most one accidental: "Bb". nullopt and nothing taken when there is none.
std::optional<int> take_note(std::string_view& text) {
  constexpr std::string_view letters = "CDEFGAB";
  constexpr std::array<int, 7> naturals{0, 2, 4, 5, 7, 9, 11};
  if (text.empty()) return std::nullopt;
  const std::size_t index = letters.find(text.front());
  if (index == std::string_view::npos) return std::nullopt;
  text.remove_prefix(1);
  return pitch_class(naturals[index] + take_accidental(text));
}

// Semitones of a chord degree as jazz counts them: 9 is a whole tone above the octave.
std::optional<int> degree_semitones(int degree) {
  switch (degree) {
    case 2:
      return 2;
    case 3:
      return 4;
    case 4:
      return 5;
    case 5:
      return 7;
    case 6:
      return 9;
    case 7:
      return 10;
    case 9:
      return 14;
    case 11:
      return 17;
    case 13:
      return 21;
    default:
      return std::nullopt;
  }
}

int take_degree(std::string_view& text) {
  for (const auto& [digits, degree] : std::initializer_list<std::pair<std::string_view, int>>{
           {"13", 13}, {"11", 11}, {"9", 9}, {"7", 7}, {"6", 6}, {"5", 5}, {"4", 4}, {"3", 3}, {"2", 2}}) {
    if (take(text, digits)) return degree;
  }
  return 0;
}

// What follows a root or a numeral, understood piece by piece from the left.
class Quality {
 public:
  explicit Quality(bool minor) : third_(minor ? 3 : 4) {}

  // Takes all it understands; what is left over (a slash and a bass, or nonsense) stays in `text`.
  void read(std::string_view& text) {
    while (!text.empty()) {
      const std::string_view before = text;
      if (!(take(text, "[") ? read_list(text) : read_piece(text))) {
        text = before;
        return;
      }
    }
  }

  [[nodiscard]] std::vector<int> intervals() const {
    if (!list_.empty()) return list_;
    std::set<int> all{0};
    if (third_ > 0) all.insert(third_);
    if (fifth_ > 0) all.insert(fifth_);
    if (seventh_ > 0) all.insert(seventh_);
    all.insert(more_.begin(), more_.end());
    return {all.begin(), all.end()};
  }
  [[nodiscard]] bool diminished() const { return third_ == 3 && fifth_ == 6; }

 private:
  bool read_piece(std::string_view& text) {
    if (text.starts_with("maj") || text.starts_with("Maj") || text.starts_with("MAJ") || text.starts_with("M") ||
        text.starts_with("ma") || text.starts_with("Δ")) {
      take_any(text, {"maj", "Maj", "MAJ", "Ma", "ma", "M", "Δ"});
      return read_major(text);
    }
    if (take_any(text, {"min", "mi", "m", "-"})) {
      third_ = 3;
      return true;
    }
    if (take_any(text, {"no", "omit"})) return read_omit(text);
    if (take_any(text, {"dim", "°", "o"})) {
      third_ = 3;
      fifth_ = 6;
      diminished_seventh_ = true;
      return true;
    }
    if (take_any(text, {"ø", "Ø"})) {
      third_ = 3;
      fifth_ = 6;
      seventh_ = 10;
      take(text, "7");
      return true;
    }
    if (take_any(text, {"aug", "+5", "+"})) {
      fifth_ = 8;
      return true;
    }
    if (take(text, "sus")) {
      third_ = take(text, "2") ? 2 : 5;
      take(text, "4");
      return true;
    }
    if (take(text, "add")) return read_add(text);
    if (take(text, "alt")) {
      seventh_ = 10;
      fifth_ = 8;
      more_.insert({13, 15});
      return true;
    }
    if (take_any(text, {"6/9", "69"})) {
      more_.insert({9, 14});
      return true;
    }
    if (take_any(text, {"(", ")", ",", " "})) return true;
    if (const int accidental = take_accidental(text); accidental != 0) return read_alteration(text, accidental);
    return read_number(text, diminished_seventh_ ? 9 : 10);
  }

  bool read_major(std::string_view& text) {
    if (read_number(text, 11)) return true;
    third_ = 4;
    return true;
  }

  // 5 6 7 9 11 13, each with the sevenths and ninths below it.
  bool read_number(std::string_view& text, int seventh) {
    if (take(text, "13")) {
      seventh_ = seventh;
      more_.insert({14, 21});
    } else if (take(text, "11")) {
      seventh_ = seventh;
      more_.insert({14, 17});
    } else if (take(text, "9")) {
      seventh_ = seventh;
      more_.insert(14);
    } else if (take(text, "7")) {
      seventh_ = seventh;
    } else if (take(text, "6")) {
      more_.insert(9);
    } else if (take(text, "5")) {
      third_ = 0;
    } else {
      return false;
    }
    return true;
  }

  bool read_add(std::string_view& text) {
    const int accidental = take_accidental(text);
    const std::optional<int> semitones = degree_semitones(take_degree(text));
    if (!semitones) return false;
    // "add2" and "add4" are the ninth and eleventh, as players voice them.
    more_.insert((*semitones < 6 && *semitones != 4 ? *semitones + 12 : *semitones) + accidental);
    return true;
  }

  bool read_omit(std::string_view& text) {
    switch (take_degree(text)) {
      case 3:
        third_ = 0;
        return true;
      case 5:
        fifth_ = 0;
        return true;
      case 7:
        seventh_ = 0;
        return true;
      default:
        return false;
    }
  }

  bool read_alteration(std::string_view& text, int accidental) {
    const int degree = take_degree(text);
    if (degree == 5) {
      fifth_ = 7 + accidental;
      return true;
    }
    const std::optional<int> semitones = degree_semitones(degree);
    if (!semitones || degree < 6) return false;
    if (degree == 7) {
      seventh_ = accidental > 0 ? 11 : 10;
      return true;
    }
    more_.erase(*semitones);
    more_.insert(*semitones + accidental);
    return true;
  }

  // "0 3 6]": semitones spelled out.
  bool read_list(std::string_view& text) {
    std::set<int> all{0};
    while (!take(text, "]")) {
      std::size_t digits = 0;
      int value = 0;
      while (digits < text.size() && digits < 3 && std::isdigit(static_cast<unsigned char>(text[digits])) != 0) {
        value = value * 10 + (text[digits++] - '0');
      }
      if (digits == 0 || value > 48) return false;
      all.insert(value);
      text.remove_prefix(digits);
      take_any(text, {" ", ","});
    }
    list_.assign(all.begin(), all.end());
    return true;
  }

  int third_ = 4, fifth_ = 7, seventh_ = 0;
  bool diminished_seventh_ = false;  // after "dim" a seventh is diminished too
  std::set<int> more_;
  std::vector<int> list_;
};

// Every quality with a usual name, the preferred spelling first.
constexpr std::array kSuffixes{
    "",        "m",       "5",         "dim",       "aug",     "sus2",     "sus4",      "6",          "m6",
    "6/9",     "m6/9",    "7",         "maj7",      "m7",      "mmaj7",    "dim7",      "m7b5",       "maj7#5",
    "7#5",     "7b5",     "maj7b5",    "7sus4",     "7sus2",   "maj7sus4", "maj7sus2",  "9sus4",      "13sus4",
    "9",       "maj9",    "m9",        "11",        "maj11",   "m11",      "13",        "maj13",      "m13",
    "add9",    "madd9",   "add11",     "madd11",    "add#11",  "sus4add9", "sus2add11", "7b9",        "7#9",
    "7#11",    "7b13",    "7#5b9",     "7#5#9",     "7b5b9",   "7b5#9",    "7b9#9",     "7alt",       "7b9b13",
    "7#9b13",  "7b9sus4", "9#11",      "9b5",       "9#5",     "9b13",     "13b9",      "13#9",       "13#11",
    "maj7#11", "maj9#11", "maj13#11",  "mmaj9",     "m9b5",    "m11b5",    "m7b9",      "m7add11",    "m7add13",
    "7add11",  "7add13",  "maj7add13", "maj7add11", "dimmaj7", "m#5",      "maj9#5",    "madd11add9", "add9add11",
    "6add11",  "m6add11", "no5",       "mno5",      "7no5",    "m7no5",    "maj7no5",   "9no5",       "m9no5",
    "maj9no5", "5add9",   "7no3",      "maj7no3",   "(b5)",    "6sus4",    "6sus2",     "13no5",      "add9no5",
};

std::string suffix_of(const std::vector<int>& intervals) {
  for (const char* suffix : kSuffixes) {
    Quality quality(false);
    std::string_view text = suffix;
    quality.read(text);
    if (quality.intervals() == intervals) return suffix;
  }
  // Nothing usual: spell the semitones out; parse_chord reads this too.
  std::string out = "[";
  for (const int interval : intervals) out += (out.size() > 1 ? " " : "") + std::to_string(interval);
  return out + "]";
}

struct Numeral {
  int degree;  // 0 … 6
  bool upper;
};

std::optional<Numeral> take_numeral(std::string_view& text) {
  // Longest first: "VII" before "VI" before "V".
  constexpr std::array<std::pair<std::string_view, int>, 7> numerals{
      {{"VII", 6}, {"III", 2}, {"VI", 5}, {"IV", 3}, {"II", 1}, {"V", 4}, {"I", 0}}};
  for (const auto& [upper, degree] : numerals) {
    if (take(text, upper)) return Numeral{degree, true};
    std::string lower(upper);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (take(text, lower)) return Numeral{degree, false};
  }
  return std::nullopt;
}

// Where a numeral's root lies above the tonic.
int root_of(const Numeral& numeral, int accidental, bool diminished, const Key& key) {
  constexpr std::array<int, 7> major{0, 2, 4, 5, 7, 9, 11};
  const auto degree = static_cast<std::size_t>(numeral.degree);
  const bool own_degree = degree == 2 || degree == 5 || degree == 6;
  if (!minor_third(key.mode) || !own_degree || accidental < 0) return major[degree] + accidental;
  const bool altered_minor = key.mode == Mode::HarmonicMinor || key.mode == Mode::MelodicMinor;
  const Mode mode = altered_minor ? Mode::Minor : key.mode;
  // In minor a diminished chord on six or seven stands on the raised degree: vii° leads to i.
  if (diminished && mode == Mode::Minor && degree != 2) return major[degree];
  const int own = steps(mode)[degree];
  return accidental > 0 ? std::min(own + accidental, major[degree]) : own;
}

[[noreturn]] void fail_roman(std::string_view numeral) {
  throw Error(ErrorCode::InvalidArgument,
              "wanted a roman numeral chord, found \"" + std::string(numeral.substr(0, 40)) + "\"",
              "write a degree and a quality: \"i\", \"bVI\", \"V7\", \"iiø7\", \"IVmaj7\", \"V7/vi\", \"I/3\"");
}

Chord read_roman(std::string_view text, std::string_view whole, const Key& key, int depth) {
  int accidental = 0;
  for (int i = 0; i < 2; ++i) accidental += take_accidental(text);
  const std::optional<Numeral> numeral = take_numeral(text);
  if (!numeral) fail_roman(whole);
  Quality quality(!numeral->upper);
  quality.read(text);
  Chord chord;
  chord.intervals = quality.intervals();

  Key local = key;
  int bass_degree = 0;
  if (take(text, "/")) {
    if (std::string_view digits = text; (bass_degree = take_degree(digits)) != 0) {
      text = digits;
    } else {
      if (depth >= 3) fail_roman(whole);
      const Chord target = read_roman(text, whole, key, depth + 1);
      if (target.bass >= 0) fail_roman(whole);
      text = {};
      local = Key{target.root, target.minor() ? Mode::Minor : Mode::Major};
    }
  }
  if (!text.empty()) fail_roman(whole);
  chord.root = pitch_class(local.tonic + root_of(*numeral, accidental, quality.diminished(), local));
  if (bass_degree != 0) {
    int above = *degree_semitones(bass_degree);
    // The chord's own third, fifth or seventh where it has one.
    for (const int interval : chord.intervals) {
      const bool same = (bass_degree == 3 && (interval == 3 || interval == 4)) ||
                        (bass_degree == 5 && interval >= 6 && interval <= 8) ||
                        (bass_degree == 7 && interval >= 9 && interval <= 11);
      if (same) above = interval;
    }
    chord.bass = pitch_class(chord.root + above);
  }
  return chord;
}

}  // namespace

bool Chord::has(int interval) const noexcept {
  return std::find(intervals.begin(), intervals.end(), interval) != intervals.end();
}

bool Chord::contains(int midi_note) const noexcept {
  const int above = pitch_class(midi_note - root);
  return std::any_of(intervals.begin(), intervals.end(), [&](int i) { return pitch_class(i) == above; });
}

std::vector<int> Chord::pitch_classes() const {
  std::vector<int> out;
  for (const int interval : intervals) {
    const int tone = pitch_class(root + interval);
    if (std::find(out.begin(), out.end(), tone) == out.end()) out.push_back(tone);
  }
  return out;
}

bool Chord::minor() const noexcept {
  const auto has = [&](int wanted) { return std::find(intervals.begin(), intervals.end(), wanted) != intervals.end(); };
  return has(3) && !has(4);
}

std::string Chord::text(bool flats) const {
  std::string out = pitch_class_name(root, flats) + suffix_of(intervals);
  if (bass >= 0 && bass != root) out += "/" + pitch_class_name(bass, flats);
  return out;
}

Chord parse_chord(std::string_view text) {
  const auto fail = [&](std::string_view where) {
    std::string message = "wanted a chord, found \"" + std::string(text.substr(0, 40)) + "\"";
    if (!where.empty() && where.size() < text.size()) {
      message += " (not understood from \"" + std::string(where.substr(0, 40)) + "\")";
    }
    throw Error(ErrorCode::InvalidArgument, message,
                "write a root, a quality and perhaps a bass: \"Fm\", \"Dbmaj7\", \"G7sus4\", \"Bb/D\"");
  };
  std::string_view rest = text;
  const std::optional<int> root = take_note(rest);
  if (!root) fail(rest);
  Quality quality(false);
  quality.read(rest);
  Chord chord{*root, quality.intervals(), -1};
  if (take(rest, "/")) {
    const std::optional<int> bass = take_note(rest);
    if (!bass) fail(rest);
    if (*bass != *root) chord.bass = *bass;
  }
  if (!rest.empty()) fail(rest);
  return chord;
}

Chord parse_roman(std::string_view numeral, const Key& key) { return read_roman(numeral, numeral, key, 0); }

const Chord* chord_at(const std::vector<ChordSpan>& spans, Beats when) noexcept {
  const auto after = std::upper_bound(spans.begin(), spans.end(), when,
                                      [](Beats at, const ChordSpan& span) { return at < span.start; });
  if (after == spans.begin()) return nullptr;
  const ChordSpan& span = *std::prev(after);
  return when < span.start + span.length ? &span.chord : nullptr;
}

}  // namespace figment::score
