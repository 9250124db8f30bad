#include "analysis/sections.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace figment::analysis {
namespace {

constexpr std::size_t kDimensions = kFastBands + 12 + 1;
using Descriptor = std::array<double, kDimensions>;
constexpr double kCut = 9.0;            // price of a section
constexpr double kOdd = 4.0;            // more for a length that is no multiple of four, half of it for none of eight
constexpr std::size_t kLongest = 64;
constexpr double kAlike = 0.75;         // mean distance a dimension below which two sections share a letter

struct Bar {
  double start, end;
  Descriptor x{};
};

std::vector<Bar> describe(const Features& features, const Tonality& notes, const std::vector<double>& edges) {
  std::vector<Bar> bars;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    Bar bar{edges[i], edges[i + 1], {}};
    const auto frames = static_cast<std::int64_t>(notes.treble.size());
    const auto from = std::clamp<std::int64_t>(std::llround(bar.start * kTonalRate), 0, std::max<std::int64_t>(frames - 1, 0));
    const auto to = std::clamp<std::int64_t>(std::llround(bar.end * kTonalRate), from + 1, std::max<std::int64_t>(frames, from + 1));
    std::array<double, 12> chroma{};
    double most = -100, n = 0;
    for (std::int64_t f = from; f < to && f < frames; ++f, ++n) {
      double loudest = -100;
      for (std::size_t b = 0; b < kFastBands; ++b) {
        const double level = std::max(-70.0F, features.timbre[static_cast<std::size_t>(f) * kFastBands + b]);
        bar.x[b] += level;
        loudest = std::max(loudest, level);
      }
      most = std::max(most, loudest);
      for (std::size_t p = 0; p < 12; ++p) chroma[p] += notes.treble[static_cast<std::size_t>(f)][p];
    }
    double sum = 1e-9, level = 0;
    for (const double c : chroma) sum += c;
    for (std::size_t b = 0; b < kFastBands; ++b) bar.x[b] /= std::max(n, 1.0), level = std::max(level, bar.x[b] + 100);
    for (std::size_t p = 0; p < 12; ++p) bar.x[kFastBands + p] = chroma[p] / sum;
    bar.x[kDimensions - 1] = level - 100;
    bars.push_back(bar);
  }
  return bars;
}

// To comparable scales: six decibels of a band, an eighth of the notes, three decibels of level are each one.
void scale(std::vector<Bar>& bars) {
  for (Bar& bar : bars) {
    for (std::size_t b = 0; b < kFastBands; ++b) bar.x[b] /= 6 * std::sqrt(static_cast<double>(kFastBands) / 6);
    for (std::size_t p = 0; p < 12; ++p) bar.x[kFastBands + p] *= 8 * 0.35 / std::sqrt(2.0);
    bar.x[kDimensions - 1] /= 3 / 0.8;
  }
}

double distance(const Descriptor& a, const Descriptor& b) {
  double sum = 0;
  for (std::size_t d = 0; d < kDimensions; ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
  return std::sqrt(sum);
}

}  // namespace

std::vector<Seconds> bar_lines(const BeatGrid& grid) {
  std::vector<Seconds> lines;
  for (std::size_t i = 0; i < grid.beats.size(); ++i)
    if (grid.positions[i] == 1) lines.push_back(grid.beats[i]);
  return lines;
}

