#include "analysis/analysis.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "analysis/beat_network.h"

namespace figment::analysis {
namespace {

// Lengths at which people cut examples out of records: such a file is no loop, whatever its tempo.
constexpr std::array<double, 6> kExcerpts{5, 10, 15, 20, 30, 60};
constexpr double kOneVoice = 0.6;          // share of what sounds that has one clear pitch
constexpr double kChordsTellBars = 1.5;    // log odds for a beat at which notes change by a standard deviation more than usual
constexpr double kLongestLoop = 120;       // s
constexpr double kLongestFree = 10;        // s of loop in which players may be as free, and beats as unclear, as they like
constexpr double kBreathes = 6;            // ms that beats of longer ones typically lie off the line
constexpr double kOnGrid = 0.018;          // s that an attack may lie beside a sixteenth or a triplet
constexpr double kAllOnGrid = 0.7;         // share of what is struck that is all of it, but for a little
constexpr double kWholeTempo = 0.01;       // bpm

// Share of the attacks' strength that lies on the grid of a tempo from the file's start, above what chance gives: 0 … 1.
double on_grid(const std::vector<Attack>& attacks, double beat) {
  double best = 0;
  for (const int parts : {4, 3}) {
    const double step = beat / parts, chance = std::min(0.9, 2 * kOnGrid / step);
    double on = 0, all = 1e-9;
    for (const Attack& a : attacks) {
      all += a.strength;
      if (std::abs(std::remainder(a.at.value, step)) < kOnGrid) on += a.strength;
    }
    best = std::max(best, (on / all - chance) / (1 - chance));
  }
  return std::clamp(best, 0.0, 1.0);
}

// How many beats a file has that is made to be repeated: it begins with a sound, its length is a whole number of beats of
// the tempo that was found (or, where that is unsure, of a usual one), and what is struck lies on that grid. 0: no loop.
int loop_beats(const BeatGrid& grid, const std::vector<Attack>& attacks, Seconds silence_before, Seconds length) {
  if (length.value > kLongestLoop || attacks.size() < 2 || silence_before.value > 0.06) return 0;
  for (const double cut : kExcerpts)
    if (std::abs(length.value - cut) < 0.05) return 0;
  const double found = grid.tempo.value;
  // Long takes that breathe are no loops, whatever their length.
  if (length.value > kLongestFree && grid.unsteadiness_ms > kBreathes) return 0;
  const bool sure = grid.steady && grid.confidence >= 0.5 && grid.beats.size() >= 4;
  int best = 0;
  double most = 0;
  for (const int bar : {4, 3}) {
    if (bar == 3 && !(grid.beats_per_bar == 3 && grid.bar_confidence > 0.2)) continue;
    for (int beats = bar; beats <= 64 * bar; beats += beats < 4 * bar ? bar : 4 * bar) {
      // Loops have 1, 2, 4, 8 … bars; other numbers only where the tempo says so by itself.
      const int bars = beats / bar;
      const bool usual = (bars & (bars - 1)) == 0;
      const double beat = length.value / beats, tempo = 60 / beat;
      if (tempo < 60 || tempo > 200) continue;
      const double off = std::abs(std::log2(tempo / std::max(found, 1.0)));
      const double near = sure ? 0.004 + 0.03 / length.value : usual ? 0.12 : 0.004;
      const double on = on_grid(attacks, beat);
      // Where the tempo is unsure, all that is struck may say more than it; people also make loops at whole tempi.
      const bool whole = std::abs(tempo - std::round(tempo)) < kWholeTempo;
      const bool told = !sure && usual && length.value <= kLongestFree && attacks.size() >= 4 && on >= (whole ? 0.6 : kAllOnGrid);
      if ((off > near && !told) || (!usual && !sure)) continue;
      const double worth = 0.25 + on - 2 * std::min(off, 0.12) - (usual ? 0 : 0.2);
      if (worth > most) most = worth, best = beats;
    }
  }
  // What is a few seconds long and has no clear beat is more likely a bar or two than anything else.
  const bool begins = sure && std::abs(std::remainder(grid.beats.front().value, 60 / found)) < 0.04;
  return most >= (begins || (!sure && length.value < 8) ? 0.02 : sure ? 0.6 : 0.75) ? best : 0;
}

// The loop's own grid: from its start to its end, and its start is the first of a bar.
void lock_to_length(BeatGrid& grid, const std::vector<Attack>& attacks, Seconds length, int beats) {
  const double beat = length.value / beats;
  if (grid.beats_per_bar < 2 || beats % grid.beats_per_bar != 0) grid.beats_per_bar = beats % 4 == 0 ? 4 : 3;
  grid.tempo = Bpm{60 / beat};
  grid.beats.clear();
  grid.positions.clear();
  for (int b = 0; b < beats; ++b) {
    grid.beats.push_back(Seconds{b * beat});
    grid.positions.push_back(b % grid.beats_per_bar + 1);
  }
  grid.steady = true;
  grid.drift = 0;
  const double share = on_grid(attacks, beat);
  grid.confidence = std::max(grid.confidence, 0.8 * share);
  grid.bar_confidence = std::max(grid.bar_confidence, 0.7 * share);
  if (grid.candidates.empty()) grid.candidates = {{grid.tempo, 1}};
  const double first = grid.candidates.front().tempo.value;
  for (TempoCandidate& c : grid.candidates) c.tempo = grid.tempo * (std::round(c.tempo.value / first * 6) / 6);
}

}  // namespace

score::Metre SoundAnalysis::metre() const {
  const int beats = std::max(grid.beats_per_bar, 1);
  if (grid.beats_per_bar == 0) return {4, 4};
  if (subdivision.parts == 3 && subdivision.confidence > 0.3 && beats <= 4) return {3 * beats, 8};
  return {beats, 4};
}

std::vector<BarChords> chords_by_bar(const SoundAnalysis& analysis) {
  std::vector<BarChords> bars;
  const std::vector<Seconds> lines = bar_lines(analysis.grid);
  std::size_t at = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Seconds end = i + 1 < lines.size() ? lines[i + 1] : analysis.length;
    BarChords bar{lines[i], {}};
    while (at > 0 && analysis.harmony.chords[at].start > lines[i]) --at;
    for (std::size_t c = at; c < analysis.harmony.chords.size() && analysis.harmony.chords[c].start < end; ++c) {
      const HeardChord& chord = analysis.harmony.chords[c];
      if (chord.end <= lines[i]) {
        at = c;
        continue;
      }
      const Seconds inside = std::min(chord.end, end) - std::max(chord.start, lines[i]);
      if (!chord.none() && inside / (end - lines[i]) >= 0.25) bar.chords.push_back(chord.chord);
    }
    bars.push_back(std::move(bar));
  }
  return bars;
}

