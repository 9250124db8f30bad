// A prompt as a row of items: phrases of the vocabulary, number phrases, pauses, and words nobody knows.
//
//   Method   at each place the longest of what the vocabulary and the number grammars offer; where they are equally
//            long the number wins, except that a bare number or a mere filler word never beats a phrase
//   Errors   as brief_numbers.h

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compose/brief_numbers.h"
#include "compose/brief_text.h"
#include "compose/vocabulary.h"

namespace figment::compose {

struct Item {
  enum class Kind { Phrase, Number, Pause, Unknown };
  Kind kind = Kind::Unknown;
  std::size_t first = 0, end = 0;  // tokens
  const Phrase* phrase = nullptr;  // Kind::Phrase
  bool slip = false;               // the phrase is a guess for a misspelt word
  NumberPhrase number;             // Kind::Number
  char sign = ',';                 // Kind::Pause

  [[nodiscard]] bool has(Sense sense) const noexcept { return kind == Kind::Phrase && phrase->has(sense); }
  [[nodiscard]] const Meaning* get(Sense sense) const noexcept {
    return kind == Kind::Phrase ? phrase->get(sense) : nullptr;
  }
  [[nodiscard]] bool is(NumberPhrase::Kind wanted) const noexcept {
    return kind == Kind::Number && number.kind == wanted;
  }
  [[nodiscard]] bool pause() const noexcept { return kind == Kind::Pause; }
  [[nodiscard]] bool noise() const noexcept { return has(Sense::Noise); }
};

[[nodiscard]] std::vector<Item> find_items(std::string_view prompt, const std::vector<Token>& tokens,
                                           const Vocabulary& vocabulary);

}  // namespace figment::compose
