#include "compose/brief_text.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/error.h"

namespace figment::compose {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t size = 1;
};

[[noreturn]] void fail_encoding(std::size_t byte) {
  throw Error(ErrorCode::InvalidArgument,
              "the prompt is not UTF-8 text: byte " + std::to_string(byte + 1) + " is wrong",
              "save or paste the prompt as UTF-8");
}

Character decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + size > text.size()) fail_encoding(at);
  char32_t code = first & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) fail_encoding(at + i);
    code = (code << 6) | (byte(at + i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  if (code < smallest[size] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) fail_encoding(at);
  return {code, size};
}

// Base letters of Latin-1 and Latin Extended-A (U+00C0 … U+017F); a space where there is none.
constexpr std::string_view kFolded =
    "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllllll"
    "lnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(kFolded.size() == 0x180 - 0xC0);

enum class Class { Space, Letter, Digit, Sign, Mark };

Class classify(char32_t code) {
  if (code < 0x80) {
    if (std::isalpha(static_cast<int>(code)) != 0) return Class::Letter;
    if (std::isdigit(static_cast<int>(code)) != 0) return Class::Digit;
    return code == '\n' || code > ' ' ? Class::Sign : Class::Space;
  }
  if (code >= 0xC0 && code < 0x180) return code == 0xD7 || code == 0xF7 ? Class::Sign : Class::Letter;
  if (code >= 0x300 && code < 0x370) return Class::Mark;  // combining accents
  if (code == 0xFE0F || code == 0xAD || (code >= 0x200B && code <= 0x200D)) return Class::Mark;
  if (code == 0xA0 || (code >= 0x2000 && code < 0x200B) || code == 0x202F || code == 0x3000) return Class::Space;
  if (code < 0xC0 || (code >= 0x2010 && code < 0x2C00) || (code >= 0x3001 && code < 0x3040) || code >= 0x1F000 ||
      (code >= 0xE000 && code < 0xF900) || (code >= 0xFF00 && code < 0xFF10)) {
    return Class::Sign;
  }
  return Class::Letter;
}

// Signs that mean something; ',' for all others.
char sign_of(char32_t code) {
  switch (code) {
    case '#':
    case 0x266F:
      return '#';
    case 0x266D:
      return 'b';  // the flat sign
    case '/':
      return '/';
    case ':':
      return ':';
    case '=':
      return '=';
    case '+':
      return '+';
    case '.':
      return '.';
    case '(':
      return '(';
    case ')':
      return ')';
    case '>':
    case 0x2192:
      return '>';
    case '~':
    case 0x2248:
      return '~';
    case '-':
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2212:
      return '-';
    default:
      return ',';
  }
}

bool is_apostrophe(char32_t code) { return code == '\'' || code == 0x2019 || code == 0x2018 || code == '`'; }

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    while (at_ < text_.size()) {
      const Character c = decode(text_, at_);
      switch (classify(c.code)) {
        case Class::Letter:
          word();
          break;
        case Class::Digit:
          number();
          break;
        case Class::Sign:
          sign(c);
          break;
        default:
          at_ += c.size;
      }
    }
    slashes();
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] Class class_at(std::size_t at) const {
    return at < text_.size() ? classify(decode(text_, at).code) : Class::Space;
  }
  [[nodiscard]] bool alphanumeric_at(std::size_t at) const {
    const Class c = class_at(at);
    return c == Class::Letter || c == Class::Digit;
  }

  Token& push(Token::Kind kind, std::size_t begin) {
    Token token;
    token.kind = kind;
    token.begin = begin;
    token.hyphen = pending_hyphen_;
    token.glued = !tokens_.empty() && (tokens_.back().end == begin || pending_apostrophe_);
    pending_hyphen_ = pending_apostrophe_ = false;
    tokens_.push_back(std::move(token));
    return tokens_.back();
  }

  void word() {
    Token& token = push(Token::Kind::Word, at_);
    std::size_t letters = 0, capitals = 0;
    std::size_t since_dot = 0;
    while (at_ < text_.size()) {
      const Character c = decode(text_, at_);
      const Class kind = classify(c.code);
      if (kind == Class::Mark) {
        at_ += c.size;
        continue;
      }
      if (is_apostrophe(c.code) && class_at(at_ + c.size) == Class::Letter) {
        at_ += c.size;
        continue;
      }
      // "b.p.m.": dots between single letters belong to the word.
      if (c.code == '.' && since_dot == 1 && class_at(at_ + 1) == Class::Letter &&
          class_at(at_ + 1 + decode(text_, at_ + 1).size) != Class::Letter) {
        at_ += 1;
        since_dot = 0;
        continue;
      }
      if (kind != Class::Letter) break;
      ++letters;
      ++since_dot;
      const bool capital =
          (c.code < 0x80 && std::isupper(static_cast<int>(c.code)) != 0) || (c.code >= 0xC0 && c.code < 0xDF);
      if (capital) ++capitals;
      if (letters == 1) token.capital = capital;
      if (c.code < 0x80) {
        token.text += static_cast<char>(std::tolower(static_cast<int>(c.code)));
      } else if (c.code >= 0xC0 && c.code < 0x180 && kFolded[c.code - 0xC0] != ' ') {
        token.text += kFolded[c.code - 0xC0];
      } else {
        token.text += text_.substr(at_, c.size);
      }
      at_ += c.size;
    }
    token.all_capitals = letters > 1 && capitals == letters;
    token.end = at_;
  }

  void number() {
    Token& token = push(Token::Kind::Number, at_);
    const auto take_digits = [&] {
      while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0)
        token.text += text_[at_++];
    };
    take_digits();
    if (at_ + 1 < text_.size() && text_[at_] == '.' && std::isdigit(static_cast<unsigned char>(text_[at_ + 1])) != 0) {
      token.text += text_[at_++];
      take_digits();
    }
    // Beyond nine digits the exact value does not matter: nothing musical is that large.
    token.number = token.text.size() > 15 ? 1e15 : std::stod(token.text);
    token.end = at_;
  }

  void sign(const Character& c) {
    if (c.code == '&') {
      Token& token = push(Token::Kind::Word, at_);
      token.text = "and";
      token.end = at_ += c.size;
      return;
    }
    if (c.code == 0x2669) {  // ♩ = 120
      Token& token = push(Token::Kind::Word, at_);
      token.text = "tempo";
      token.end = at_ += c.size;
      return;
    }
    const bool after_word = !tokens_.empty() && tokens_.back().end == at_ && tokens_.back().kind != Token::Kind::Sign;
    if (is_apostrophe(c.code)) {
      pending_apostrophe_ = after_word && alphanumeric_at(at_ + c.size);
      at_ += c.size;
      return;
    }
    const char which = sign_of(c.code);
    const bool after_accidental = !tokens_.empty() && tokens_.back().end == at_ && tokens_.back().sign('#');
    if (which == '-' && (after_word || after_accidental) && alphanumeric_at(at_ + c.size)) {
      pending_hyphen_ = true;
      at_ += c.size;
      return;
    }
    Token& token = push(Token::Kind::Sign, at_);
    token.text = std::string(1, which);
    token.end = at_ += c.size;
  }

  // "w/" and "w/o".
  void slashes() {
    for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (!tokens_[i].is("w") || !tokens_[i + 1].sign('/')) continue;
      const bool out =
          i + 2 < tokens_.size() && tokens_[i + 2].glued && (tokens_[i + 2].is("o") || tokens_[i + 2].is("out"));
      tokens_[i].text = out ? "without" : "with";
      tokens_[i].end = tokens_[i + (out ? 2 : 1)].end;
      const auto from = tokens_.begin() + static_cast<std::ptrdiff_t>(i) + 1;
      tokens_.erase(from, from + (out ? 2 : 1));
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
  bool pending_hyphen_ = false;
  bool pending_apostrophe_ = false;
};

}  // namespace

std::vector<Token> tokenize(std::string_view text) { return Tokenizer(text).run(); }

}  // namespace figment::compose
