// Sounds as drum machines, synthesizers and weather make them, drawn at random far beyond what any one of them does.
//
//   Drums    kick, snare, clap, hats, cymbals, toms and percussion from oscillators, squares out of tune and noise
//   Low      bass notes that stand: sines, saws, two operators
//   Noise    wind that howls, rain, crackle, engines, static, sweeps, blasts
#pragma once

#include <vector>

#include "examples.h"

namespace figment::classes {

// `each` of every class of drums, twice as many of percussion and noise; sources "machine 0" … "machine 9".
[[nodiscard]] std::vector<Sound> machine_sounds(int each, Random random);

// As a sampler of the eighties would keep it: few samples a second, few bits.
void old_sampler(std::vector<float>& sound, Random random);

}  // namespace figment::classes
