#include "grid.h"

#include <algorithm>
#include <cmath>

namespace figment::judge {
namespace {

double nearest(const std::vector<double>& places, double at) {
  const auto it = std::lower_bound(places.begin(), places.end(), at);
  double best = 1e9;
  if (it != places.end()) best = *it - at;
  if (it != places.begin() && at - *(it - 1) < std::abs(best)) best = *(it - 1) - at;
  return -best;  // how late `at` is
}

// Where the straight position `x` of a bar comes to stand.
double swing_of(double x, const GridSpec& s) {
  const double pair = s.swing_unit == 8 ? 1.0 : 0.5;
  const double begin = std::floor(x / pair + 1e-9) * pair;
  if (s.swing <= 0 || begin + pair > s.bar_beats + 1e-9) return x;
  const double middle = 0.5 + std::clamp(s.swing, 0.0, 1.0) / 6, part = (x - begin) / pair;
  return begin + pair * (part < 0.5 ? part * 2 * middle : middle + (part - 0.5) * 2 * (1 - middle));
}

std::vector<double> places(const GridSpec& s, const std::vector<int>& parts_of_a_beat, bool swung) {
  std::vector<double> all;
  for (int bar = 0; bar < static_cast<int>(std::ceil(s.bars)) + 1; ++bar)
    for (const int parts : parts_of_a_beat)
      for (int i = 0; i < s.bar_beats * parts - 1e-9; ++i) {
        const double x = static_cast<double>(i) / parts;
        all.push_back((bar * s.bar_beats + (swung && parts % 3 != 0 ? swing_of(x, s) : x)) * 60 / s.bpm);
      }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

std::vector<double> sixteenths(const GridSpec& s) {
  return s.swing_unit == 8 && s.swing > 0 ? places(s, {4, 3}, true) : places(s, {4}, true);
}

std::vector<double> subdivisions(const GridSpec& s) { return places(s, {8, 6, 12}, true); }

void OnGrid::add(const OnGrid& o) noexcept {
  const int mine = on_sixteenths + on_rolls, theirs = o.on_sixteenths + o.on_rolls, both = std::max(1, mine + theirs);
  mean_ms = (mean_ms * mine + o.mean_ms * theirs) / both;
  spread_ms = std::sqrt((spread_ms * spread_ms * mine + o.spread_ms * o.spread_ms * theirs) / both);
  onsets += o.onsets;
  on_sixteenths += o.on_sixteenths;
  on_rolls += o.on_rolls;
  unwritten += o.unwritten;
}

OnGrid compare(const std::vector<double>& onsets, const std::vector<double>& written, const GridSpec& spec,
               double tolerance) {
  const std::vector<double> grid = sixteenths(spec), rolls = subdivisions(spec);
  OnGrid result;
  double sum = 0, squares = 0;
  int counted = 0;
  for (const double onset : onsets) {
    ++result.onsets;
    const double from_note = nearest(written, onset);
    if (std::abs(from_note) > 0.04) ++result.unwritten;
    const double late = nearest(grid, onset);
    if (std::abs(late) <= tolerance) {
      ++result.on_sixteenths;
      sum += late, squares += late * late, ++counted;
      continue;
    }
    const double roll_late = nearest(rolls, onset);
    if (std::abs(roll_late) > tolerance) continue;
    // The roll must be written: a note stands on that very place (but for a player's milliseconds).
    if (std::abs(nearest(written, onset - roll_late)) <= 0.012) ++result.on_rolls;
  }
  if (counted > 0) {
    result.mean_ms = sum / counted * 1000;
    result.spread_ms = std::sqrt(std::max(0.0, squares / counted - (sum / counted) * (sum / counted))) * 1000;
  }
  return result;
}

}  // namespace figment::judge
