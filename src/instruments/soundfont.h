// Sampled acoustic instruments: one General MIDI sound of a SoundFont.
//
//   Method   FluidSynth, one private synthesizer an object, without its reverb and chorus; only the samples of the
//            sound that is asked for are loaded
//   Timing   FluidSynth computes 64 frames at a time, so a note begins at most 1.5 ms after its event
//   Attack   strings, winds and voices are heard up to 0.1 s after their note-on; `attack` of the sound, measured by
//            figment-attack, says when. At most kMostAttack: what takes longer is a swell, and meant to be one
//   Files    $FIGMENT_SOUNDFONT, else FluidR3_GM.sf2, default-GM.sf2 (/usr/share/sounds/sf2), FluidR3Mono_GM.sf3,
//            default-GM.sf3 (/usr/share/sounds/sf3). Error NotFound names the places looked at
//   Memory   5 … 60 MB an instrument, once for all objects that use the same samples
//   Threads  one at a time per object; `process` takes FluidSynth's own (uncontended) lock

#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "instruments/instrument.h"

namespace figment::instruments {

inline constexpr int kSoundFontVersion = 2;
inline constexpr Seconds kMostAttack{0.06};

struct SoundFontSound {
  int bank = 0;     // 128: drum kits
  int program = 0;  // 0 … 127
  double gain_db = 0;
  double release_s = 1.5;  // longest sound after the last note-off

  // When the ear hears a note begin, after its note-on: from this key up to the next that is listed (samples change
  // there). Keys rise; below the first it is as at the first. None: at once.
  struct Attack {
    int note = 60;
    double ms = 0;
  };
  std::vector<Attack> attack;
};

// Error NotFound, with the places looked at, and "apt install fluid-soundfont-gm" as hint.
[[nodiscard]] std::filesystem::path find_soundfont();

// Error NotFound, Corrupt (not a SoundFont, no such sound in it).
[[nodiscard]] std::unique_ptr<Instrument> make_soundfont(const SoundFontSound& sound);

}  // namespace figment::instruments
