// Frequency modulation: sines that bend other sines' phase. Electric pianos, bells, mallets, hard basses.
//
//   Method   Chowning 1973, "The Synthesis of Complex Audio Spectra by Means of Frequency Modulation", as phase
//            modulation. 1 … 6 operators; operator n may modulate any with a smaller number, itself by feedback, and
//            sound directly: every algorithm of the classic six-operator synthesizers can be written
//   Aliasing voices run at twice the rate, and modulation index and feedback are lowered where their sidebands would
//            still fold back into what is heard, so high notes become purer instead of dirtier
//   Cost     4 voices of 4 operators about 1/300 of real time on one 3 GHz core
//   Preset   docs/howto/add-an-instrument.md lists every key

#pragma once

#include <cstdint>
#include <memory>

#include "instruments/instrument.h"
#include "storage/data_file.h"

namespace figment::instruments {

inline constexpr int kFmVersion = 2;

// Reads the engine's tables from `preset` (not its title, about, range). Error Corrupt names file and key.
[[nodiscard]] std::unique_ptr<Instrument> make_fm(storage::Fields& preset, std::uint64_t seed);

}  // namespace figment::instruments
