// The form of a song: which sections, how long, how intense.
//
//   Method   One of the style's forms is drawn and fitted to the asked number of bars: sections of least weight are
//   left
//            out, or cycles of the body (what stands between intro and outro) are added, then lengths are scaled and
//            snapped to multiples of 8 or 4 bars; the last flexible section takes an odd remainder. Wishes of the brief
//            are obeyed literally: a list of sections is the form; "drop at bar 17" is an anchor around which the form
//            is fitted piece by piece; "16 bar intro" fixes a length
//   Length   asked bars exactly; asked time as the nearest whole number of bars (at least one); else the style's usual
//            length, or the sum of a wished list
//   Energy   the style's by kind; of equal kinds the later are the stronger, so the last chorus or drop is the peak
//   Errors   InvalidArgument when wishes contradict each other or the length ("drop at bar 33" in 16 bars)
//   Cost     microseconds; some milliseconds for an hour of music
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "compose/brief.h"
#include "compose/chooser.h"
#include "compose/style.h"

namespace figment::compose {

// Sections that cover bars 1 … n without gaps. `bar` is the length of a bar in seconds.
[[nodiscard]] std::vector<song::Section> write_form(const Style& style, const Brief& brief, Seconds bar,
                                                    const Chooser& chooser, const Random& random);

// What a kind of section is like where a style says nothing: 0 … 1.
[[nodiscard]] double usual_energy(const Style& style, const std::string& kind);

// The part of the song people remember: "chorus", "drop" or "solo", or whatever is most intense in the style.
[[nodiscard]] bool is_peak_kind(const std::string& kind) noexcept;

}  // namespace figment::compose