std::vector<HeardSection> find_sections(const Features& features, const Tonality& notes, const BeatGrid& grid, Seconds length) {
  std::vector<double> edges{0};
  const std::vector<Seconds> lines = bar_lines(grid);
  const bool by_bars = lines.size() >= 4 && grid.confidence > 0.2;
  std::size_t upbeat = 0;               // 1: the first stretch comes before the first bar line
  if (by_bars) {
    for (const Seconds line : lines) {
      if (line.value > edges.back() + 0.4 && line.value < length.value - 0.4) edges.push_back(line.value);
    }
    upbeat = lines.front().value > 0.4 ? 1 : 0;
  } else {
    for (double at = 2; at < length.value - 1; at += 2) edges.push_back(at);
  }
  edges.push_back(length.value);
  std::vector<Bar> bars = describe(features, notes, edges);
  const std::vector<Bar> plain = bars;
  scale(bars);
  const std::size_t n = bars.size();

  // Sums, so that the spread of any stretch costs one step a dimension.
  std::vector<Descriptor> sums(n + 1);
  std::vector<double> squares(n + 1, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    squares[i + 1] = squares[i];
    for (std::size_t d = 0; d < kDimensions; ++d) {
      sums[i + 1][d] = sums[i][d] + bars[i].x[d];
      squares[i + 1] += bars[i].x[d] * bars[i].x[d];
    }
  }
  const auto spread = [&](std::size_t from, std::size_t to) {
    double mean = 0;
    for (std::size_t d = 0; d < kDimensions; ++d) mean += (sums[to][d] - sums[from][d]) * (sums[to][d] - sums[from][d]);
    return squares[to] - squares[from] - mean / static_cast<double>(to - from);
  };
  std::vector<double> best(n + 1, 1e300);
  std::vector<std::size_t> back(n + 1, 0);
  best[0] = 0;
  for (std::size_t to = 1; to <= n; ++to) {
    for (std::size_t from = to > kLongest ? to - kLongest : 0; from < to; ++from) {
      const std::size_t count = to - from - (from == 0 ? std::min(upbeat, to - 1) : 0);
      double price = kCut;
      if (to < n) price += count % 4 != 0 ? kOdd : count % 8 != 0 ? kOdd / 2 : 0;
      const double total = best[from] + spread(from, to) + price;
      if (total < best[to]) best[to] = total, back[to] = from;
    }
  }
  std::vector<std::size_t> cuts{n};
  while (cuts.back() > 0) cuts.push_back(back[cuts.back()]);
  std::reverse(cuts.begin(), cuts.end());

  std::vector<HeardSection> result;
  std::vector<Descriptor> means;
  std::vector<std::string> labels;
  double loudest = 0;
  std::vector<double> powers;
  for (std::size_t s = 0; s + 1 < cuts.size(); ++s) {
    const std::size_t from = cuts[s], to = cuts[s + 1];
    HeardSection section;
    section.start = Seconds{bars[from].start};
    section.end = Seconds{bars[to - 1].end};
    if (by_bars) {
      section.bar = static_cast<int>(from + 1 - (from > 0 ? upbeat : 0));
      section.bars = static_cast<int>(to - from - (from == 0 ? std::min(upbeat, to - 1) : 0));
    }
    Descriptor mean{};
    for (std::size_t d = 0; d < kDimensions; ++d) mean[d] = (sums[to][d] - sums[from][d]) / static_cast<double>(to - from);
    double nearest = 1e300;
    std::size_t like = 0;
    for (std::size_t k = 0; k < means.size(); ++k) {
      const double d = distance(mean, means[k]);
      if (d < nearest) nearest = d, like = k;
    }
    if (nearest < kAlike) {
      section.label = labels[like];
    } else {
      const std::size_t letter = means.size();
      labels.push_back(letter < 26 ? std::string(1, static_cast<char>('A' + letter)) : "Z" + std::to_string(letter - 25));
      means.push_back(mean);
      section.label = labels.back();
    }
    if (from > 0) {
      const std::size_t around = std::min({from - cuts[s - 1], to - from, std::size_t{4}});
      Descriptor before{}, after{};
      for (std::size_t d = 0; d < kDimensions; ++d) {
        before[d] = (sums[from][d] - sums[from - around][d]) / static_cast<double>(around);
        after[d] = (sums[from + around][d] - sums[from][d]) / static_cast<double>(around);
      }
      section.confidence = std::clamp(distance(before, after) / 4, 0.0, 1.0);
    } else {
      section.confidence = 1;
    }
    double power = 0;
    const auto first = static_cast<std::size_t>(std::max(0.0, section.start.value * kRhythmRate));
    const auto last = std::min(features.level.size(), static_cast<std::size_t>(std::max(0.0, section.end.value * kRhythmRate)));
    for (std::size_t f = first; f < last; ++f) power += static_cast<double>(features.level[f]) * features.level[f];
    powers.push_back(last > first ? power / static_cast<double>(last - first) : 0);
    loudest = std::max(loudest, powers.back());
    result.push_back(section);
  }
  // Twenty decibels below the loudest is no energy at all.
  for (std::size_t s = 0; s < result.size(); ++s)
    result[s].energy = loudest > 0 && powers[s] > 0 ? std::clamp(1 + 10 * std::log10(powers[s] / loudest) / 20, 0.0, 1.0) : 0;
  return result;
}

}  // namespace figment::analysis
