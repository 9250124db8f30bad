// Where a held note can be repeated, so that a key may be held longer than its sample lasts.
//
//   Method   in the part that neither grows nor dies by more than 12 dB a second, two places are looked for around which the
//            sound is most alike (normalized correlation over 25 ms, all channels together), as far apart as there is room,
//            at most 2 s: long loops keep vibrato. Then the end of the loop is turned into what comes before its start
//   Refused  below a correlation of 0.9, and where the steady part is shorter than a quarter of a second: plucks, drums, noise
//   Threads  free. Cost: some milliseconds a sound
#pragma once

#include <cstdint>
#include <optional>

#include "audio/buffer.h"

namespace figment::sampling {

struct SustainLoop {
  std::int64_t begin = 0, end = 0;       // frames; `end` is not played, `begin` follows
  double alike = 0;                      // correlation around the two places
};

// `note`: the sound's pitch, MIDI.
[[nodiscard]] std::optional<SustainLoop> find_sustain_loop(audio::AudioView sound, double note);

// Makes the end of the loop meet its start.
void close_sustain_loop(audio::AudioBlock sound, const SustainLoop& loop);

}  // namespace figment::sampling
