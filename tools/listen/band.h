// Players who make parts from chords: bass, accompaniment, melody; and what they may play on.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "piece.h"

namespace figment::listen {

// A preset for a place, drawn at random: sampled instruments and synthesizers.
[[nodiscard]] std::string choose_preset(Place place, Random& random);
[[nodiscard]] std::string choose_kit(const Library& library, Random& random);

// Over `beats` beats. `kicks` may be empty: then the bass keeps to the pulses.
[[nodiscard]] score::Score play_bass(const std::vector<Chord>& chords, const score::Metre& metre, double bar_line,
                                     const std::vector<double>& kicks, Random random);
[[nodiscard]] score::Score play_chords(const std::vector<Chord>& chords, const score::Metre& metre, double bar_line,
                                       Random random);
[[nodiscard]] score::Score play_melody(const std::vector<Chord>& chords, const score::Metre& metre, double bar_line,
                                       Random random);

// A progression in some key, changing with the bars.
[[nodiscard]] std::vector<Chord> make_chords(const score::Metre& metre, int bars, int tonic, Random random);

// Rain, wind, a worn record, birds: for as long as the piece lasts.
[[nodiscard]] Part surroundings(double beats, Random& random);

void add_note(score::Score& score, double start, double length, int pitch, double velocity);

}  // namespace figment::listen
