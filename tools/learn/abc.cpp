#include "abc.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace figment::learn {
namespace {

// Letters in the order C D E F G A B.
constexpr std::array<int, 7> natural{0, 2, 4, 5, 7, 9, 11};
constexpr std::array<int, 7> sharp_order{3, 0, 4, 1, 5, 2, 6};  // F C G D A E B

int letter_index(char letter) {
  const int upper = std::toupper(static_cast<unsigned char>(letter));
  return upper >= 'C' ? upper - 'C' : upper - 'A' + 5;
}

bool is_letter(char c) { return (c >= 'A' && c <= 'G') || (c >= 'a' && c <= 'g'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

[[noreturn]] void unreadable(const std::string& what) { throw std::runtime_error(what); }

struct Key {
  int tonic = 0;
  int fifths = 0;
  Tonality tonality = Tonality::Major;
};

Key parse_key(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || text[0] < 'A' || text[0] > 'G') unreadable("key '" + std::string(text) + "'");
  const int index = letter_index(text[0]);
  // Position of the natural letters on the circle of fifths: C 0, G 1, D 2, A 3, E 4, B 5, F -1.
  static constexpr std::array<int, 7> circle{0, 2, 4, -1, 1, 3, 5};
  Key key{natural[static_cast<std::size_t>(index)], circle[static_cast<std::size_t>(index)], Tonality::Major};
  text.remove_prefix(1);
  if (!text.empty() && text[0] == '#')
    key.tonic += 1, key.fifths += 7, text.remove_prefix(1);
  else if (!text.empty() && text[0] == 'b')
    key.tonic += 11, key.fifths -= 7, text.remove_prefix(1);
  key.tonic %= 12;
  text = trimmed(text);
  std::string mode;
  for (char c : text.substr(0, 3)) mode.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  if (!mode.empty() && mode[0] == 'm' && mode != "maj" && mode != "mix") mode = "min";
  struct Shift {
    std::string_view mode;
    int fifths;
    Tonality tonality;
  };
  static constexpr std::array<Shift, 8> shifts{{{"min", -3, Tonality::Minor},
                                                {"aeo", -3, Tonality::Minor},
                                                {"dor", -2, Tonality::Minor},
                                                {"phr", -4, Tonality::Minor},
                                                {"loc", -5, Tonality::Minor},
                                                {"mix", -1, Tonality::Major},
                                                {"lyd", 1, Tonality::Major},
                                                {"maj", 0, Tonality::Major}}};
  for (const Shift& shift : shifts) {
    if (mode == shift.mode) key.fifths += shift.fifths, key.tonality = shift.tonality;
  }
  return key;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  AbcTune run() {
    try {
      while (at_ < text_.size()) line();
      finish();
    } catch (const std::exception& problem) {
      tune_.error = problem.what();
    }
    return std::move(tune_);
  }

 private:
  // What a first ending must be able to take back.
  struct Mark {
    double time;
    std::size_t notes, chords, bar_lines;
  };

  void line() {
    const auto end = std::min(text_.find('\n', at_), text_.size());
    std::string_view whole = text_.substr(at_, end - at_);
    at_ = end + 1;
    whole = trimmed(whole.substr(0, whole.find('%')));
    if (whole.size() >= 2 && whole[1] == ':' && std::isalpha(static_cast<unsigned char>(whole[0]))) {
      field(whole[0], trimmed(whole.substr(2)));
    } else if (in_body_) {
      music(whole);
    }
  }

  void field(char name, std::string_view value) {
    switch (name) {
      case 'T':
        if (tune_.title.empty()) tune_.title = value;
        break;
      case 'M':
        metre(value);
        break;
      case 'L': {
        int over = 1, under = 8;
        fraction(value, over, under);
        unit_ = 4.0 * over / under;
        break;
      }
      case 'K':
        key_ = parse_key(value);
        in_body_ = true;
        sign();
        break;
      case 'P':
        if (in_body_) bar_line(true);
        break;
      case 'V':
        unreadable("several voices");
      default:
        break;
    }
  }

  void metre(std::string_view value) {
    if (value == "C") value = "4/4";
    if (value == "C|") value = "2/2";
    fraction(value, beats_, unit_of_metre_);
    if (in_body_) sign();
  }

  static void fraction(std::string_view value, int& over, int& under) {
    const char* const end = value.data() + value.size();
    const auto first = std::from_chars(value.data(), end, over);
    if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '/') unreadable("'" + std::string(value) + "'");
    const auto second = std::from_chars(first.ptr + 1, end, under);
    if (second.ec != std::errc{} || over < 1 || under < 1 || over > 64 || under > 64) {
      unreadable("'" + std::string(value) + "'");
    }
  }

  double unit() const {
    if (unit_) return *unit_;
    return static_cast<double>(beats_) / unit_of_metre_ < 0.75 ? 0.25 : 0.5;
  }

  void sign() {
    const AbcSignature now{time_, beats_, unit_of_metre_, key_.tonic, key_.tonality};
    if (!tune_.signatures.empty() && tune_.signatures.back().time > time_ - 1e-6)
      tune_.signatures.back() = now;
    else
      tune_.signatures.push_back(now);
  }

  void bar_line(bool ends_strain) {
    altered_.fill(std::nullopt);
    auto& lines = tune_.bar_lines;
    if (!lines.empty() && lines.back().time > time_ - 1e-6)
      lines.back().ends_strain |= ends_strain;
    else
      lines.push_back({time_, ends_strain});
  }

  char peek(std::size_t ahead = 0) const { return i_ + ahead < line_.size() ? line_[i_ + ahead] : '\0'; }

  std::string_view until(char closing) {
    const auto end = line_.find(closing, i_ + 1);
    if (end == std::string_view::npos) unreadable(std::string("no closing ") + closing);
    const auto inside = line_.substr(i_ + 1, end - i_ - 1);
    i_ = end + 1;
    return inside;
  }

  void music(std::string_view text) {
    line_ = text;
    i_ = 0;
    while (i_ < line_.size()) {
      const char c = peek();
      if (c == '"') {
        chord_symbol(until('"'));
      } else if (c == '!' || c == '+') {
        (void)until(c);
      } else if (c == '{') {
        (void)until('}');
      } else if (c == '|' || c == ':' || (c == '[' && (peek(1) == '|' || is_digit(peek(1)))) || c == ']') {
        bar_symbol();
      } else if (c == '[' && std::isalpha(static_cast<unsigned char>(peek(1))) && peek(2) == ':') {
        const auto inside = until(']');
        field(inside[0], trimmed(inside.substr(2)));
      } else if (c == '[') {
        ++i_;
        simultaneous();
      } else if (c == '(' && is_digit(peek(1))) {
        tuplet();
      } else if (c == '<' || c == '>') {
        broken_rhythm();
      } else if (c == '-') {
        ++i_;
        tied_ = !tune_.notes.empty();
      } else if (is_letter(c) || c == '^' || c == '_' || c == '=') {
        const int pitch = read_pitch();
        place(pitch, read_length());
      } else if (c == 'z' || c == 'x' || c == 'Z') {
        if (c == 'Z') unreadable("many-bar rest");
        ++i_;
        place(std::nullopt, read_length());
      } else if (c == '&') {
        unreadable("overlay");
      } else {
        ++i_;  // slurs, decorations, beams, spaces
      }
    }
  }

  void bar_symbol() {
    bool strain = false;
    int bars = 0;
    while (i_ < line_.size() &&
           (peek() == '|' || peek() == ':' || peek() == ']' || (peek() == '[' && peek(1) == '|'))) {
      if (peek() == ':' || peek() == ']') strain = true;
      if (peek() == '|' && ++bars > 1) strain = true;
      ++i_;
    }
    while (peek() == ' ') ++i_;
    if (peek() == '[' && is_digit(peek(1)))
      ++i_;
    else if (!is_digit(peek()))
      return bar_line(strain);
    const char ending = peek();
    while (is_digit(peek()) || peek() == ',' || peek() == '-') ++i_;
    if (ending == '1') {
      bar_line(false);
      first_ending_ = Mark{time_, tune_.notes.size(), tune_.chords.size(), tune_.bar_lines.size()};
    } else if (ending == '2' && first_ending_) {
      time_ = first_ending_->time;
      tune_.notes.resize(first_ending_->notes);
      tune_.chords.resize(first_ending_->chords);
      tune_.bar_lines.resize(first_ending_->bar_lines);
      while (tune_.signatures.size() > 1 && tune_.signatures.back().time > time_ + 1e-6) tune_.signatures.pop_back();
      first_ending_.reset();
      altered_.fill(std::nullopt);
      tied_ = false;
    } else {
      bar_line(strain);
    }
  }

  void chord_symbol(std::string_view text) {
    AbcChord chord{time_, 0, ChordKind::Major};
    if (!parse_abc_chord(text, chord.root, chord.kind)) return;
    if (!tune_.chords.empty() && tune_.chords.back().start > time_ - 1e-6)
      tune_.chords.back() = chord;
    else
      tune_.chords.push_back(chord);
  }

  int read_pitch() {
    std::optional<int> accidental;
    while (peek() == '^' || peek() == '_' || peek() == '=') {
      accidental = accidental.value_or(0) + (peek() == '^' ? 1 : peek() == '_' ? -1 : 0);
      ++i_;
    }
    const char letter = peek();
    if (!is_letter(letter)) unreadable("accidental without a note");
    ++i_;
    int octave = std::islower(static_cast<unsigned char>(letter)) ? 1 : 0;
    for (; peek() == '\'' || peek() == ','; ++i_) octave += peek() == '\'' ? 1 : -1;
    const auto index = static_cast<std::size_t>(letter_index(letter));
    if (accidental) altered_[index] = accidental;
    return 60 + 12 * octave + natural[index] + altered_[index].value_or(signature_of(index));
  }

  int signature_of(std::size_t letter) const {
    const auto place = static_cast<int>(std::find(sharp_order.begin(), sharp_order.end(), static_cast<int>(letter)) -
                                        sharp_order.begin());
    return (key_.fifths > place ? 1 : 0) - (-key_.fifths > 6 - place ? 1 : 0);
  }

  double read_length() {
    int over = 1, under = 1;
    const auto number = [this](int otherwise) {
      if (!is_digit(peek())) return otherwise;
      int value = 0;
      for (; is_digit(peek()) && value < 1000; ++i_) value = 10 * value + (peek() - '0');
      return value;
    };
    over = number(1);
    while (peek() == '/') {
      ++i_;
      under *= number(2);
      if (under > 64) break;
    }
    if (over < 1 || over > 64 || under < 1 || under > 64) unreadable("length");
    return unit() * over / under;
  }

  void simultaneous() {
    int highest = -1;
    double length = 0;
    bool tie = false;
    while (peek() != ']') {
      if (peek() == '-') {
        tie = true;
        ++i_;
      } else if (peek() == ' ') {
        ++i_;
      } else if (is_letter(peek()) || peek() == '^' || peek() == '_' || peek() == '=') {
        highest = std::max(highest, read_pitch());
        length = read_length();
      } else {
        unreadable("chord without end");
      }
    }
    ++i_;
    if (highest < 0) unreadable("empty chord");
    const double factor = read_length() / unit();
    place(highest, length * factor);
    tied_ = tie;
  }

  void tuplet() {
    ++i_;
    const int notes = peek() - '0';
    ++i_;
    if (peek() == ':') unreadable("tuplet with ratio");
    const bool compound = unit_of_metre_ == 8 && beats_ % 3 == 0;
    static constexpr std::array<int, 10> in_time{0, 0, 3, 2, 3, 0, 2, 0, 3, 0};
    const int time =
        notes == 5 || notes == 7 || notes == 9 ? (compound ? 3 : 2) : in_time[static_cast<std::size_t>(notes)];
    if (time == 0) unreadable("tuplet");
    tuplet_left_ = notes;
    tuplet_factor_ = static_cast<double>(time) / notes;
  }

  void broken_rhythm() {
    const char sign = peek();
    int count = 0;
    for (; peek() == sign; ++i_) ++count;
    if (!last_placed_ || count > 3) unreadable("broken rhythm");
    const double shorter = 1.0 / (1 << count);
    const double longer = 2.0 - shorter;
    const double before = sign == '>' ? longer : shorter;
    const double change = *last_placed_ * (before - 1.0);
    time_ += change;
    if (last_was_note_) tune_.notes.back().length += change;
    next_factor_ = sign == '>' ? shorter : longer;
  }

  void place(std::optional<int> pitch, double length) {
    if (tuplet_left_ > 0) {
      length *= tuplet_factor_;
      --tuplet_left_;
    }
    length *= next_factor_;
    next_factor_ = 1.0;
    const bool continues = tied_ && pitch && !tune_.notes.empty() && tune_.notes.back().pitch == *pitch;
    if (continues)
      tune_.notes.back().length += length;
    else if (pitch)
      tune_.notes.push_back({time_, length, *pitch});
    tied_ = false;
    last_placed_ = length;
    last_was_note_ = pitch.has_value();
    time_ += length;
  }

  void finish() {
    if (!in_body_) unreadable("no key");
    bar_line(true);
    tune_.end = time_;
    if (tune_.notes.empty()) unreadable("no notes");
    // A first ending that was taken back may have left signatures at its own times.
    std::erase_if(tune_.signatures, [this](const AbcSignature& s) { return s.time > time_; });
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string_view line_;
  std::size_t i_ = 0;
  AbcTune tune_;
  bool in_body_ = false;
  int beats_ = 4, unit_of_metre_ = 4;
  std::optional<double> unit_;
  Key key_;
  double time_ = 0;
  std::array<std::optional<int>, 7> altered_;  // accidentals of this bar, by letter
  bool tied_ = false;
  int tuplet_left_ = 0;
  double tuplet_factor_ = 1.0;
  double next_factor_ = 1.0;
  std::optional<double> last_placed_;
  bool last_was_note_ = false;
  std::optional<Mark> first_ending_;
};

}  // namespace

bool parse_abc_chord(std::string_view text, int& root, ChordKind& kind) {
  text = trimmed(text.substr(0, text.find('/')));
  if (text.empty() || text[0] < 'A' || text[0] > 'G') return false;
  root = natural[static_cast<std::size_t>(letter_index(text[0]))];
  text.remove_prefix(1);
  if (!text.empty() && (text[0] == '#' || text[0] == 'b')) {
    root = (root + (text[0] == '#' ? 1 : 11)) % 12;
    text.remove_prefix(1);
  }
  struct Suffix {
    std::string_view text;
    ChordKind kind;
  };
  static constexpr std::array<Suffix, 16> suffixes{{{"", ChordKind::Major},
                                                    {"m", ChordKind::Minor},
                                                    {"7", ChordKind::Dominant7},
                                                    {"7b9", ChordKind::Dominant7},
                                                    {"a7", ChordKind::Dominant7},
                                                    {"m7", ChordKind::Minor7},
                                                    {"maj7", ChordKind::Major7},
                                                    {"6", ChordKind::Major6},
                                                    {"m6", ChordKind::Minor6},
                                                    {"d", ChordKind::Diminished},
                                                    {"dim", ChordKind::Diminished},
                                                    {"a", ChordKind::Augmented},
                                                    {"aug", ChordKind::Augmented},
                                                    {"+", ChordKind::Augmented},
                                                    {"sus4", ChordKind::Suspended4},
                                                    {"m7b5", ChordKind::HalfDiminished7}}};
  for (const Suffix& suffix : suffixes) {
    if (text == suffix.text) {
      kind = suffix.kind;
      return true;
    }
  }
  return false;
}

std::vector<AbcTune> parse_abc(std::string_view text) {
  std::vector<AbcTune> tunes;
  std::size_t begin = text.starts_with("X:") ? 0 : text.find("\nX:");
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find("\nX:", begin + 1), text.size());
    tunes.push_back(Parser(text.substr(begin, end - begin)).run());
    begin = end;
  }
  return tunes;
}

}  // namespace figment::learn
