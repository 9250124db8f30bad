#include "separation/lead_line.h"

#include <algorithm>
#include <cmath>

#include "base/executor.h"
#include "separation/pitch_line.h"

namespace figment::separation {
namespace {

constexpr Hertz kLowest{150}, kHighest{10000};
constexpr double kWidth = 2, kWiden = 0.01, kSag = 0.3;   // bins, and of a harmonic's frequency: vibrato is wider up there
constexpr float kBetween = 0.3F, kWhileResting = 0.3F;   // of what is in the middle but on no harmonic
constexpr float kFloor = 1e-12F;

}  // namespace

Plane share_of_lead(const Spectrogram& mix, const Plane& standing) {
  Plane share(mix.frames, mix.bins), middle(mix.frames, mix.bins);   // share: first, how far in the middle
  parallel_for(static_cast<std::size_t>(mix.frames), [&](std::size_t frame) {
    const auto t = static_cast<std::int64_t>(frame);
    const std::complex<float> *l = mix.row(0, t), *r = mix.row(1, t);
    for (int k = 0; k < mix.bins; ++k) {
      // 1 in the middle, 0 where one channel stands alone, or against the other.
      const float alike = 2 * (l[k].real() * r[k].real() + l[k].imag() * r[k].imag());
      const float both = std::norm(l[k]) + std::norm(r[k]);
      share.row(t)[k] = std::max(0.0F, alike) / (both + kFloor);
      middle.row(t)[k] = standing.row(t)[k] * std::sqrt(share.row(t)[k]);
    }
  });
  PitchSearch search;
  search.lowest = Hertz{160}, search.highest = Hertz{1200};
  search.harmonics = 12;
  search.rest = 0.2, search.jump = 0.3, search.tilt = 0.05;
  const PitchLine line = find_line(middle, standing, mix.size, mix.rate, search);
  const double hertz_a_bin = mix.rate.value / mix.size;
  const int first = static_cast<int>(kLowest.value / hertz_a_bin), last = static_cast<int>(kHighest.value / hertz_a_bin);
  parallel_for(static_cast<std::size_t>(mix.frames), [&](std::size_t frame) {
    float* out = share.row(static_cast<std::int64_t>(frame));
    const double fundamental = line.hertz[frame] / hertz_a_bin;
    for (int k = 0; k < mix.bins; ++k) {
      if (k < first || k > last) {
        out[k] = 0;
      } else if (fundamental > 0) {
        const OnHarmonic on = on_harmonic(k, fundamental, kWidth + kWiden * k, kSag);
        out[k] *= on.weight > 0 ? on.weight : kBetween;
      } else {
        out[k] *= kWhileResting;
      }
    }
  });
  return share;
}

}  // namespace figment::separation
