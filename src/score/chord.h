// Chords as symbols.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "score/scale.h"

namespace figment::score {

struct Chord {
  int root = 0;                     // pitch class
  std::vector<int> intervals;       // semitones above the root, rising, starts with 0: {0, 3, 7, 10}
  int bass = -1;                    // pitch class of the bass where it is not the root, else -1

  friend bool operator==(const Chord&, const Chord&) = default;

  [[nodiscard]] bool contains(int midi_note) const noexcept;   // any octave
  [[nodiscard]] std::vector<int> pitch_classes() const;        // from the root
  [[nodiscard]] bool minor() const noexcept;                   // has a minor third
  [[nodiscard]] int bass_pitch_class() const noexcept { return bass < 0 ? root : bass; }
  [[nodiscard]] std::string text(bool flats = true) const;     // "Fm7", "Db/F"
};

// "Fm", "Dbmaj7", "G7sus4", "Bb/D", "F#m7b5", "Cadd9", "E5" … Error InvalidArgument that shows what was not understood.
[[nodiscard]] Chord parse_chord(std::string_view text);

// A roman numeral in a key: "i", "bVI", "V7", "ii7", "IVmaj7", "iiø7", "vii°", "V7/vi" (secondary), "bII", "Isus4",
// "VI" …; case gives the third, the scale degree is that of the *major* scale with accidentals, except that in minor
// modes III, VI and VII without accidental mean the mode's own degrees. Error InvalidArgument.
[[nodiscard]] Chord parse_roman(std::string_view numeral, const Key& key);

// A chord in time.
struct ChordSpan {
  Beats start{0}, length{4};
  Chord chord;
};

// The chord sounding at `when`, nullptr when there is none. Spans must be sorted.
[[nodiscard]] const Chord* chord_at(const std::vector<ChordSpan>& spans, Beats when) noexcept;

}  // namespace figment::score
