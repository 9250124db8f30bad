#include "sounds/sound_prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/error.h"
#include "compose/brief_numbers.h"

namespace figment::sounds {
namespace {

using compose::NumberPhrase;
using compose::Token;
using Kind = NumberPhrase::Kind;

constexpr double kLongest = 3600;   // seconds

[[noreturn]] void refuse(const std::string& message, const std::string& hint = {}) { throw Error(ErrorCode::InvalidArgument, message, hint); }

// "A4", "c#3", "Bb-1": a note with its octave, as the whole of a word.
std::optional<int> note_name(std::string_view text) {
  static constexpr int kClasses[] = {9, 11, 0, 2, 4, 5, 7};
  if (text.size() < 2 || text.size() > 4) return {};
  const int letter = std::tolower(static_cast<unsigned char>(text[0])) - 'a';
  if (letter < 0 || letter > 6) return {};
  int note = kClasses[letter];
  text.remove_prefix(1);
  if (text[0] == '#') ++note, text.remove_prefix(1);
  else if (text[0] == 'b' && text.size() > 1) --note, text.remove_prefix(1);
  int octave = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), octave);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
  note += 12 * (octave + 1);
  if (note < 0 || note > 127) return {};
  return note;
}

class PromptReader {
 public:
  PromptReader(std::string_view prompt, const SoundTable& table, const compose::Vocabulary& vocabulary) : prompt_(prompt), table_(table), vocabulary_(vocabulary), tokens_(compose::tokenize(prompt)) {}

  SoundWish read() {
    for (std::size_t i = 0; i < tokens_.size();) i = read_at(i);
    if (wish_.sounds.empty()) unknown_sound();
    const bool drums = std::all_of(wish_.sounds.begin(), wish_.sounds.end(), [&](std::size_t s) { return table_.sounds()[s].is_drum; });
    const bool whole_kit = std::any_of(wish_.sounds.begin(), wish_.sounds.end(), [&](std::size_t s) { return table_.sounds()[s].is_drum && table_.sounds()[s].drums.empty(); });
    // "techno drums 130": what else should a number beside a loop of drums be.
    if (drums && (loop_ || solo_ || whole_kit) && !wish_.tempo && bare_ && tokens_[*bare_].number >= 40 && tokens_[*bare_].number <= 300) {
      std::erase(wish_.not_understood, words(*bare_, *bare_ + 1));
      ask(wish_.tempo, Bpm{tokens_[*bare_].number}, "tempo", *bare_, *bare_ + 1);
    }
    wish_.loop = drums ? loop_ || solo_ || whole_kit || wish_.tempo || wish_.bars || wish_.metre : loop_;
    return std::move(wish_);
  }

 private:
  [[nodiscard]] std::string words(std::size_t first, std::size_t end) const { return std::string(prompt_.substr(tokens_[first].begin, tokens_[end - 1].end - tokens_[first].begin)); }

  void understood(std::size_t first, std::size_t end, std::string means) { wish_.understood.push_back({words(first, end), std::move(means)}); }

  template <class T>
  void ask(std::optional<T>& field, T value, const char* what, std::size_t first, std::size_t end) {
    if (field && *field != value) refuse(fmt::format("two different {} in “{}”", what, prompt_), "keep one of them");
    field = value;
    understood(first, end, fmt::format("{} {}", what, words(first, end)));
  }

