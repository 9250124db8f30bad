// Ten bands an octave apart that give the gains asked for at their centres.
//
//   Method   low shelf at 31.25 Hz, bells at 62.5 Hz … 8 kHz, high shelf at 16 kHz. Neighbouring bands spill into each
//            other, so the gains of the filters are found by solving for the response wanted at the centres (Välimäki
//            and Reiss 2016, "All About Audio Equalization", section 5): three rounds of Newton's method on ten unknowns
//   Response within 0.5 dB of what is asked at the centres for gains within ±6 dB
//   Real time as dsp::Processor

#pragma once

#include <array>
#include <memory>

#include "dsp/processor.h"

namespace figment::mix {

[[nodiscard]] std::unique_ptr<dsp::Processor> make_graphic_eq(const std::array<double, 10>& gains_db);

// Its response in dB at a frequency, for a rate.
[[nodiscard]] double graphic_eq_response(const std::array<double, 10>& gains_db, Hertz at, Hertz rate);

}  // namespace figment::mix
