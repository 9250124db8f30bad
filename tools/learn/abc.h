// Reads tunes in ABC notation.
//
//   Standard  ABC 2.1 (abcnotation.com/wiki/abc:standard:v2.1), as far as single-voice tunes with chord symbols go:
//             fields X T M L K P in head and body, inline fields, notes, rests, unit lengths, broken rhythm, tuplets,
//             ties, accidentals that last to the bar line for all octaves, key signatures with modes, several notes
//             at once (the highest is kept), grace notes (left out), first and second endings (the second is kept)
//   Left out  repeats are not unfolded; overlays (&) and several voices (V:) make a tune unreadable
//   Errors    parse_abc never fails: what cannot be read is told per tune in `error`
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "passage.h"

namespace figment::learn {

struct AbcChord {
  double start;
  int root;
  ChordKind kind;
};

struct AbcBarLine {
  double time;
  bool ends_strain;  // repeat, double bar, or a new part
};

struct AbcSignature {
  double time;
  int beats_per_bar, unit;  // 6, 8
  int tonic;                // pitch class
  Tonality tonality;        // from the mode's third
};

struct AbcTune {
  std::string title;
  std::vector<Note> notes;
  std::vector<AbcChord> chords;
  std::vector<AbcBarLine> bar_lines;
  std::vector<AbcSignature> signatures;  // the first holds from the beginning
  double end = 0;
  std::string error;  // empty when all was understood
};

[[nodiscard]] std::vector<AbcTune> parse_abc(std::string_view text);

// "Am7", "D/f+", "Ed" (diminished), "C6" …; false when it is none.
[[nodiscard]] bool parse_abc_chord(std::string_view text, int& root, ChordKind& kind);

}  // namespace figment::learn
