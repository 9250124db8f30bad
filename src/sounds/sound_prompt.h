// What a prompt for a sound asks for, as fields.
//
//   Method   one walk over the words: at each place the longest of what the table of sounds (sound_table.h), the song
//            prompts' grammars for numbers and keys (compose/brief_numbers.h) and their words for styles know
//   Loops    drums become a loop where a loop, a solo, a tempo, bars or a metre is asked for; else a one-shot
//   Rule     nothing is dropped silently: every word is understood, noise, or listed in `not_understood`
//   Errors   InvalidArgument: empty, not UTF-8, longer than 4000 bytes, no known sound (the hint lists all, and the nearest
//            to a misspelt word), two tempos, lengths or pitches, a length beyond an hour, a pitch nobody hears
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compose/vocabulary.h"
#include "roles/sound_generator.h"
#include "sounds/sound_table.h"

namespace figment::sounds {

struct SoundWish {
  std::vector<std::size_t> sounds;       // into the table's sounds, in the order they were named; never empty
  std::vector<std::size_t> without;      // drums that shall not play
  std::vector<std::size_t> changes;      // into the table's changes
  std::optional<std::size_t> kit;        // into the table's kits
  std::string style;                     // file name of a style, or empty
  std::optional<Bpm> tempo;
  std::optional<Seconds> length;
  std::optional<int> bars;
  std::optional<score::Metre> metre;
  std::optional<double> note;            // a pitch with its octave, or 440 Hz
  std::optional<int> pitch_class;        // "in A": the octave is ours to choose
  std::string pitch_text;                // how it was written
  bool loop = false;
  std::vector<roles::UnderstoodWords> understood;
  std::vector<std::string> not_understood;
};

[[nodiscard]] SoundWish read_sound_prompt(std::string_view prompt, const SoundTable& table, const compose::Vocabulary& vocabulary);

}  // namespace figment::sounds
