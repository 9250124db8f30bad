// Beats from activations by the plainest of means, and how right they are: for watching training. The program has a
// better decoder.
#pragma once

#include <span>
#include <vector>

namespace figment::listen {

// Frames that are highest within `apart` frames to both sides and above `least`, refined between frames by a parabola.
[[nodiscard]] std::vector<double> pick_peaks(std::span<const float> activation, int apart, float least);

// One path through the sound with an even pulse: dynamic programming over the instant and the length of the beat (55 …
// 215 a minute, changing slowly); a beat is expected where the activation says so.
[[nodiscard]] std::vector<double> track_beats(std::span<const float> activation);

struct Hits {
  double right = 0, found = 0, wanted = 0;
  [[nodiscard]] double f() const noexcept { return found + wanted > 0 ? 2 * right / (found + wanted) : 1; }
  Hits& operator+=(const Hits& other) noexcept {
    right += other.right;
    found += other.found;
    wanted += other.wanted;
    return *this;
  }
};
// Both rising, in frames; each is matched once, within `tolerance`.
[[nodiscard]] Hits compare(const std::vector<double>& found, const std::vector<double>& wanted, double tolerance = 7);

}  // namespace figment::listen
