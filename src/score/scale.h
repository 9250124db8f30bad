// Pitch classes, modes and keys.
//
//   Pitch class  0 = C … 11 = B
//   Degree       0 = tonic … 6 = seventh (pentatonic and blues modes still count in seven: they say which degrees
//                they avoid)
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace figment::score {

// Of a MIDI note, or of any sum of intervals, below 0 too.
[[nodiscard]] constexpr int pitch_class(int note) noexcept { return ((note % 12) + 12) % 12; }

enum class Mode {
  Major, Minor, Dorian, Phrygian, Lydian, Mixolydian, Locrian, HarmonicMinor, MelodicMinor, PhrygianDominant
};

[[nodiscard]] std::string_view name(Mode mode) noexcept;                  // "harmonic minor"
[[nodiscard]] const std::array<int, 7>& steps(Mode mode) noexcept;        // semitones above the tonic, rising from 0
[[nodiscard]] bool minor_third(Mode mode) noexcept;                       // true where the third is minor
// "minor", "aeolian", "harmonic minor", "maj" … any case. Error InvalidArgument.
[[nodiscard]] Mode parse_mode(std::string_view text);

struct Key {
  int tonic = 0;  // pitch class
  Mode mode = Mode::Major;

  friend bool operator==(const Key&, const Key&) = default;

  // MIDI note of a degree; degrees below 0 and above 6 go to other octaves. `octave` 4 has middle C (60).
  [[nodiscard]] int note(int degree, int octave) const noexcept;
  [[nodiscard]] bool contains(int midi_note) const noexcept;
  // Nearest degree (0 … 6) at or below the note, and the semitones it is above it.
  [[nodiscard]] int degree_of(int midi_note, int* chromatic = nullptr) const noexcept;
  // Nearest note of the key (down when equally near).
  [[nodiscard]] int snap(int midi_note) const noexcept;
  // The same notes with a major or minor name: what key estimators report. C dorian → {Bb major}.
  [[nodiscard]] Key relative_major() const noexcept;
  // -7 … 7 sharps (flats negative) of the key signature.
  [[nodiscard]] int sharps() const noexcept;
  [[nodiscard]] bool prefers_flats() const noexcept;

  [[nodiscard]] std::string text() const;  // "F# minor", "D dorian"
};

// "F# minor", "Dm", "c sharp min", "Eb", "A dorian" … whole text must be a key. Error InvalidArgument.
[[nodiscard]] Key parse_key(std::string_view text);

// Of any note, spelled with sharps or flats: "Bb", "F#".
[[nodiscard]] std::string pitch_class_name(int note, bool flats);

}  // namespace figment::score
