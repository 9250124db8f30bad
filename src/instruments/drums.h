// The drum synthesizer: every sound of a kit is built from layers, none is a sample.
//
//   Layers   tone   oscillators with a pitch envelope (kicks, toms, the shells of snares)
//            modes  a bank of decaying resonances: membranes, bars, plates, clusters of cymbal partials
//            metal  square oscillators at inharmonic pitches, as in the TR-808's hats and cowbell; band-limited steps
//                   (BLEP; Stilson and Smith 1996, "Alias-Free Digital Synthesis of Classic Analog Waveforms")
//            noise  white noise, bursts (claps), or grains (shakers; Cook 1997, "PhISEM") through filters
//            then drive, equaliser, bit and rate reduction, pan
//   Data     presets/drum_voices.toml holds `[voice.NAME]`, the recipes, and `[set.NAME]`, which voice each pad of a
//            family of kits plays; presets/drums/NAME.toml is a kit: its `[kit]` table names a set, and overrides
//            voices, tuning, decay, colour, level and pan pad by pad (docs in drum_voices.toml)
//   Notes    General MIDI percussion, score.h's `drum`; all of 27 … 87 sound in every kit. A pad a kit does not name
//            falls back to the nearest of its kind. Note lengths do not matter, except for pads with `gate`
//   Velocity level, brightness, and decay; every hit differs a little in pitch, spectrum, timing of bursts, and noise
//            (how much: `human`). Closed and pedal hats choke open ones
//   Key      with a `tonic`, kicks and toms ring at it or its fifth (drums_tuning.h)
//   Events   Bend transposes (hat rolls), Expression is gain, Brightness moves the filters by up to two octaves
//   Level    a pad's `level_db` is the peak of a hit at velocity 1, by measurement in `prepare`
//   Cost     a busy kit 1/300 to 1/500 of its length on one core, cymbals most; making and `prepare` 50 ms
//   Channels 1 when every pad sits in the middle, else 2

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/units.h"
#include "instruments/instrument.h"

namespace figment::instruments {

// Where the voices all kits share are kept. Part of what every kit's sound depends on.
[[nodiscard]] std::filesystem::path drum_voices_file(const std::filesystem::path& data_dir);

// `kit` is the preset's `[kit]` table, `where` its name in messages ("presets/drums/909.toml: kit"), `gain` the
// preset's gain_db.
// Error Corrupt (file, key, wanted, found), NotFound (no drum_voices.toml).
[[nodiscard]] std::unique_ptr<Instrument> make_drum_kit(const std::filesystem::path& data_dir,
                                                        const nlohmann::json& kit, const std::string& where,
                                                        Decibels gain, std::uint64_t seed,
                                                        std::optional<int> tonic = {});

}  // namespace figment::instruments
