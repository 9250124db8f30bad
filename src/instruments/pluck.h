// Plucked strings: guitars, harp, koto, banjo, clavinet, and everything short and woody.
//
//   Method   Digital waveguide (Karplus and Strong 1983; Jaffe and Smith 1983, "Extensions of the Karplus-Strong
//            Plucked-String Algorithm"; Välimäki et al. 1996): a delay line one period long, read by third-order
//            Lagrange interpolation, closed by a one-pole loss filter. The filter is solved for two decay times (at
//            the fundamental and at 4 kHz), and its delay is taken off the line, so that every note is in tune
//   Pluck    the line starts as a shaped burst: soft (a smooth hump) to noisy, low-passed by the hardness of the pick,
//            combed by where the string is plucked and where it is heard
//   Strings  up to 3 a note, detuned and spread, the later ones quieter and ringing longer (two-stage decay)
//   Body     the [[eq]] resonances of the output stage
//   Cost     4 voices about 1/400 of real time on one 3 GHz core; a note-on fills one period
//   Preset   docs/howto/add-an-instrument.md lists every key

#pragma once

#include <cstdint>
#include <memory>

#include "instruments/instrument.h"
#include "storage/data_file.h"

namespace figment::instruments {

inline constexpr int kPluckVersion = 2;

// Reads the engine's tables from `preset` (not its title, about, range). Error Corrupt names file and key.
[[nodiscard]] std::unique_ptr<Instrument> make_pluck(storage::Fields& preset, std::uint64_t seed);

}  // namespace figment::instruments
