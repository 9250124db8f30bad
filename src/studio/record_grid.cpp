#include "studio/record_grid.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace figment::studio {
namespace {

constexpr double kAtOnce = 0.01;           // s: a downbeat this early is the record's beginning
constexpr double kNothing = 0.001;         // of a bar: no bar for that
constexpr double kShortest = 0.1, kLongest = 5;   // s between beats that a tempo can be made of

score::Warp straight(double start, double bar_seconds, int bars, Beats bar) {
  return {{{Seconds{start}, Beats{0}}, {Seconds{start + bars * bar_seconds}, bar * static_cast<double>(bars)}}, false};
}

// Where on the grid an instant lies, in quarters.
double beat_at(const RecordGrid& grid, Seconds when) {
  const auto& p = grid.warp.points;
  std::size_t i = 1;
  while (i + 1 < p.size() && p[i].source < when) ++i;
  return p[i - 1].beat.value + (p[i].beat - p[i - 1].beat).value * ((when - p[i - 1].source) / (p[i].source - p[i - 1].source));
}

}  // namespace

RecordGrid record_grid(const analysis::SoundAnalysis& heard) {
  const analysis::BeatGrid& beats = heard.grid;
  RecordGrid grid;
  if (beats.tempo.value <= 0 || beats.beats.size() < 2) {
    grid.metre = {4, 4};
    grid.tempo = {{Beats{0}, Bpm{120}}};
    grid.bars = std::max(1, static_cast<int>(std::ceil(heard.length.value / 2 - kNothing)));
    grid.warp = straight(0, 2, grid.bars, grid.metre.bar());
    return grid;
  }
  grid.sure = true;
  grid.metre = heard.metre();
  const int per_bar = beats.beats_per_bar > 0 ? beats.beats_per_bar : 4;
  const Beats tap = grid.metre.bar() / static_cast<double>(per_bar);      // a dotted quarter in 6/8
  std::size_t down = 0;
  for (std::size_t i = 0; i < beats.positions.size(); ++i)
    if (beats.positions[i] == 1) {
      down = i;
      break;
    }
  std::vector<double> at;
  for (const Seconds b : beats.beats) at.push_back(b.value);
  const bool playable = std::adjacent_find(at.begin(), at.end(), [](double a, double b) { return b - a < kShortest || b - a > kLongest; }) == at.end();

  if (beats.steady || !playable || heard.loop_beats > 0) {
    const double seconds = heard.loop_beats > 0 ? heard.length.value / heard.loop_beats : 60 / beats.tempo.value, bar = seconds * per_bar;
    double first = at[down];
    while (first - bar > -kAtOnce) first -= bar;                          // a first bar that was not counted
    double start = heard.loop_beats > 0 && down == 0 ? 0 : first;
    if (start > kAtOnce) start -= bar;
    else if (start >= 0) start = 0;
    grid.bars = std::max(1, static_cast<int>(std::ceil((heard.length.value - start) / bar - kNothing)));
    grid.tempo = {{Beats{0}, Bpm{60 / seconds * tap.value}}};
    grid.warp = straight(start, bar, grid.bars, grid.metre.bar());
    return grid;
  }

  // Beats before the first one and after the last, at their neighbours' pace, until bars are whole.
  const double first_gap = at[1] - at[0], last_gap = at.back() - at[at.size() - 2];
  auto ahead = static_cast<std::ptrdiff_t>(down);                         // beats before the downbeat
  while (at.front() > kAtOnce || ahead % per_bar != 0) {
    at.insert(at.begin(), at.front() - first_gap);
    ++ahead;
  }
  while (at.back() < heard.length.value - kNothing * last_gap || (at.size() - 1) % static_cast<std::size_t>(per_bar) != 0) at.push_back(at.back() + last_gap);
  // Whole bars before the record are not needed.
  while (at.size() > static_cast<std::size_t>(per_bar) + 1 && at[static_cast<std::size_t>(per_bar)] <= 0) at.erase(at.begin(), at.begin() + per_bar);
  grid.bars = static_cast<int>((at.size() - 1) / static_cast<std::size_t>(per_bar));
  for (std::size_t i = 0; i < at.size(); ++i) {
    const Beats beat = tap * static_cast<double>(i);
    grid.warp.points.push_back({Seconds{at[i]}, beat});
    if (i + 1 < at.size()) grid.tempo.push_back({beat, Bpm{60 * tap.value / (at[i + 1] - at[i])}});
  }
  return grid;
}

std::vector<song::Section> sections_on(const RecordGrid& grid, const std::vector<analysis::HeardSection>& sections) {
  std::vector<song::Section> on;
  std::map<std::string, int> numbers;
  for (const analysis::HeardSection& s : sections) {
    const int bar = on.empty() ? 1 : static_cast<int>(std::lround(beat_at(grid, s.start) / grid.metre.bar().value)) + 1;
    if (bar > grid.bars || (!on.empty() && bar <= on.back().bar)) continue;
    if (!on.empty()) on.back().bars = bar - on.back().bar;
    const std::string label = s.label.empty() ? "A" : s.label;
    on.push_back({label + " " + std::to_string(++numbers[label]), "section", bar, grid.bars - bar + 1, std::clamp(s.energy, 0.0, 1.0)});
  }
  if (on.empty()) on.push_back({"A 1", "section", 1, grid.bars, 0.5});
  return on;
}

std::vector<score::ChordSpan> chords_on(const RecordGrid& grid, const std::vector<analysis::HeardChord>& chords) {
  const double end = grid.metre.bar().value * grid.bars;
  std::vector<score::ChordSpan> spans;
  for (const analysis::HeardChord& c : chords) {
    if (c.none()) continue;
    const double from = std::clamp(std::round(2 * beat_at(grid, c.start)) / 2, 0.0, end), to = std::clamp(std::round(2 * beat_at(grid, c.end)) / 2, 0.0, end);
    if (to - from >= 0.5 && (spans.empty() || Beats{from} >= spans.back().start + spans.back().length)) spans.push_back({Beats{from}, Beats{to - from}, c.chord});
  }
  return spans;
}

}  // namespace figment::studio
