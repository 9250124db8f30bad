#include "analysis/analysis.h"

#include <algorithm>
#include <cmath>

#include "analysis/beat_network.h"

namespace figment::analysis {
namespace {

// A file of a whole number of beats that begins on one: the tempo follows from its length.
int loop_beats(const BeatGrid& grid, Seconds length) {
  if (!grid.steady || grid.beats.size() < 3 || length.value > 120) return 0;
  const double beat = 60 / grid.tempo.value;
  const double count = length.value / beat;
  const int whole = static_cast<int>(std::lround(count));
  const double first = std::fmod(grid.beats.front().value, beat);
  const bool begins = std::min(first, beat - first) < 0.04;
  return whole >= 2 && begins && std::abs(count - whole) * beat < 0.02 + 0.002 * length.value ? whole : 0;
}

void lock_to_length(BeatGrid& grid, Seconds length, int beats) {
  const double beat = length.value / beats;
  grid.tempo = Bpm{60 / beat};
  std::vector<int> positions;
  for (int b = 0; b < beats; ++b) {
    // Positions are counted from the beat that is nearest to each.
    std::size_t nearest = 0;
    for (std::size_t i = 1; i < grid.beats.size(); ++i)
      if (std::abs(grid.beats[i].value - b * beat) < std::abs(grid.beats[nearest].value - b * beat)) nearest = i;
    positions.push_back(grid.positions[nearest]);
  }
  grid.beats.clear();
  for (int b = 0; b < beats; ++b) grid.beats.push_back(Seconds{b * beat});
  grid.positions = positions;
  for (TempoCandidate& c : grid.candidates) c.tempo = grid.tempo * std::round(c.tempo / grid.candidates.front().tempo * 6) * (1.0 / 6);
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
  a.attacks = find_attacks(heard.features);
  a.grid = find_beats(learned_activations(network, heard.features), a.attacks, heard.length, options);
  a.loop_beats = loop_beats(a.grid, a.length);
  if (a.loop_beats > 0) lock_to_length(a.grid, a.length, a.loop_beats);
  a.subdivision = find_subdivision(a.grid, a.attacks);
  double strength = 0;
  for (const Attack& attack : a.attacks) strength += attack.strength;
  a.attack_confidence = a.attacks.empty() ? 0 : std::clamp(1.5 * strength / static_cast<double>(a.attacks.size()), 0.0, 1.0);

  const Tonality notes = find_notes(heard.features);
  a.tuning_cents = notes.tuning_cents;
  a.harmony = find_harmony(notes, a.grid, a.length);
  a.sections = find_sections(heard.features, notes, a.grid, a.length);
  a.melody = find_melody(heard.features, a.attacks);

  a.loudness = heard.tally.loudness();
  a.short_term = heard.tally.short_term();
  a.spectrum = heard.tally.spectrum();
  a.mono_loss_db = heard.tally.mono_loss();
  a.width = heard.tally.width();
  a.condition = heard.condition;
  return a;
}

}  // namespace figment::analysis
