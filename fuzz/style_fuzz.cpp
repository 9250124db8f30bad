// A style file is written by hand and passed around: whatever stands in it, the reader answers with a Style or an
// Error.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "compose/style.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto style = figment::compose::parse_style({reinterpret_cast<const char*>(data), size}, "fuzz.toml");
    // What the header promises the composer.
    const auto promise = [](bool kept) {
      if (!kept) std::abort();
    };
    promise(!style.tracks.empty() && !style.forms.empty() && !style.metres.empty() && !style.modes.empty());
    promise(style.slowest <= style.usual && style.usual <= style.fastest);
    for (const auto* grooves : {&style.grooves, &style.fills}) {
      for (const auto& groove : *grooves) {
        const auto steps = std::lround(groove.metre.bar().value * groove.steps_per_beat) * groove.bars;
        for (const auto& [drum, line] : groove.lines) promise(static_cast<long>(line.size()) == steps);
      }
    }
    for (const auto& track : style.tracks) promise(track.part.low < track.part.high && !track.presets.empty());
  } catch (const figment::Error&) {
  }
  return 0;
}
