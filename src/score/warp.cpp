#include "score/warp.h"

#include <cmath>

namespace figment::score {

namespace {

constexpr double kMostBefore = 30;      // s of silence before a sound: a slow bar, and more

}  // namespace

Seconds Warp::source_at(Beats beat) const noexcept {
  if (points.size() < 2) return Seconds{0};
  std::size_t i = 1;
  while (i + 1 < points.size() && points[i].beat < beat) ++i;
  const WarpPoint &a = points[i - 1], &b = points[i];
  return a.source + (b.source - a.source) * ((beat - a.beat) / (b.beat - a.beat));
}

bool makes_sense(const Warp& warp) noexcept {
  if (warp.points.size() < 2 || warp.points.front().beat != Beats{0} || !(warp.points.front().source.value >= -kMostBefore)) return false;
  for (std::size_t i = 1; i < warp.points.size(); ++i) {
    const double beats = (warp.points[i].beat - warp.points[i - 1].beat).value, seconds = (warp.points[i].source - warp.points[i - 1].source).value;
    if (!(beats > 0) || !std::isfinite(beats) || !(seconds >= 0.02 * beats && seconds <= 20 * beats)) return false;
  }
  return true;
}

}  // namespace figment::score
