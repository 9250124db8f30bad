// Groove lines as text, and the names of drums: the part of a style file that looks like a step sequencer.
//
//   "X... x.g. | X..7 x..."   one character a step; spaces and '|' are for the eye and count for nothing
//   '.' nothing  'X' accent  'x' normal  'o' soft  'g' ghost  'r' roll  '1' … '9' normal, in that many of ten cases
//
//   Errors  InvalidArgument for any other character (naming it) and for more than 1024 steps
//   Threads free: no shared state

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compose/style.h"

namespace figment::compose {

[[nodiscard]] std::vector<GrooveStep> parse_groove_line(std::string_view text);

// The same text without what is for the eye; same errors.
[[nodiscard]] std::string without_separators(std::string_view text);

// Every drum name, for messages.
[[nodiscard]] std::string drum_names();

}  // namespace figment::compose
