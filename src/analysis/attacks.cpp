#include "analysis/attacks.h"

#include <algorithm>
#include <cmath>

namespace figment::analysis {
namespace {

constexpr std::size_t kLag = 2;             // frames
constexpr double kAround = 0.1;             // s: a peak is the highest of this to both sides … of 30 ms

// Highest and mean over a window around each frame.
std::vector<float> moving_mean(const std::vector<float>& x, std::size_t before, std::size_t after) {
  std::vector<double> sums(x.size() + 1, 0.0);
  for (std::size_t i = 0; i < x.size(); ++i) sums[i + 1] = sums[i] + x[i];
  std::vector<float> mean(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t from = i > before ? i - before : 0, to = std::min(x.size(), i + after + 1);
    mean[i] = static_cast<float>((sums[to] - sums[from]) / static_cast<double>(to - from));
  }
  return mean;
}

}  // namespace

std::vector<float> novelty(const Features& features) {
  const std::size_t frames = features.rhythm_frames();
  std::vector<float> curve(frames, 0.0F);
  for (std::size_t t = kLag; t < frames; ++t) {
    const std::uint8_t* now = features.rhythm.data() + t * kRhythmBands;
    const std::uint8_t* then = now - kLag * kRhythmBands;
    const auto rise = [&](std::size_t first, std::size_t count) {
      int sum = 0;
      for (std::size_t b = first; b < first + count; ++b) {
        int most = then[b];
        if (b > first) most = std::max<int>(most, then[b - 1]);
        if (b + 1 < first + count) most = std::max<int>(most, then[b + 1]);
        sum += std::max(0, now[b] - most);
      }
      return static_cast<float>(sum) / static_cast<float>(count);
    };
    curve[t] = rise(0, kFastBands) + 0.35F * rise(kFastBands, kSlowBands);
  }
  return curve;
}

Seconds refine_attack(const Features& features, Seconds about, Seconds reach) {
  const auto& fine = features.fine;
  const auto last = static_cast<std::int64_t>(fine.size()) - 1;
  const auto centre = static_cast<std::int64_t>(std::llround(about.value * kFineRate));
  const auto width = static_cast<std::int64_t>(std::ceil(reach.value * kFineRate));
  const auto edge = [&](std::int64_t i) { return static_cast<int>(fine[static_cast<std::size_t>(std::clamp<std::int64_t>(i, 0, last))].edge); };
  constexpr int kSpan = 4;                  // 4.4 ms before against 4.4 ms after
  std::int64_t best = -1;
  double best_rise = 6;                     // half decibels: less is no edge
  for (std::int64_t i = std::max<std::int64_t>(0, centre - width); i <= std::min(last, centre + width); ++i) {
    int before = 0, after = 0;
    for (int k = 0; k < kSpan; ++k) before = std::max(before, edge(i - 1 - k)), after = std::max(after, edge(i + k));
    const double distance = static_cast<double>(std::abs(i - centre)) / static_cast<double>(std::max<std::int64_t>(width, 1));
    const double rise = (after - before) * (1 - 0.4 * distance) + 0.1 * after * (after > before);
    if (rise > best_rise) {
      best_rise = rise;
      best = i;
    }
  }
  if (best < 0) return about;
  // Back to the foot: the first frame above what was before by a quarter of the rise.
  int before = 0, after = 0;
  for (int k = 0; k < kSpan; ++k) before = std::max(before, edge(best - 1 - k)), after = std::max(after, edge(best + k));
  const int foot = before + std::max(2, (after - before) / 4);
  std::int64_t at = best;
  while (at < best + kSpan && edge(at) < foot) ++at;
  return Seconds{(static_cast<double>(at) - 0.5) / kFineRate};
}

std::vector<Attack> find_attacks(const Features& features, double sensitivity) {
  const std::vector<float> curve = novelty(features);
  if (curve.empty()) return {};
  const auto around = static_cast<std::size_t>(kAround * kRhythmRate);
  const std::vector<float> mean = moving_mean(curve, around, around);
  std::vector<float> sorted = curve;
  const std::size_t place = sorted.size() * 99 / 100;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(place), sorted.end());
  // Steady noise flutters up to 15; a change of chord without an attack moves 20 and more, struck sounds 50 to 250.
  const float top = std::max(sorted[place], 40.0F);
  const float least = std::max(top * static_cast<float>(0.22 - 0.2 * sensitivity), static_cast<float>(16 - 10 * sensitivity)), above = static_cast<float>(1.9 - 0.9 * sensitivity);

  std::vector<Attack> attacks;
  constexpr std::size_t kNear = 3;
  for (std::size_t t = 0; t < curve.size(); ++t) {
    if (curve[t] < least || curve[t] < above * mean[t]) continue;
    bool highest = true;
    for (std::size_t k = t > kNear ? t - kNear : 0; k < std::min(curve.size(), t + kNear + 1); ++k) highest = highest && (curve[k] < curve[t] || (curve[k] == curve[t] && k >= t));
    if (!highest) continue;
    // The lag and the window make the curve's peak late or early by up to its own length.
    const Seconds at = refine_attack(features, Seconds{static_cast<double>(t) / kRhythmRate - 0.005}, Seconds{0.03});
    if (!attacks.empty() && at - attacks.back().at < Seconds{0.025}) {
      attacks.back().strength = std::max(attacks.back().strength, std::min(1.0F, curve[t] / top));
      continue;
    }
    attacks.push_back({at, std::min(1.0F, curve[t] / top)});
  }
  return attacks;
}

}  // namespace figment::analysis
