#include "peaks.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace figment::listen {

std::vector<double> pick_peaks(std::span<const float> x, int apart, float least) {
  std::vector<double> out;
  const auto n = static_cast<int>(x.size());
  for (int t = 0; t < n; ++t) {
    const float here = x[static_cast<std::size_t>(t)];
    if (here < least) continue;
    bool highest = true;
    for (int k = std::max(0, t - apart); k <= std::min(n - 1, t + apart) && highest; ++k) {
      const float there = x[static_cast<std::size_t>(k)];
      highest = k < t ? there < here : (k == t || there <= here);
    }
    if (!highest) continue;
    double at = t;
    if (t > 0 && t + 1 < n) {
      const double a = x[static_cast<std::size_t>(t - 1)], b = here, c = x[static_cast<std::size_t>(t + 1)];
      if (a - 2 * b + c < 0) at += std::clamp(0.5 * (a - c) / (a - 2 * b + c), -0.5, 0.5);
    }
    out.push_back(at);
  }
  return out;
}

std::vector<double> track_beats(std::span<const float> activation) {
  // Beat lengths in frames; a path may change its length by a few steps at a beat. A sixteenth of every beat is where
  // the activation ought to be high (Böck, Krebs and Widmer 2016), so that many short beats cost no more than few long
  // ones.
  constexpr std::ptrdiff_t kSteps = 3;
  std::vector<std::size_t> lengths;
  for (double length = 28; length < 112; length = std::max(length + 1, length * 1.015))
    lengths.push_back(static_cast<std::size_t>(length));
  const std::size_t n = activation.size(), m = lengths.size();
  if (n < 112) return {};
  std::vector<double> on(n + 1), off(n + 1);
  for (std::size_t t = 0; t < n; ++t) {
    const double p = std::clamp<double>(activation[t], 0.01, 0.98);
    on[t + 1] = on[t] + std::log(p);
    off[t + 1] = off[t] + std::log((1 - p) / 15);
  }
  // score[t][i]: everything before t, where a beat of length i begins to be due.
  std::vector<float> score(n * m, -1e30F);
  std::vector<std::int16_t> before(n * m, -1);
  const auto segment = [&](std::size_t t, std::size_t i) {
    const std::size_t width = std::max<std::size_t>(1, lengths[i] / 16), end = std::min(n, t + lengths[i]),
                      middle = std::min(end, t + width);
    return on[middle] - on[t] + off[end] - off[middle];
  };
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t t = 0; t < lengths[i]; ++t) score[t * m + i] = static_cast<float>(off[t]);
  double best = -1e30;
  std::size_t at = 0, with = 0;
  for (std::size_t t = 0; t < n; ++t) {
    for (std::size_t i = 0; i < m; ++i) {
      if (score[t * m + i] < -1e29F) continue;
      const double x = score[t * m + i] + segment(t, i);
      const std::size_t next = t + lengths[i];
      if (next >= n) {
        if (x > best) {
          best = x;
          at = t;
          with = i;
        }
        continue;
      }
      for (std::ptrdiff_t j = static_cast<std::ptrdiff_t>(i) - kSteps; j <= static_cast<std::ptrdiff_t>(i) + kSteps;
           ++j) {
        if (j < 0 || j >= static_cast<std::ptrdiff_t>(m)) continue;
        const double change =
            std::log(static_cast<double>(lengths[static_cast<std::size_t>(j)]) / static_cast<double>(lengths[i]));
        const auto y = static_cast<float>(x - 100 * std::abs(change));
        float& there = score[next * m + static_cast<std::size_t>(j)];
        if (y > there) {
          there = y;
          before[next * m + static_cast<std::size_t>(j)] = static_cast<std::int16_t>(i);
        }
      }
    }
  }
  std::vector<double> out;
  for (;;) {
    // The highest frame of the due ones and their neighbours.
    const std::size_t width = std::max<std::size_t>(1, lengths[with] / 16);
    std::size_t top = at;
    for (std::size_t t = at > 0 ? at - 1 : 0; t < std::min(n, at + width + 1); ++t)
      if (activation[t] > activation[top]) top = t;
    out.push_back(static_cast<double>(top));
    const int from = before[at * m + with];
    if (from < 0) break;
    with = static_cast<std::size_t>(from);
    at -= lengths[with];
  }
  std::reverse(out.begin(), out.end());
  // Beats in silence at both ends are nobody's.
  while (!out.empty() && activation[static_cast<std::size_t>(out.front())] < 0.03F) out.erase(out.begin());
  while (!out.empty() && activation[static_cast<std::size_t>(out.back())] < 0.03F) out.pop_back();
  return out;
}

Hits compare(const std::vector<double>& found, const std::vector<double>& wanted, double tolerance) {
  Hits hits;
  hits.found = static_cast<double>(found.size());
  hits.wanted = static_cast<double>(wanted.size());
  for (std::size_t i = 0, j = 0; i < found.size() && j < wanted.size();) {
    const double by = found[i] - wanted[j];
    if (std::abs(by) <= tolerance) {
      ++hits.right;
      ++i;
      ++j;
    } else if (by < 0) {
      ++i;
    } else {
      ++j;
    }
  }
  return hits;
}

}  // namespace figment::listen
