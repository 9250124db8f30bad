// A prompt cut into words, numbers and signs.
//
//   Words    lower case with accents folded ("Reggaetón" → "reggaeton"); other scripts stay as they are
//   Signs    one byte each; every separator that means no more than a pause is ','. An ampersand is the word "and";
//            "w/" is "with" and "w/o" is "without"; apostrophes vanish ("don't" → "dont")
//   Errors   InvalidArgument where the text is not UTF-8, naming the byte
//   Cost     linear

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace figment::compose {

struct Token {
  enum class Kind { Word, Number, Sign };
  Kind kind = Kind::Sign;
  std::string text;                // normalised
  std::size_t begin = 0, end = 0;  // bytes in the prompt
  double number = 0;               // Kind::Number
  bool glued = false;              // nothing between this and the token before
  bool hyphen = false;             // joined to the token before by a hyphen
  bool capital = false;            // begins with a capital letter
  bool all_capitals = false;       // more than one letter and all of them capital

  [[nodiscard]] bool word() const noexcept { return kind == Kind::Word; }
  [[nodiscard]] bool digits() const noexcept { return kind == Kind::Number; }
  [[nodiscard]] bool sign(char which) const noexcept { return kind == Kind::Sign && text[0] == which; }
  [[nodiscard]] bool is(std::string_view wanted) const noexcept { return kind == Kind::Word && text == wanted; }
};

[[nodiscard]] std::vector<Token> tokenize(std::string_view text);

}  // namespace figment::compose