SoundAnalysis analyse(const Listening& heard, const BeatNetwork& network, const BeatOptions& options) {
  SoundAnalysis a;
  a.source = heard.source;
  a.length = heard.length;
  a.condition = heard.condition;
  a.attacks = find_attacks(heard.features);
  const BeatActivations activations = learned_activations(network, heard.features);
  a.grid = find_beats(activations, a.attacks, heard.length, options);
  const Tonality notes = find_notes(heard.features);
  // Where bars begin chords change.
  std::vector<double> witness = harmonic_changes(notes, a.grid.beats);
  for (double& x : witness) x *= kChordsTellBars;
  recount_bars(a.grid, activations, witness, options);
  a.loop_beats = options.known.value > 0 || options.beats_per_bar > 0 ? 0 : loop_beats(a.grid, a.attacks, a.condition.silence_before, a.length);
  if (a.loop_beats > 0) lock_to_length(a.grid, a.attacks, a.length, a.loop_beats);
  a.subdivision = find_subdivision(a.grid, a.attacks);
  double strength = 0;
  for (const Attack& attack : a.attacks) strength += attack.strength;
  a.attack_confidence = a.attacks.empty() ? 0 : std::clamp(1.5 * strength / static_cast<double>(a.attacks.size()), 0.0, 1.0);

  a.tuning_cents = notes.tuning_cents;
  a.harmony = find_harmony(notes, a.grid, a.length);
  a.sections = find_sections(heard.features, notes, a.grid, a.length);
  a.melody = find_melody(heard.features, a.attacks);
  // A voice alone has no chords to tell its key by.
  if (a.melody.monophonic >= kOneVoice)
    if (const HeardKey own = key_of(a.melody); own.confidence > a.harmony.key.confidence) a.harmony.key = own;

  a.loudness = heard.tally.loudness();
  a.short_term = heard.tally.short_term();
  a.spectrum = heard.tally.spectrum();
  a.mono_loss_db = heard.tally.mono_loss();
  a.width = heard.tally.width();
  return a;
}

}  // namespace figment::analysis
