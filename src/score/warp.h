// Which instants of a sound belong on which beats of a song: plain data, which a producer may correct.
#pragma once

#include <vector>

#include "base/units.h"

namespace figment::score {

struct WarpPoint {
  Seconds source{0};
  Beats beat{0};
  friend bool operator==(const WarpPoint&, const WarpPoint&) = default;
};

struct Warp {
  std::vector<WarpPoint> points;    // rising in both; the first is beat 0, the last the end of the last bar
  bool circular = false;            // the source is a loop: what comes before its start is its end

  [[nodiscard]] Beats length() const noexcept { return points.empty() ? Beats{0} : points.back().beat; }
  [[nodiscard]] Seconds source_at(Beats beat) const noexcept;    // continued straight beyond both ends
  friend bool operator==(const Warp&, const Warp&) = default;
};

// Whether there are at least two points, from beat 0, rising in both, with no beat shorter than 20 ms or longer than 20 s, and at most 30 s before
// the sound.
[[nodiscard]] bool makes_sense(const Warp& warp) noexcept;

}  // namespace figment::score
