// Polyphonic subtractive and wavetable synthesizer.
//
//   Voice    up to 6 oscillators (band-limited waves, wavetables, pulses with width, unison up to 9), sub, noise →
//            filter (state-variable or ladder, with saturation) → amplifier; 3 envelopes, 2 LFOs, drift, a free
//            modulation matrix
//   After    drive, tone, chorus (output_stage.h)
//   Method   waves from mip-mapped tables (wavebank.h), zero-delay filters (filter.h); a pulse is the difference of two
//            saws, so width modulation does not alias either. Where anything saturates, voices run at twice the rate
//   Cost     a 4-voice pad with 2 x 7 unison about 1/100 of real time, a mono bass about 1/500, on one 3 GHz core
//   Preset   docs/howto/add-an-instrument.md lists every key

#pragma once

#include <cstdint>
#include <memory>

#include "instruments/instrument.h"
#include "storage/data_file.h"

namespace figment::instruments {

inline constexpr int kSynthVersion = 3;

// Reads the engine's tables from `preset` (not its title, about, range). Error Corrupt names file and key.
[[nodiscard]] std::unique_ptr<Instrument> make_synth(storage::Fields& preset, std::uint64_t seed);

}  // namespace figment::instruments
