#include "sampling/sustain.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "sampling/seam.h"

namespace figment::sampling {
namespace {

constexpr Seconds kHop{0.02};
constexpr Seconds kWindow{0.025};
constexpr Seconds kShortestSteady{0.25};
constexpr Seconds kLongestLoop{2};
constexpr double kMostSlope = 12;        // dB a second
constexpr double kMostDrop = 9;          // dB below the loudest
constexpr double kAlike = 0.9;

// The longest stretch whose level stays near one line: from … to in hops.
std::pair<std::size_t, std::size_t> steady_part(const std::vector<double>& level) {
  const double loudest = level.empty() ? 0 : *std::max_element(level.begin(), level.end());
  std::pair<std::size_t, std::size_t> best{0, 0};
  std::size_t from = 0;
  for (std::size_t k = 0; k < level.size(); ++k) {
    if (level[k] < loudest - kMostDrop) {
      from = k + 1;
      continue;
    }
    // As far back as the slope allows; a hop more or less of ripple is a beat or a tremolo, not a slope.
    while (from < k && std::abs(level[k] - level[from]) > kMostSlope * kHop.value * static_cast<double>(k - from) + 1.5) ++from;
    if (k + 1 - from > best.second - best.first) best = {from, k + 1};
  }
  return best;
}

}  // namespace

std::optional<SustainLoop> find_sustain_loop(audio::AudioView sound, double note) {
  const Hertz rate = sound.rate();
  const std::int64_t hop = to_frames(kHop, rate).value;
  std::vector<double> level;
  for (std::int64_t at = 0; at + hop <= sound.frames(); at += hop) {
    double power = 1e-12;
    for (int c = 0; c < sound.channels(); ++c)
      for (std::int64_t n = 0; n < hop; ++n) power += static_cast<double>(sound.channel(c)[at + n]) * sound.channel(c)[at + n];
    level.push_back(10 * std::log10(power / static_cast<double>(hop)));
  }
  const auto [first, last] = steady_part(level);
  // The first hops after the attack are not yet the sustain.
  const std::int64_t from = static_cast<std::int64_t>(first) * hop + (first == 0 ? 2 * hop : 0), to = static_cast<std::int64_t>(last) * hop;
  if (to - from < to_frames(kShortestSteady, rate).value) return {};

  const std::int64_t half = to_frames(kWindow, rate).value / 2;
  const double period = rate.value / (440 * std::pow(2.0, (note - 69) / 12));
  const std::int64_t end = to - half - 1;
  const std::int64_t earliest = std::max(from + half, end - to_frames(kLongestLoop, rate).value);
  const std::int64_t latest = end - std::max(static_cast<std::int64_t>(period), 2 * half);
  if (latest <= earliest) return {};
  const auto correlation = [&](std::int64_t a, std::int64_t step) {
    double xy = 0, xx = 1e-20, yy = 1e-20;
    for (int c = 0; c < sound.channels(); ++c) {
      const float *x = sound.channel(c) + a, *y = sound.channel(c) + end;
      for (std::int64_t n = -half; n < half; n += step) xy += static_cast<double>(x[n]) * y[n], xx += static_cast<double>(x[n]) * x[n], yy += static_cast<double>(y[n]) * y[n];
    }
    // Places of unlike level are less alike.
    return xy / std::sqrt(xx * yy) * std::min(std::sqrt(xx / yy), std::sqrt(yy / xx));
  };
  const auto coarse = std::max<std::int64_t>(1, static_cast<std::int64_t>(period / 40));
  std::vector<std::pair<std::int64_t, double>> places;
  double most = 0;
  for (std::int64_t a = earliest; a < latest; a += coarse) places.emplace_back(a, correlation(a, 3)), most = std::max(most, places.back().second);
  // Of those about as good as the best, the longest loop: it breathes.
  const auto chosen = std::find_if(places.begin(), places.end(), [&](const auto& p) { return p.second >= most - 0.02; });
  SustainLoop best;
  for (std::int64_t a = std::max(earliest, chosen->first - 2 * coarse), until = std::min(latest, chosen->first + static_cast<std::int64_t>(period / 2)); a <= until; ++a)
    if (const double alike = correlation(a, 1); alike > best.alike) best = {a, end, alike};
  if (best.alike < kAlike) return {};
  return best;
}

void close_sustain_loop(audio::AudioBlock sound, const SustainLoop& loop) {
  const std::int64_t length = std::min({to_frames(kSeamLength, sound.rate()).value, (loop.end - loop.begin) / 2, loop.begin});
  audio::AudioBuffer before(sound.channels(), length, sound.rate());
  before.block().copy_from(audio::AudioView(sound).part(loop.begin - length, length));
  close_loop(sound.part(loop.end - length, length), before.view());
}

}  // namespace figment::sampling
