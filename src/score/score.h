// The notes of one track, in beats, with no sound.
//
// Time is in quarter-note beats from the song's start and already holds swing and micro-timing. On disk a Score is a
// Standard MIDI File (midi_file.h) of 960 ticks a beat and 7-bit velocities, and the file is what is built from: call
// `quantized` to get exactly what will come back from disk.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/units.h"

namespace figment::score {

inline constexpr int kTicksPerBeat = 960;

// General MIDI drum notes used as the common language of kits.
namespace drum {
enum : std::uint8_t {
  kick = 36, kick2 = 35, rim = 37, snare = 38, clap = 39, snare2 = 40, tom_floor = 41, hat_closed = 42, tom_floor2 = 43,
  hat_pedal = 44, tom_low = 45, hat_open = 46, tom_mid = 47, tom_mid2 = 48, crash = 49, tom_high = 50, ride = 51,
  china = 52, ride_bell = 53, tambourine = 54, splash = 55, cowbell = 56, crash2 = 57, vibraslap = 58, ride2 = 59,
  bongo_high = 60, bongo_low = 61, conga_mute = 62, conga_high = 63, conga_low = 64, timbale_high = 65,
  timbale_low = 66, agogo_high = 67, agogo_low = 68, cabasa = 69, maracas = 70, guiro = 73, claves = 75,
  woodblock_high = 76, woodblock_low = 77, triangle_mute = 80, triangle = 81, shaker = 82, snap = 83
};
}  // namespace drum

struct Note {
  Beats start{0};
  Beats length{1};
  std::uint8_t pitch = 60;   // MIDI note
  float velocity = 0.8F;     // (0, 1]

  friend bool operator==(const Note&, const Note&) = default;
  [[nodiscard]] Beats end() const noexcept { return start + length; }
};

enum class Controller : std::uint8_t { Bend, Modulation, Expression, Brightness, Sustain };

struct Control {
  Beats at{0};
  Controller kind = Controller::Bend;
  float value = 0;           // Bend: semitones (±12, the range our files declare); the others 0 … 1

  friend bool operator==(const Control&, const Control&) = default;
};

struct Score {
  std::string name;
  bool percussion = false;   // notes are drums: MIDI channel 10, never transposed
  std::vector<Note> notes;
  std::vector<Control> controls;

  friend bool operator==(const Score&, const Score&) = default;

  // Sorts by time then pitch.
  void sort();
  [[nodiscard]] Beats end() const noexcept;  // of the last note; 0 when empty
};

// The score as it will be read back from its MIDI file: ticks and 7-bit values (14 for Bend), sorted, zero-length notes
// one tick. A pitch sounds once at a time: a note ends where the next of its pitch starts; of two that start together
// the louder stays. Of two values of one controller at one tick the last stays.
[[nodiscard]] Score quantized(const Score& score);

}  // namespace figment::score
