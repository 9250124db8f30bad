#include "separation/bass_line.h"

#include <algorithm>
#include <cmath>

#include "base/executor.h"
#include "separation/pitch_line.h"

namespace figment::separation {
namespace {

constexpr Hertz kLowest{20}, kAlways{120}, kHighest{3000};
constexpr Hertz kHalf{170};           // where a harmonic is the bass's by half
constexpr double kWidth = 2, kSag = 0.5;

}  // namespace

Plane share_of_bass(const Plane& standing, int size, Hertz rate) {
  PitchSearch search;
  search.lowest = Hertz{30}, search.highest = Hertz{220};
  search.harmonics = 5;
  search.rest = 0.15, search.jump = 0.2, search.tilt = -0.03;
  const PitchLine line = find_line(standing, standing, size, rate, search);
  const double hertz_a_bin = rate.value / size;
  Plane share(standing.frames, standing.bins);
  parallel_for(static_cast<std::size_t>(standing.frames), [&](std::size_t frame) {
    float* out = share.row(static_cast<std::int64_t>(frame));
    const double fundamental = line.hertz[frame] / hertz_a_bin;
    const int last = std::min(standing.bins - 1, static_cast<int>(kHighest.value / hertz_a_bin));
    for (int k = static_cast<int>(std::floor(kLowest.value / hertz_a_bin)) + 1; k <= last; ++k) {
      if (k * hertz_a_bin < kAlways.value || (fundamental > 0 && k < fundamental)) {
        out[k] = 1;
      } else if (fundamental > 0) {
        const OnHarmonic on = on_harmonic(k, fundamental, kWidth, kSag);
        const double height = on.harmonic * fundamental * hertz_a_bin / kHalf.value;
        out[k] = on.weight / static_cast<float>(1 + height * height);
      }
    }
  });
  return share;
}

}  // namespace figment::separation