  std::size_t read_at(std::size_t i) {
    if (tokens_[i].kind == Token::Kind::Sign) {
      negated_ = false;
      return i + 1;
    }
    if (const auto end = read_pitch(i); end > i) return end;
    std::size_t own = 0, genre = 0;
    const Phrase* phrase = table_.match(tokens_, i, own);
    if (phrase == nullptr) own = 0;
    const compose::Phrase* style = vocabulary_.match(tokens_, i, genre);
    const compose::Meaning* meaning = style == nullptr ? nullptr : style->get(compose::Sense::Genre);
    if (meaning == nullptr && style != nullptr) meaning = style->get(compose::Sense::Flavour);
    if (meaning == nullptr) genre = 0;
    const auto number = compose::read_number_phrase(prompt_, tokens_, i);
    const std::size_t numbers = number && number->kind != Kind::Bare && number->kind != Kind::Times && number->kind != Kind::Era && !(number->kind == Kind::Key && meaningless_key(*number)) ? number->end - i : 0;
    if (numbers > 0 && numbers >= own && numbers >= genre) return read_number(i, *number);
    if (own > 0 && own >= genre) return read_phrase(i, i + own, *phrase);
    if (genre > 0) {
      // "cowbell phonk" is a style, and a cowbell.
      if (own > 0 && phrase->kind == Phrase::Kind::Sound && !table_.sounds()[phrase->index].drums.empty()) (void)read_phrase(i, i + own, *phrase);
      return read_style(i, i + genre, meaning->value, style->text);
    }
    return read_unknown(i);
  }

  // "a kick", "e piano": a letter that is an article, not a key.
  [[nodiscard]] bool meaningless_key(const NumberPhrase& n) const {
    return n.end == n.first + 1 && n.mode < 0 && tokens_[n.first].text.size() == 1 && !tokens_[n.first].capital;
  }

  std::size_t read_pitch(std::size_t i) {
    std::size_t end = i + 1;
    // "440 Hz", "1.5 kHz"
    if (tokens_[i].digits() && end < tokens_.size() && (tokens_[end].is("hz") || tokens_[end].is("hertz") || tokens_[end].is("khz"))) {
      const double hz = tokens_[i].number * (tokens_[end].is("khz") ? 1000 : 1);
      if (!(hz >= 20 && hz <= 15000)) refuse(fmt::format("{}: wanted a pitch of 20 to 15000 Hz", words(i, end + 1)));
      std::size_t count = 0;
      if (const Phrase* phrase = table_.match(tokens_, i, count); phrase != nullptr && count > 2) return i;   // "50 Hz hum"
      pitch(69 + 12 * std::log2(hz / 440), i, end + 1);
      return end + 1;
    }
    while (end < tokens_.size() && tokens_[end].begin == tokens_[end - 1].end) ++end;
    if (const auto note = note_name(words(i, end))) {
      std::size_t count = 0;
      if (table_.match(tokens_, i, count) != nullptr && count >= end - i) return i;
      pitch(*note, i, end);
      return end;
    }
    return i;
  }

  void pitch(double note, std::size_t first, std::size_t end) {
    if (wish_.pitch_class) refuse(fmt::format("two different pitches in “{}”", prompt_), "keep one of them");
    ask(wish_.note, note, "pitch", first, end);
    wish_.pitch_text = words(first, end);
  }

  std::size_t read_number(std::size_t i, const NumberPhrase& n) {
    switch (n.kind) {
      case Kind::Tempo:
      case Kind::HalfTimeTempo:
        ask(wish_.tempo, Bpm{n.value}, "tempo", i, n.end);
        break;
      case Kind::Seconds:
        if (!(n.value > 0 && n.value <= kLongest)) refuse(fmt::format("{}: wanted a length of up to an hour", words(i, n.end)));
        ask(wish_.length, Seconds{n.value}, "length", i, n.end);
        break;
      case Kind::Bars:
        if (!(n.value >= 1 && n.value <= 512)) refuse(fmt::format("{}: wanted 1 to 512 bars", words(i, n.end)));
        ask(wish_.bars, static_cast<int>(n.value), "length", i, n.end);
        break;
      case Kind::Metre:
        ask(wish_.metre, score::parse_metre(n.text), "metre", i, n.end);
        break;
      case Kind::Key:
        if (wish_.note) refuse(fmt::format("two different pitches in “{}”", prompt_), "keep one of them");
        if (n.tonic < 0) return read_unknown(i);
        ask(wish_.pitch_class, n.tonic, "pitch", i, n.end);
        wish_.pitch_text = words(i, n.end);
        break;
      default:
        return read_unknown(i);
    }
    return n.end;
  }

