#include "compose/brief_items.h"

namespace figment::compose {
namespace {

// A phrase that holds no meaning of its own.
bool filler(const Phrase& phrase) {
  return phrase.has(Sense::Noise) || phrase.has(Sense::Request) || phrase.has(Sense::Only) || phrase.has(Sense::With);
}

}  // namespace

std::vector<Item> find_items(std::string_view prompt, const std::vector<Token>& tokens, const Vocabulary& vocabulary) {
  std::vector<Item> items;
  for (std::size_t at = 0; at < tokens.size();) {
    Item item;
    item.first = at;
    std::size_t length = 0;
    const Phrase* phrase = vocabulary.match(tokens, at, length);
    const std::optional<NumberPhrase> number = read_number_phrase(prompt, tokens, at);
    const std::size_t number_length = number ? number->end - at : 0;
    const bool weak_number = number && number->kind == NumberPhrase::Kind::Bare;
    // "808s" is a bass and not thirteen minutes.
    const bool phrase_first = weak_number || (phrase != nullptr && phrase->has(Sense::Instrument));
    const bool take_number =
        number && (phrase == nullptr || number_length > length || (number_length == length && !phrase_first) ||
                   (filler(*phrase) && !weak_number));
    if (take_number) {
      item.kind = Item::Kind::Number;
      item.number = *number;
      item.end = number->end;
    } else if (phrase != nullptr) {
      item.kind = Item::Kind::Phrase;
      item.phrase = phrase;
      item.end = at + length;
    } else if (tokens[at].kind == Token::Kind::Sign) {
      item.kind = Item::Kind::Pause;
      item.sign = tokens[at].text[0];
      item.end = at + 1;
    } else {
      item.end = at + 1;
      if (const Phrase* guess = vocabulary.nearest(tokens[at])) {
        item.kind = Item::Kind::Phrase;
        item.phrase = guess;
        item.slip = true;
      }
    }
    at = item.end;
    items.push_back(item);
  }
  return items;
}

}  // namespace figment::compose
