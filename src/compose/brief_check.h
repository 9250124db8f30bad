// What cannot be true at the same time.
//
//   Errors   InvalidArgument that quotes both places: parts asked for and excluded, more than one instrument beside a
//            solo, more players than an ensemble has, lengths that disagree, sections beyond the song's end

#pragma once

#include <string>

#include "compose/brief.h"

namespace figment::compose {

class Vocabulary;

// “the words”
[[nodiscard]] std::string quoted(const Words& words);
[[nodiscard]] bool drum_part(std::string_view part);

void check_brief(Brief& brief, const Vocabulary& vocabulary);

}  // namespace figment::compose
