#include "separation/repeats.h"

#include <algorithm>
#include <cmath>

#include "base/executor.h"

namespace figment::separation {
namespace {

constexpr int kBands = 24, kBefore = 1, kAfter = 4, kReach = kBefore + kAfter + 1;
constexpr std::int64_t kApart = 5;     // frames: nearer ones are the same stroke
constexpr std::size_t kMost = 9;        // likes of a frame
constexpr float kAlike = 0.7F;         // at least, as a cosine
constexpr double kLowest = 30, kHighest = 14000;

}  // namespace

Plane what_repeats(const Plane& strokes, double hertz_a_bin) {
  const std::int64_t frames = strokes.frames;
  Plane bands(frames, kBands), look(frames, kBands * kReach);
  parallel_for(static_cast<std::size_t>(frames), [&](std::size_t frame) {
    const auto t = static_cast<std::int64_t>(frame);
    for (int b = 0; b < kBands; ++b) {
      const double ratio = kHighest / kLowest, low = kLowest * std::pow(ratio, static_cast<double>(b) / kBands) / hertz_a_bin, high = kLowest * std::pow(ratio, (b + 1.0) / kBands) / hertz_a_bin;
      const int first = static_cast<int>(low), last = std::min(strokes.bins - 1, std::max(first, static_cast<int>(high)));
      float sum = 0;
      for (int k = first; k <= last; ++k) sum += strokes.row(t)[k] * strokes.row(t)[k];
      bands.row(t)[b] = std::sqrt(std::sqrt(sum));
    }
  });
  parallel_for(static_cast<std::size_t>(frames), [&](std::size_t frame) {
    const auto t = static_cast<std::int64_t>(frame);
    float square = 0;
    for (int i = 0; i < kReach; ++i) {
      const std::int64_t at = std::clamp<std::int64_t>(t + i - kBefore, 0, frames - 1);
      for (int b = 0; b < kBands; ++b) {
        const float x = bands.row(at)[b];
        look.row(t)[i * kBands + b] = x;
        square += x * x;
      }
    }
    const float norm = 1 / std::sqrt(square + 1e-12F);
    for (int i = 0; i < look.bins; ++i) look.row(t)[i] *= norm;
  });
  Plane out(frames, strokes.bins);
  parallel_for(static_cast<std::size_t>(frames), [&](std::size_t frame) {
    const auto t = static_cast<std::int64_t>(frame);
    std::vector<float> alike(static_cast<std::size_t>(frames));
    for (std::int64_t u = 0; u < frames; ++u) {
      const float *a = look.row(t), *b = look.row(u);
      float sum = 0;
      for (int i = 0; i < kBands * kReach; ++i) sum += a[i] * b[i];
      alike[static_cast<std::size_t>(u)] = sum;
    }
    std::vector<std::pair<float, std::int64_t>> found;
    for (std::int64_t u = 0; u < frames; ++u) {
      const float x = alike[static_cast<std::size_t>(u)];
      if (std::abs(u - t) < kApart || (u > 0 && alike[static_cast<std::size_t>(u - 1)] > x) || (u + 1 < frames && alike[static_cast<std::size_t>(u + 1)] >= x)) continue;
      found.emplace_back(-x, u);
    }
    const std::size_t count = std::min(found.size(), kMost);
    std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count), found.end());
    while (!found.empty() && found.size() > count) found.pop_back();
    // The frame itself has a say too.
    std::vector<const float*> rows{strokes.row(t)};
    std::vector<float> gains{1.0F};
    double own = 0;
    for (int b = 0; b < kBands; ++b) own += std::pow(bands.row(t)[b], 2);
    for (const auto& [x, u] : found) {
      if (-x < kAlike) continue;
      double other = 1e-12;
      for (int b = 0; b < kBands; ++b) other += std::pow(bands.row(u)[b], 2);
      rows.push_back(strokes.row(u));
      gains.push_back(static_cast<float>(std::clamp(own / other, 0.25, 4.0)));
    }
    std::vector<float> values(rows.size());
    for (int k = 0; k < strokes.bins; ++k) {
      for (std::size_t i = 0; i < rows.size(); ++i) values[i] = gains[i] * rows[i][k];
      std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
      out.row(t)[k] = values[values.size() / 2];
    }
  });
  return out;
}

}  // namespace figment::separation
