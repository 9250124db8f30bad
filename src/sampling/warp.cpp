#include "sampling/warp.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"

namespace figment::sampling {
namespace {

using analysis::BeatGrid;
using analysis::SoundAnalysis;

constexpr double kPull = 0.035;          // s that an attack may lie beside its beat
constexpr double kStruck = 0.12;         // strength of an attack that is a beat
constexpr double kMachine = 0.006;       // s: four of five attacks nearer to their beats than this are a machine's
constexpr double kEarly = 0.04;          // s: a downbeat this much before the sound is its beginning

// The beats found, and as many before and after as the sound has room for.
struct Counted {
  std::vector<double> at;
  std::vector<int> positions;
};
Counted whole_sound(const SoundAnalysis& heard) {
  const BeatGrid& grid = heard.grid;
  Counted c;
  for (const Seconds b : grid.beats) c.at.push_back(b.value);
  c.positions = grid.positions;
  const int bar = std::max(grid.beats_per_bar, 1);
  const double first = c.at[1] - c.at[0], last = c.at.back() - c.at[c.at.size() - 2];
  while (c.at.front() - first >= -kEarly) {
    c.at.insert(c.at.begin(), c.at.front() - first);
    c.positions.insert(c.positions.begin(), c.positions.front() > 1 ? c.positions.front() - 1 : bar);
  }
  // One beat beyond the end: the end of the last.
  while (c.at.back() < heard.length.value - 0.3 * last) {
    c.at.push_back(c.at.back() + last);
    c.positions.push_back(c.positions.back() % bar + 1);
  }
  return c;
}

// Where players are not machines the beats found are a smooth line through what they played; a beat that is struck belongs where it
// is struck. Returns whether the sound is played so.
bool pull_to_attacks(Counted& counted, const std::vector<analysis::Attack>& attacks) {
  std::vector<double> pulls(counted.at.size(), 0.0), sizes;
  for (std::size_t i = 0; i < counted.at.size(); ++i) {
    const double at = counted.at[i];
    double most = 0;
    for (auto a = std::lower_bound(attacks.begin(), attacks.end(), at - kPull, [](const analysis::Attack& x, double t) { return x.at.value < t; }); a != attacks.end() && a->at.value <= at + kPull; ++a) {
      const double off = a->at.value - at, weight = a->strength / (1 + (off / 0.02) * (off / 0.02));
      if (a->strength >= kStruck && weight > most) most = weight, pulls[i] = off;
    }
    if (most > 0) sizes.push_back(std::abs(pulls[i]));
  }
  if (sizes.size() < 8) return false;
  std::nth_element(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() * 8 / 10), sizes.end());
  if (sizes[sizes.size() * 8 / 10] < kMachine) return false;
  for (std::size_t i = 1; i < pulls.size(); ++i) {
    // No beat is made longer or shorter by more than a tenth.
    const double room = 0.1 * (counted.at[i] - counted.at[i - 1]);
    pulls[i] = std::clamp(pulls[i], pulls[i - 1] - room, pulls[i - 1] + room);
  }
  for (std::size_t i = 0; i < pulls.size(); ++i) counted.at[i] += pulls[i];
  return true;
}

double count_for(Bpm source, Bpm wanted) {
  double best = 1;
  for (const double count : {0.25, 0.5, 1.0, 2.0, 4.0})
    if (std::abs(std::log2(source.value * count / wanted.value)) < std::abs(std::log2(source.value * best / wanted.value)) - 1e-9) best = count;
  return best;
}

std::string bpm_text(Bpm tempo) {
  std::string text = std::to_string(std::round(tempo.value * 100) / 100);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

WarpPlan plan_warp(const SoundAnalysis& heard, const WarpWish& wish) {
  const BeatGrid& grid = heard.grid;
  if (grid.tempo.value <= 0 || grid.beats.size() < 2)
    throw Error(ErrorCode::InvalidArgument, "no beat was found in the sound, so there is nothing to fit", "if it has a tempo, say it with --source-bpm");
  WarpPlan plan;
  plan.count = count_for(grid.tempo, wish.tempo);
  plan.source_tempo = grid.tempo * plan.count;
  const double stretch = plan.source_tempo / wish.tempo;
  if (stretch > 1.5 || stretch < 1 / 1.5)
    plan.remarks.push_back("the sound is at " + bpm_text(plan.source_tempo) + " bpm, far from " + bpm_text(wish.tempo) + ": expect to hear the stretching");

  Counted counted = whole_sound(heard);
  const bool played = heard.loop_beats == 0 && pull_to_attacks(counted, heard.attacks);
  std::size_t start = 0;
  if (heard.loop_beats == 0) {
    const bool trusted = grid.bar_confidence > 0.15;
    while (start + 1 < counted.at.size() && ((trusted && counted.positions[start] != 1) || counted.at[start] < -kEarly)) ++start;
    if (start + 1 >= counted.at.size()) start = 0;
    if (!trusted) plan.remarks.emplace_back("it is not clear where its bars begin; it starts on its first beat");
  }
  const double bar = wish.metre.bar().value;
  const double source_bar = grid.beats_per_bar * plan.count;
  if (grid.bar_confidence > 0.4 && std::abs(std::remainder(bar, source_bar)) > 0.01 && std::abs(std::remainder(source_bar, bar)) > 0.01)
    plan.remarks.push_back("the sound is heard in " + heard.metre().text() + ", the song is in " + wish.metre.text());

  const double beats = static_cast<double>(counted.at.size() - 1 - start) * plan.count;
  // The last bar may lack a little: what rings out need not be there.
  const int there = static_cast<int>(std::floor(beats / bar + 0.06));
  plan.warp.circular = heard.loop_beats > 0;
  plan.bars = wish.bars > 0 ? wish.bars : there;
  if (plan.bars < 1)
    throw Error(ErrorCode::InvalidArgument, "the sound holds " + std::to_string(static_cast<int>(beats)) + " beats at " + bpm_text(plan.source_tempo) + " bpm, less than a bar of " + wish.metre.text());
  if (plan.bars > there && !plan.warp.circular)
    throw Error(ErrorCode::InvalidArgument, "the sound holds " + std::to_string(there) + " whole bars, " + std::to_string(plan.bars) + " are wanted", "ask for fewer with --bars");

  const double end = plan.bars * bar;
  const auto source_of = [&](double beat) {
    const double at = beat / plan.count + static_cast<double>(start);
    const auto i = std::min(static_cast<std::size_t>(std::max(0.0, at)), counted.at.size() - 2);
    return counted.at[i] + (counted.at[i + 1] - counted.at[i]) * (at - static_cast<double>(i));
  };
  if (grid.steady && !played) {
    const double beat = 60 / plan.source_tempo.value;
    plan.warp.points = {{Seconds{counted.at[start]}, Beats{0}}, {Seconds{counted.at[start] + end * beat}, Beats{end}}};
  } else {
    // One point a beat that was found, or a beat of the song where those are slower.
    const double step = std::max(1.0, plan.count);
    for (double beat = 0; beat < end - 0.5 * step; beat += step) plan.warp.points.push_back({Seconds{source_of(beat)}, Beats{beat}});
    plan.warp.points.push_back({Seconds{source_of(end)}, Beats{end}});
  }
  return plan;
}

}  // namespace figment::sampling
