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
  [[nodiscard]] bool has(int interval) const noexcept;         // semitones above the root, as in `intervals`
  [[nodiscard]] std::vector<int> pitch_classes() const;        // from the root
  [[nodiscard]] bool minor() const noexcept;                   // has a minor third
  [[nodiscard]] int bass_pitch_class() const noexcept { return bass < 0 ? root : bass; }
  [[nodiscard]] std::string text(bool flats = true) const;     // "Fm7", "Db/F"
};

// "Fm", "Dbmaj7", "G7sus4", "Bb/D", "F#m7b5", "Cadd9", "E5", "C[0 1 6]" (semitones spelled out) … Whatever Chord::text
// writes is read back as the same chord. Error InvalidArgument that shows what was not understood.
[[nodiscard]] Chord parse_chord(std::string_view text);

// A roman numeral in a key: "i", "bVI", "V7", "ii7", "IVmaj7", "iiø7", "vii°7", "bII", "Isus4", "i6/9", "IIIaug" …
//
//   Case     upper: major third, lower: minor third; the suffix may say otherwise ("IVm", "Isus2", "i5")
//   Degree   that of the *major* scale with the accidentals before it, in every mode: bVI in F minor is Db, bII is Gb.
//            In modes with a minor third III, VI and VII without accidental are the mode's own, so VI in F minor is Db
//            too; harmonic and melodic minor use those of natural minor. There a sharp raises the mode's own degree
//            (#VI, #VII), and diminished chords on vi and vii stand on the raised one (vii°7 leads to i)
//   Slash    "V7/vi" is the dominant of vi (minor if the target is a minor chord); "I/3" has the chord's third in the
//            bass, "I/5" its fifth, "V7/7" its seventh
//   Errors   InvalidArgument
[[nodiscard]] Chord parse_roman(std::string_view numeral, const Key& key);

// A chord in time.
struct ChordSpan {
  Beats start{0}, length{4};
  Chord chord;
  friend bool operator==(const ChordSpan&, const ChordSpan&) = default;
};

// The chord sounding at `when`, nullptr when there is none. Spans must be sorted.
[[nodiscard]] const Chord* chord_at(const std::vector<ChordSpan>& spans, Beats when) noexcept;

}  // namespace figment::score
