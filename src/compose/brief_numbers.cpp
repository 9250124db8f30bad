#include "compose/brief_numbers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>

#include "base/error.h"
#include "compose/brief_key.h"
#include "score/metre.h"

namespace figment::compose {
namespace {

using Kind = NumberPhrase::Kind;

constexpr double kSlowest = 20, kFastest = 400, kLongestMinutes = 60, kMostBars = 4000;

// clang-format off
constexpr std::array<std::pair<std::string_view, int>, 28> kNumberWords{{
    {"one", 1}, {"two", 2}, {"three", 3}, {"four", 4}, {"five", 5}, {"six", 6}, {"seven", 7}, {"eight", 8}, {"nine", 9},
    {"ten", 10}, {"eleven", 11}, {"twelve", 12}, {"thirteen", 13}, {"fourteen", 14}, {"fifteen", 15}, {"sixteen", 16},
    {"seventeen", 17}, {"eighteen", 18}, {"nineteen", 19}, {"twenty", 20}, {"thirty", 30}, {"forty", 40}, {"fifty", 50},
    {"sixty", 60}, {"seventy", 70}, {"eighty", 80}, {"ninety", 90}, {"zero", 0}}};
// clang-format on

std::string number_text(double value) {
  std::string text = std::to_string(value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

class NumberReader {
 public:
  NumberReader(std::string_view prompt, const std::vector<Token>& tokens, std::size_t at)
      : prompt_(prompt), tokens_(tokens), at_(at) {}

  std::optional<NumberPhrase> read() const {
    std::optional<NumberPhrase> best;
    const auto offer = [&](const std::optional<NumberPhrase>& found) {
      if (found && (!best || found->end > best->end)) best = found;
    };
    // In order of precedence where two are equally long.
    offer(form());
    offer(loudness());
    offer(tempo());
    offer(metre());
    offer(decade());
    offer(clock());
    offer(duration());
    offer(bars());
    offer(place());
    offer(times());
    offer(read_key_phrase(tokens_, at_));
    offer(guessed_tempo());
    offer(bare());
    return best;
  }

 private:
  struct Number {
    double value;
    std::size_t end;
  };

  [[nodiscard]] const Token* token(std::size_t i) const { return i < tokens_.size() ? &tokens_[i] : nullptr; }
  [[nodiscard]] bool word(std::size_t i, std::initializer_list<std::string_view> any) const {
    return i < tokens_.size() && tokens_[i].word() && std::find(any.begin(), any.end(), tokens_[i].text) != any.end();
  }
  [[nodiscard]] bool sign(std::size_t i, char which) const { return i < tokens_.size() && tokens_[i].sign(which); }
  [[nodiscard]] bool glued(std::size_t i) const { return i < tokens_.size() && tokens_[i].glued; }

  [[nodiscard]] std::string words(std::size_t from, std::size_t end) const {
    return "“" + std::string(prompt_.substr(tokens_[from].begin, tokens_[end - 1].end - tokens_[from].begin)) + "”";
  }
  [[nodiscard]] NumberPhrase phrase(Kind kind, std::size_t end, double value = 0) const {
    NumberPhrase out;
    out.kind = kind;
    out.first = at_;
    out.end = end;
    out.value = value;
    return out;
  }

  // One word of a number: "four", "fourth" is none.
  [[nodiscard]] std::optional<int> small(std::size_t i) const {
    if (i >= tokens_.size() || !tokens_[i].word()) return std::nullopt;
    for (const auto& [name, value] : kNumberWords) {
      if (tokens_[i].text == name) return value;
    }
    return std::nullopt;
  }

  // "140", "92.5", "one hundred and twenty", "two and a half".
  [[nodiscard]] std::optional<Number> number(std::size_t i) const {
    if (i >= tokens_.size()) return std::nullopt;
    if (tokens_[i].digits()) return half(Number{tokens_[i].number, i + 1});
    double value = 0;
    bool any = false;
    if (word(i, {"a"}) && word(i + 1, {"hundred"})) {
      value = 1;
      any = true;
      ++i;
    }
    while (i < tokens_.size()) {
      if (const std::optional<int> part = small(i)) {
        const bool fits = !any || (std::fmod(value, 100) == 0 && value > 0) ||
                          (std::fmod(value, 10) == 0 && std::fmod(value, 100) >= 20 && *part > 0 && *part < 10);
        if (!fits) break;
        value += *part;
        any = true;
        ++i;
      } else if (any && word(i, {"hundred"}) && value > 0 && value < 10) {
        value *= 100;
        ++i;
      } else if (any && value >= 100 && word(i, {"and"}) && small(i + 1)) {
        ++i;
      } else {
        break;
      }
    }
    if (!any) return std::nullopt;
    return half(Number{value, i});
  }
  [[nodiscard]] Number half(Number n) const {
    if (word(n.end, {"and"}) && word(n.end + 1, {"a"}) && word(n.end + 2, {"half"})) return {n.value + 0.5, n.end + 3};
    return n;
  }

  // "90-100", "90 to 100": the middle. A minus sign of its own makes the number negative, so that it is refused.
  [[nodiscard]] std::optional<Number> range(std::size_t i) const {
    if (sign(i, '-') && glued(i + 1) && i + 1 < tokens_.size() && tokens_[i + 1].digits()) {
      return Number{-tokens_[i + 1].number, i + 2};
    }
    const std::optional<Number> low = number(i);
    if (!low) return low;
    std::size_t next = low->end;
    const bool joined = next < tokens_.size() && tokens_[next].hyphen && tokens_[next].digits();
    const bool spelled = word(next, {"to"}) || sign(next, '-');
    if (!joined && !spelled) return low;
    if (spelled) ++next;
    const std::optional<Number> high = number(next);
    if (!high || high->value <= low->value) return low;
    return Number{(low->value + high->value) / 2, high->end};
  }

  [[nodiscard]] std::size_t skip_about(std::size_t i) const {
    while (word(i, {"at", "around", "about", "approximately", "roughly", "circa", "ca", "near", "approx", "of", "is",
                    "exactly", "precisely", "say", "to", "a", "the"}) ||
           sign(i, '~') || sign(i, ':') || sign(i, '=') || (sign(i, '.') && i > 0 && word(i - 1, {"ca", "approx"}))) {
      ++i;
    }
    return i;
  }

  // How many tokens "bpm" takes at `i`; 0 when it is not there.
  [[nodiscard]] std::size_t bpm(std::size_t i) const {
    if (word(i, {"bpm", "bpms"})) return 1;
    if (word(i, {"beats", "beat"}) && word(i + 1, {"per", "a"}) && word(i + 2, {"minute", "min"})) return 3;
    return 0;
  }

  [[nodiscard]] NumberPhrase checked_tempo(std::size_t end, double value, Kind kind = Kind::Tempo) const {
    if (!(value >= kSlowest && value <= kFastest)) {
      throw Error(ErrorCode::InvalidArgument,
                  words(at_, end) + ": a tempo of " + number_text(value) + " BPM makes no music",
                  "tempos are from 20 to 400 BPM");
    }
    return phrase(kind, end, value);
  }

  // Said to be a tempo by a word.
  [[nodiscard]] std::optional<NumberPhrase> tempo() const {
    std::size_t i = at_;
    if (word(i, {"bpm", "tempo"})) {
      const std::size_t from = skip_about(i + 1);
      const std::optional<Number> n = range(from);
      if (!n || unit(n->end)) return std::nullopt;
      return checked_tempo(n->end + bpm(n->end), n->value);
    }
    // "a" and "the" are no start of a tempo, or "a 4" would swallow the article.
    if (!word(i, {"a", "the", "of", "is", "to"})) i = skip_about(i);
    const std::optional<Number> n = range(i);
    if (!n) return std::nullopt;
    // "70/140 bpm": felt at half the speed.
    if (sign(n->end, '/') && n->end + 1 < tokens_.size() && tokens_[n->end + 1].digits() && bpm(n->end + 2) > 0) {
      const double other = tokens_[n->end + 1].number;
      const double low = std::min(n->value, other), high = std::max(n->value, other);
      if (high == 2 * low) return checked_tempo(n->end + 2 + bpm(n->end + 2), high, Kind::HalfTimeTempo);
      throw Error(ErrorCode::InvalidArgument, words(at_, n->end + 2) + ": two different tempos", "name one tempo");
    }
    if (bpm(n->end) == 0) return std::nullopt;
    return checked_tempo(n->end + bpm(n->end), n->value);
  }

  // Words that say a number is no tempo.
  [[nodiscard]] bool unit(std::size_t i) const {
    if (i >= tokens_.size()) return false;
    if (tokens_[i].word() && (tokens_[i].glued || tokens_[i].hyphen)) return bpm(i) == 0;
    if ((tokens_[i].sign('/') || tokens_[i].sign(':') || tokens_[i].sign('#')) && tokens_[i].glued) return true;
    return word(i,
                {"bar",   "bars",    "measure", "measures", "minute", "minutes", "min",   "mins",   "second", "seconds",
                 "sec",   "secs",    "s",       "hour",     "hours",  "beats",   "steps", "step",   "bit",    "lufs",
                 "db",    "hz",      "khz",     "track",    "tracks", "voices",  "notes", "chords", "people", "years",
                 "times", "percent", "drums",   "drum",     "kick",   "bass",    "kit",   "snare",  "hats"});
  }

  // "at 92", "around 120", "~128".
  [[nodiscard]] std::optional<NumberPhrase> guessed_tempo() const {
    if (!word(at_, {"at", "around", "about", "approximately", "roughly", "circa", "ca", "near", "approx"}) &&
        !sign(at_, '~')) {
      return std::nullopt;
    }
    const std::size_t from = skip_about(at_);
    const std::optional<Number> n = range(from);
    if (!n || unit(n->end) || n->value < 40 || n->value > 300) return std::nullopt;
    return phrase(Kind::Tempo, n->end, n->value);
  }

  [[nodiscard]] std::optional<NumberPhrase> metre() const {
    std::size_t i = at_;
    const bool said = word(i, {"metre", "meter"}) || (word(i, {"time"}) && word(i + 1, {"signature"}));
    if (said) i = skip_about(i + (word(i, {"time"}) ? 2 : 1));
    if (word(i, {"in"})) ++i;
    if (i + 2 >= tokens_.size() || !tokens_[i].digits() || !sign(i + 1, '/') || !tokens_[i + 2].digits())
      return std::nullopt;
    const std::string text = tokens_[i].text + "/" + tokens_[i + 2].text;
    const std::size_t end = i + 3;
    if (word(end, {"note", "notes", "th", "ths", "bpm", "triplets", "hats"})) return std::nullopt;
    try {
      const score::Metre parsed = score::parse_metre(text);
      if (parsed.beats_per_bar == 1 && !said) return std::nullopt;
      NumberPhrase out = phrase(Kind::Metre, end + (word(end, {"time", "metre", "meter"}) ? 1 : 0));
      out.text = parsed.text();
      return out;
    } catch (const Error& e) {
      if (!said && !word(end, {"time", "metre", "meter"})) return std::nullopt;
      throw Error(ErrorCode::InvalidArgument, words(at_, end) + " is no metre", e.hint());
    }
  }

  [[nodiscard]] std::optional<NumberPhrase> decade() const {
    std::size_t i = at_;
    while (word(i, {"early", "mid", "late", "the", "circa"})) ++i;
    if (i >= tokens_.size() || !tokens_[i].digits()) return std::nullopt;
    const std::string& digits = tokens_[i].text;
    const bool plural = word(i + 1, {"s", "ies"}) && tokens_[i + 1].glued;
    const bool four = digits.size() == 4 && digits.find('.') == std::string::npos;
    const auto year = static_cast<int>(std::min(tokens_[i].number, 1e6));
    NumberPhrase out = phrase(Kind::Era, i + (plural ? 2 : 1));
    if (four && year >= 1900 && year < 2040) {
      if (!plural && (unit(i + 1) || bpm(i + 1) > 0)) return std::nullopt;
      out.text = std::to_string(year / 10 * 10) + "s";
      return out;
    }
    if (!plural || digits.size() != 2 || year % 10 != 0) return std::nullopt;
    const bool article = i > at_;
    // "60s" is a decade unless it is said to be a length; "30s" is half a minute unless it is "the 30s".
    const bool length = word(i + 2, {"long", "length", "duration", "total", "clip", "max"}) ||
                        (at_ > 0 && word(at_ - 1, {"length", "duration", "for", "lasting"}));
    if (length && !article) return std::nullopt;
    if (year >= 10 && year <= 40 && !article) return std::nullopt;
    out.text = (year < 50 && !(article && year >= 20) ? "20" : "19") + digits + "s";
    return out;
  }

  [[nodiscard]] NumberPhrase checked_length(std::size_t end, double seconds, Kind kind) const {
    if (!(seconds <= kLongestMinutes * 60)) {
      throw Error(ErrorCode::InvalidArgument, words(at_, end) + " is longer than Figment makes",
                  "ask for up to 60 minutes");
    }
    if (kind == Kind::Seconds && !(seconds >= 1)) {
      throw Error(ErrorCode::InvalidArgument, words(at_, end) + " is too short for music", "ask for at least a second");
    }
    return phrase(kind, end, seconds);
  }

  // "2:30", "at 1:05:00".
  [[nodiscard]] std::optional<NumberPhrase> clock() const {
    const bool place = word(at_, {"at"});
    std::size_t i = place ? at_ + 1 : skip_length_words(at_);
    if (i + 2 >= tokens_.size() || !tokens_[i].digits() || !sign(i + 1, ':') || !glued(i + 1) ||
        !tokens_[i + 2].digits() || !glued(i + 2) || tokens_[i + 2].text.size() != 2 || tokens_[i + 2].number >= 60) {
      return std::nullopt;
    }
    double seconds = tokens_[i].number * 60 + tokens_[i + 2].number;
    i += 3;
    if (i + 1 < tokens_.size() && sign(i, ':') && glued(i) && tokens_[i + 1].digits() &&
        tokens_[i + 1].text.size() == 2) {
      seconds = seconds * 60 + tokens_[i + 1].number;
      i += 2;
    }
    if (word(i, {"min", "mins", "minutes", "minute", "m"})) ++i;
    return checked_length(i, seconds, place ? Kind::AtTime : Kind::Seconds);
  }

  [[nodiscard]] std::size_t skip_length_words(std::size_t i) const {
    if (word(i, {"length", "duration", "lasting", "lasts"})) return skip_about(i + 1);
    while (word(i, {"about", "around", "approximately", "roughly", "circa", "ca", "approx", "exactly", "nearly",
                    "almost"}) ||
           sign(i, '~')) {
      ++i;
    }
    return i;
  }

  enum class Unit { None, Hour, Minute, Second };
  [[nodiscard]] Unit time_unit(std::size_t i) const {
    if (i >= tokens_.size() || !tokens_[i].word()) return Unit::None;
    if (word(i, {"minute", "minutes", "min", "mins"})) return Unit::Minute;
    if (word(i, {"second", "seconds", "sec", "secs", "s"})) return Unit::Second;
    if (word(i, {"hour", "hours", "hr", "hrs"})) return Unit::Hour;
    if (tokens_[i].glued && word(i, {"m"})) return Unit::Minute;
    if (tokens_[i].glued && word(i, {"h"})) return Unit::Hour;
    return Unit::None;
  }
  static double seconds_of(Unit unit) { return unit == Unit::Hour ? 3600 : unit == Unit::Minute ? 60 : 1; }

  // "2 minutes", "1m30s", "1 min and 30 sec", "half a minute", "a minute and a half", "at 45 seconds".
  [[nodiscard]] std::optional<NumberPhrase> duration() const {
    const bool place = word(at_, {"at"});
    std::size_t i = place ? at_ + 1 : skip_length_words(at_);
    double seconds = 0;
    if (word(i, {"half"}) && word(i + 1, {"a", "an"}) && time_unit(i + 2) != Unit::None) {
      return checked_length(i + 3, 0.5 * seconds_of(time_unit(i + 2)), place ? Kind::AtTime : Kind::Seconds);
    }
    if (word(i, {"a", "an", "one"}) && word(i + 1, {"minute", "hour"})) {
      const double unit = seconds_of(time_unit(i + 1));
      const bool more = word(i + 2, {"and"}) && word(i + 3, {"a"}) && word(i + 4, {"half"});
      if (more || word(i, {"a", "an"})) {
        return checked_length(i + (more ? 5 : 2), unit * (more ? 1.5 : 1), place ? Kind::AtTime : Kind::Seconds);
      }
    }
    bool any = false;
    Unit last = Unit::None;
    while (true) {
      std::size_t from = i;
      if (any && word(from, {"and"})) ++from;
      const std::optional<Number> n = any ? number(from) : range(from);
      if (!n || (any && n->value >= 60)) break;
      const Unit unit = time_unit(n->end);
      if (unit == Unit::None || unit <= last) break;
      seconds += n->value * seconds_of(unit);
      last = unit;
      any = true;
      i = n->end + 1;
    }
    if (!any) return std::nullopt;
    return checked_length(i, seconds, place ? Kind::AtTime : Kind::Seconds);
  }

  [[nodiscard]] std::optional<NumberPhrase> bars() const {
    const std::size_t from = skip_length_words(at_);
    const std::optional<Number> n = range(from);
    if (!n || !word(n->end, {"bar", "bars", "measure", "measures"})) return std::nullopt;
    const double count = std::round(n->value);
    if (!(count >= 1 && count <= kMostBars) || (count != n->value && n->end == from + 1)) {
      throw Error(ErrorCode::InvalidArgument, words(at_, n->end + 1) + " is no length for a song",
                  "ask for 1 to 4000 bars");
    }
    return phrase(Kind::Bars, n->end + 1, count);
  }

  // "bar 17", "at bar 17", "at the 17th bar".
  [[nodiscard]] std::optional<NumberPhrase> place() const {
    std::size_t i = at_;
    if (word(i, {"at", "on", "in", "from", "by"})) ++i;
    if (word(i, {"the"})) ++i;
    std::size_t end = 0;
    double bar = 0;
    if (word(i, {"bar", "measure"})) {
      std::size_t from = i + 1;
      if (word(from, {"number", "no"}) || sign(from, '#') || sign(from, ':')) ++from;
      if (const std::optional<Number> n = number(from)) {
        bar = n->value;
        end = n->end;
      }
    } else if (i < tokens_.size() && tokens_[i].digits() && word(i + 1, {"th", "st", "nd", "rd"}) && glued(i + 1) &&
               word(i + 2, {"bar", "measure"})) {
      bar = tokens_[i].number;
      end = i + 3;
    }
    if (end == 0) return std::nullopt;
    if (!(bar >= 1 && bar <= kMostBars) || bar != std::floor(bar)) {
      throw Error(ErrorCode::InvalidArgument, words(at_, end) + ": there is no such bar",
                  "bars are counted from 1 to 4000");
    }
    return phrase(Kind::AtBar, end, bar);
  }

  // "x2", "2x", "twice".
  [[nodiscard]] std::optional<NumberPhrase> times() const {
    double value = 0;
    std::size_t end = 0;
    if (word(at_, {"x"}) && at_ + 1 < tokens_.size() && tokens_[at_ + 1].digits()) {
      value = tokens_[at_ + 1].number;
      end = at_ + 2;
    } else if (at_ < tokens_.size() && tokens_[at_].digits() && word(at_ + 1, {"x", "times"})) {
      value = tokens_[at_].number;
      end = at_ + 2;
    } else if (word(at_, {"twice"})) {
      value = 2;
      end = at_ + 1;
    }
    if (end == 0 || value < 1 || value > 8 || value != std::floor(value)) return std::nullopt;
    return phrase(Kind::Times, end, value);
  }

  [[nodiscard]] std::optional<NumberPhrase> loudness() const {
    std::size_t i = at_;
    const bool said = word(i, {"lufs", "lkfs"});
    if (said) i = skip_about(i + 1);
    const bool minus = sign(i, '-');
    if (minus) ++i;
    if (i >= tokens_.size() || !tokens_[i].digits()) return std::nullopt;
    std::size_t end = i + 1;
    if (!said) {
      if (!word(end, {"lufs", "lkfs", "lu", "db"})) return std::nullopt;
      if (word(end, {"db"}) && !word(end + 1, {"lufs"})) return std::nullopt;
      end += word(end, {"db"}) ? 2 : 1;
    }
    const double value = -tokens_[i].number;
    if (!(value >= -40 && value <= -4)) {
      throw Error(ErrorCode::InvalidArgument, words(at_, end) + ": wanted a loudness from -40 to -4 LUFS",
                  "-14 is streaming, -8 a club");
    }
    NumberPhrase out = phrase(Kind::Loudness, end);
    out.text = number_text(value);
    return out;
  }

  // "ABAB", "AABA".
  [[nodiscard]] std::optional<NumberPhrase> form() const {
    if (at_ >= tokens_.size() || !tokens_[at_].all_capitals) return std::nullopt;
    const std::string& text = tokens_[at_].text;
    const bool letters = text.find_first_not_of("abcd") == std::string::npos;
    if (!letters || text.size() < 3 || text.size() > 12 || text[0] != 'a' || text.find('b') == std::string::npos)
      return std::nullopt;
    NumberPhrase out = phrase(Kind::SongForm, at_ + 1);
    out.text = text;
    return out;
  }

  [[nodiscard]] std::optional<NumberPhrase> bare() const {
    if (at_ >= tokens_.size() || !tokens_[at_].digits() || unit(at_ + 1)) return std::nullopt;
    return phrase(Kind::Bare, at_ + 1, tokens_[at_].number);
  }

  std::string_view prompt_;
  const std::vector<Token>& tokens_;
  std::size_t at_;
};

}  // namespace

std::optional<NumberPhrase> read_number_phrase(std::string_view prompt, const std::vector<Token>& tokens,
                                               std::size_t at) {
  return NumberReader(prompt, tokens, at).read();
}

}  // namespace figment::compose
