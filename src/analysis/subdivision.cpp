#include "analysis/subdivision.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace figment::analysis {
namespace {

constexpr int kSteps = 240;           // of a beat
constexpr double kWidth = 0.02;       // of a beat: how sharply a place is hit

using Histogram = std::array<double, kSteps>;

// How much falls on a place of the beat.
double mass(const Histogram& at, double place, double width = kWidth) {
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    double off = std::abs(static_cast<double>(i) / kSteps - place);
    off = std::min(off, 1 - off);
    sum += at[static_cast<std::size_t>(i)] * std::exp(-0.5 * off * off / (width * width));
  }
  return sum;
}

}  // namespace

Subdivision find_subdivision(const BeatGrid& grid, const std::vector<Attack>& attacks) {
  Subdivision result;
  Histogram at{};
  double between = 0, all = 0;
  std::size_t beat = 0;
  for (const Attack& a : attacks) {
    while (beat + 1 < grid.beats.size() && grid.beats[beat + 1] <= a.at) ++beat;
    if (beat + 1 >= grid.beats.size() || a.at < grid.beats[beat]) continue;
    const double phase = (a.at - grid.beats[beat]) / (grid.beats[beat + 1] - grid.beats[beat]);
    at[static_cast<std::size_t>(std::clamp(static_cast<int>(phase * kSteps), 0, kSteps - 1))] += a.strength;
    all += a.strength;
    if (phase > 0.1 && phase < 0.9) between += a.strength;
  }
  if (between < 2 || all <= 0) return result;

  const double thirds = mass(at, 1.0 / 3) , late = mass(at, 2.0 / 3), half = mass(at, 0.5), quarters = mass(at, 0.25) + mass(at, 0.75);
  // Swung eighths put much on the last third and little on the first; a beat in three uses both.
  if (thirds + late > 1.4 * (half + quarters) && thirds > 0.25 * late) {
    result.parts = 3;
    result.confidence = std::clamp((thirds + late) / (thirds + late + half + quarters) * between / all * 2, 0.0, 1.0);
    return result;
  }
  const auto latest = [&](auto score) {
    double best = 0, place = 0.5;
    for (double r = 0.48; r <= 0.72; r += 0.005) {
      const double s = score(r);
      if (s > best) best = s, place = r;
    }
    return std::pair{place, best};
  };
  const auto [eighth, eighth_mass] = latest([&](double r) { return mass(at, r); });
  const auto [sixteenth, sixteenth_mass] = latest([&](double r) { return mass(at, r / 2) + mass(at, 0.5 + r / 2); });
  result.confidence = std::clamp(std::max(eighth_mass, sixteenth_mass) / between, 0.0, 1.0) * std::min(1.0, between / 4);
  if (eighth > 0.54 && eighth_mass > 1.5 * half) {
    result.swing = eighth;
    result.swing_unit = 8;
  } else if (sixteenth > 0.53 && sixteenth_mass > 0.15 * between) {
    result.swing = sixteenth;
    result.swing_unit = 16;
  }
  return result;
}

}  // namespace figment::analysis