  std::size_t read_phrase(std::size_t i, std::size_t end, const Phrase& phrase) {
    const bool negated = negated_;
    switch (phrase.kind) {
      case Phrase::Kind::Noise:
        return end;
      case Phrase::Kind::Without:
        negated_ = true;
        return end;
      case Phrase::Kind::Loop:
        loop_ = loop_ || !negated;
        understood(i, end, negated ? "no loop" : "a loop");
        break;
      case Phrase::Kind::Solo:
        solo_ = true;
        understood(i, end, "nothing else");
        break;
      case Phrase::Kind::Sound: {
        if (!table_.sounds()[phrase.index].is_drum && drum_follows(end))
          if (const auto kit = table_.kit_called(tokens_, i, end - i)) {
            ask(wish_.kit, *kit, "kit", i, end);
            break;
          }
        auto& list = negated ? wish_.without : wish_.sounds;
        if (std::find(list.begin(), list.end(), phrase.index) == list.end()) list.push_back(phrase.index);
        understood(i, end, (negated ? "without " : "sound ") + table_.sounds()[phrase.index].name);
        break;
      }
      case Phrase::Kind::Change:
        if (!negated && std::find(wish_.changes.begin(), wish_.changes.end(), phrase.index) == wish_.changes.end()) wish_.changes.push_back(phrase.index);
        understood(i, end, (negated ? "not " : "") + table_.changes()[phrase.index].name);
        break;
      case Phrase::Kind::Kit:
        ask(wish_.kit, phrase.index, table_.kits()[phrase.index].era ? "era" : "kit", i, end);
        break;
    }
    negated_ = false;
    return end;
  }

  [[nodiscard]] bool drum_follows(std::size_t at) const {
    std::size_t count = 0;
    const Phrase* next = at < tokens_.size() ? table_.match(tokens_, at, count) : nullptr;
    return next != nullptr && next->kind == Phrase::Kind::Sound && table_.sounds()[next->index].is_drum;
  }

  std::size_t read_style(std::size_t i, std::size_t end, const std::string& style, const std::string& text) {
    if (!wish_.style.empty() && wish_.style != style) refuse(fmt::format("two different styles in “{}”: {} and {}", prompt_, wish_.style, style), "keep one of them");
    wish_.style = style;
    understood(i, end, "style " + style);
    // "trap beat" names what is wanted with the style.
    if (text.ends_with(" beat") || text.ends_with(" beats")) loop_ = true;
    return end;
  }

  std::size_t read_unknown(std::size_t i) {
    std::string text = words(i, i + 1);
    if (tokens_[i].digits() && !bare_) bare_ = i;
    if (const std::string near = table_.nearest(tokens_[i].text); !near.empty()) {
      if (near_.empty()) near_ = near;
      text += " (" + near + "?)";
    }
    wish_.not_understood.push_back(text);
    return i + 1;
  }

  // A loop with nothing said of what plays is the whole kit's.
  void unknown_sound() {
    if (loop_) {
      for (std::size_t s = 0; s < table_.sounds().size(); ++s)
        if (table_.sounds()[s].is_drum && table_.sounds()[s].drums.empty()) {
          wish_.sounds.push_back(s);
          return;
        }
    }
    const std::string prompt(prompt_.size() > 80 ? prompt_.substr(0, 77) : prompt_);
    refuse(fmt::format("“{}” names no sound that is known", prompt), (near_.empty() ? "" : "did you mean “" + near_ + "”? ") + "Known are: " + table_.known());
  }

  std::string_view prompt_;
  const SoundTable& table_;
  const compose::Vocabulary& vocabulary_;
  std::vector<Token> tokens_;
  SoundWish wish_;
  std::string near_;
  std::optional<std::size_t> bare_;      // the first number that means nothing by itself
  bool loop_ = false, solo_ = false, negated_ = false;
};

}  // namespace

SoundWish read_sound_prompt(std::string_view prompt, const SoundTable& table, const compose::Vocabulary& vocabulary) {
  if (prompt.size() > 4000) refuse(fmt::format("the prompt is {} bytes long, more than 4000", prompt.size()), "say it shorter");
  return PromptReader(prompt, table, vocabulary).read();
}

}  // namespace figment::sounds
