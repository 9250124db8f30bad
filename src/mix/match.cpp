#include "mix/match.h"

#include <algorithm>
#include <cmath>

namespace figment::mix {
namespace {

using analysis::BandLevels;
using analysis::kBands;

constexpr double kNothing = -60;                                  // dB under the loudest band
constexpr std::size_t kFirst = 3, kLast = 29;                     // 40 Hz … 16 kHz
constexpr std::size_t kMiddleFirst = 7, kMiddleLast = 24;         // 100 Hz … 5 kHz
constexpr double kShort = 12, kMissing = 24;                      // dB under a genre's curve
constexpr std::size_t kDeep = 2;                                  // up to here, 31.5 Hz, a boost is mostly rumble

double loudest(const BandLevels& levels) { return *std::max_element(levels.begin(), levels.end()); }

// Nothing is nothing, however little of it there is.
BandLevels floored(const BandLevels& levels) {
  BandLevels out = levels;
  const double floor = loudest(levels) + kNothing;
  for (double& l : out) l = std::max(l, floor);
  return out;
}

std::array<bool, kBands> present(const BandLevels& levels) {
  std::array<bool, kBands> there{};
  const double top = loudest(levels);
  for (std::size_t b = 0; b < kBands; ++b) there[b] = top > -190 && levels[b] > top + kNothing;
  return there;
}

BandLevels over_octaves(const BandLevels& levels) {
  BandLevels out{};
  for (std::size_t b = 0; b < kBands; ++b) {
    double sum = 0, count = 0;
    for (std::size_t k = b > 0 ? b - 1 : 0; k <= std::min<std::size_t>(b + 1, kBands - 1); ++k) sum += std::pow(10, levels[k] / 10), ++count;
    out[b] = 10 * std::log10(std::max(sum / count, 1e-20));
  }
  return out;
}

Comparison compare_where(const BandLevels& measured, const BandLevels& wanted, const BandLevels& source, bool smooth) {
  Comparison c;
  const auto here = present(source), there = present(wanted);
  const BandLevels m = smooth ? over_octaves(measured) : measured, w = smooth ? over_octaves(wanted) : wanted;
  double mean = 0, weight = 0;
  for (std::size_t b = 0; b < kBands; ++b) {
    c.counts[b] = here[b] && there[b];
    if (!c.counts[b]) continue;
    c.difference[b] = w[b] - m[b];
    if (b >= kFirst && b <= kLast) ++c.bands;
    if (smooth ? b >= kMiddleFirst && b <= kMiddleLast : b >= kFirst && b <= kLast) mean += c.difference[b], ++weight;
  }
  if (weight > 0) mean /= weight;
  for (std::size_t b = 0; b < kBands; ++b) {
    if (!c.counts[b]) continue;
    c.difference[b] -= mean;
    if (b < kFirst || b > kLast) continue;
    c.mean_db += std::fabs(c.difference[b]) / c.bands;
    c.most_db = std::max(c.most_db, std::fabs(c.difference[b]));
  }
  return c;
}

}  // namespace

Comparison compare(const BandLevels& measured, const BandLevels& wanted, bool smooth) { return compare_where(measured, wanted, measured, smooth); }
Comparison compare(const BandLevels& measured, const BandLevels& wanted, const BandLevels& source) { return compare_where(measured, wanted, source, false); }

BandLevels match_gains(const BandLevels& source, const BandLevels& measured, const BandLevels& wanted, const BandLevels& so_far, const MatchRules& rules) {
  const auto here = present(source), there = present(wanted);
  BandLevels m = floored(measured), w = floored(wanted), needed{};
  if (rules.smooth) m = over_octaves(m), w = over_octaves(w);
  for (std::size_t b = 0; b < kBands; ++b) needed[b] = so_far[b] + rules.strength * (w[b] - m[b]);

  const auto limited = [&](std::size_t b, double gain) {
    double boost = here[b] ? rules.boost_db : 0;
    if (rules.smooth) {
      if (b <= kDeep) boost /= 2;
      const double gap = rules.strength > 0 ? gain / rules.strength : 0;
      if (gap > kShort) gain *= std::max(0.0, 1 - (gap - kShort) / (kMissing - kShort));
    }
    return std::clamp(gain, -rules.cut_db, boost);
  };
  // The level at which the limits cost least; among equals the one that changes least.
  double best = 0, least = 1e300;
  for (double level = -90; level <= 90; level += 0.25) {
    double cost = 0;
    for (std::size_t b = rules.smooth ? kMiddleFirst : kFirst; b <= (rules.smooth ? kMiddleLast : kLast); ++b) {
      if (!here[b] || !there[b]) continue;
      const double gain = needed[b] - level;
      cost += (rules.smooth ? 0 : std::fabs(gain - limited(b, gain))) + 0.01 * std::fabs(gain);
    }
    if (cost < least) least = cost, best = level;
  }
  BandLevels gains{};
  for (std::size_t b = 0; b < kBands; ++b) gains[b] = limited(b, needed[b] - best);
  // A band with nothing in it follows its neighbours down, so that the curve has no islands.
  for (std::size_t b = 0; b < kBands; ++b)
    if (!here[b]) gains[b] = std::min({0.0, b > 0 ? gains[b - 1] : 0.0, b + 1 < kBands && here[b + 1] ? gains[b + 1] : 0.0});
  return gains;
}

}  // namespace figment::mix
