// The small grammars of a prompt: everything that is written with numbers or note names.
//
//   tempo     "140 bpm" "at 92" "~128" "tempo: 100" "90-100 bpm" "70/140 bpm" "ninety beats per minute"
//   length    "2 minutes" "2:30" "1m30s" "90 s" "one and a half minutes" "8 bars" "sixteen measures"
//   place     "bar 17" "at the 17th bar" "at 1:30"
//   metre     "7/8"
//   key       "F# minor" "in Dm" "key of E flat" "Bb" "phrygian" "8A" (Camelot)
//   decade    "80s" "1990's" "2003"
//   loudness  "-9 LUFS"
//
//   Method    each looks at the tokens from one place on and says how many it takes; the reader keeps the longest
//   Errors    InvalidArgument for values beyond what makes sense, naming the words

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compose/brief_text.h"

namespace figment::compose {

struct NumberPhrase {
  enum class Kind { Tempo, HalfTimeTempo, Seconds, Bars, AtBar, AtTime, Metre, Key, Era, Loudness, Times, Bare, SongForm };
  Kind kind = Kind::Bare;
  std::size_t first = 0, end = 0;  // tokens
  double value = 0;                // BPM, seconds, bars, times
  std::string text;                // metre, decade, loudness, form
  int tonic = -1, mode = -1;       // Key: pitch class and score::Mode, -1 where not said
};

// The longest number phrase at token `at`. `prompt` only for messages.
[[nodiscard]] std::optional<NumberPhrase> read_number_phrase(std::string_view prompt, const std::vector<Token>& tokens,
                                                             std::size_t at);

}  // namespace figment::compose
