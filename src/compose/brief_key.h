// Keys and modes in a prompt: where a letter is a note and where it is only a letter.
//
//   read     "F# minor" "c-sharp minor" "in Dm" "Bbm" "in the key of E flat major" "key: G" "A dorian" "phrygian"
//            "minor key" "8A" (Camelot: 8A is A minor, 8B is C major)
//   not      "a minor inconvenience" (an article), "I am", "FM bass", "-3 dB"
//   Errors   none: what is no key is not taken

#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "compose/brief_text.h"

namespace figment::compose {

struct NumberPhrase;
[[nodiscard]] std::optional<NumberPhrase> read_key_phrase(const std::vector<Token>& tokens, std::size_t at);

}  // namespace figment::compose
