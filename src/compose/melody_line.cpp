#include "compose/melody_line.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "compose/harmony.h"

namespace figment::compose {
namespace {

using score::Chord;
using score::Stress;

BeatStrength strength_of(Stress stress) noexcept {
  return stress == Stress::Strong   ? BeatStrength::Strong
         : stress == Stress::Medium ? BeatStrength::Medium
                                    : BeatStrength::Weak;
}

bool stable_tone(const Chord& chord, int pitch) noexcept {
  const int above = score::pitch_class(pitch - chord.root);
  return above == 0 || above == 3 || above == 4 || above == 7;
}

// A half step above a tone of the chord: the note that wants down and spoils the chord when it stays.
bool avoid_tone(const Chord& chord, int pitch) noexcept { return !chord.contains(pitch) && chord.contains(pitch - 1); }

class Fitter {
 public:
  Fitter(const Plan& plan, std::vector<LineNote>& notes, const LineRules& rules)
      : plan_(plan),
        notes_(notes),
        rules_(rules),
        corpus_(melody_corpus(plan)),
        tonality_(score::minor_third(plan.key.mode) ? Tonality::Minor : Tonality::Major) {
    tabulate();
  }

  // No note above its ceiling; with `peaks`, climaxes exactly at theirs.
  void run(const std::vector<int>& ceilings, bool peaks) {
    build(ceilings);
    for (std::size_t i = 0; peaks && i < notes_.size(); ++i) {
      if (notes_[i].climax) cells_[i] = {{std::clamp(ceilings[i], rules_.low, rules_.high), 0}};
    }
    search();
  }

 private:
  struct Cell {
    int pitch;
    double cost;
  };

  void build(const std::vector<int>& ceilings) {
    cells_.assign(notes_.size(), {});
    chords_.assign(notes_.size(), nullptr);
    const auto five = pentatonic_set(plan_.key);
    for (std::size_t i = 0; i < notes_.size(); ++i) {
      const LineNote& note = notes_[i];
      const Chord* chord = score::chord_at(plan_.chords, note.start + Beats{1e-6});
      // A note pushed ahead of the chord that it sounds into belongs to that chord.
      if (plan_.stress_at(note.start) == Stress::Weak && note.length > Beats{0.5}) {
        const Chord* ahead = score::chord_at(plan_.chords, note.start + Beats{0.5 + 1e-6});
        if (ahead) chord = ahead;
      }
      chords_[i] = chord;
      const PitchSet scale = chord ? chord_scale(*chord, plan_.key) : PitchSet{};
      const int ceiling = std::min(rules_.high, ceilings[i]);
      for (int reach = 5; cells_[i].empty() && reach < 128; reach += 7) {
        const int from = std::max(rules_.low, static_cast<int>(std::floor(note.wish)) - reach);
        const int to = std::min(ceiling, static_cast<int>(std::ceil(note.wish)) + reach);
        for (int pitch = from; pitch <= to; ++pitch) {
          const auto pc = static_cast<std::size_t>(score::pitch_class(pitch));
          const bool tone = chord && chord->contains(pitch);
          if (!tone && !(chord ? scale[pc] : plan_.key.contains(pitch))) continue;
          if (!tone && rules_.pentatonic && !five[pc]) continue;
          cells_[i].push_back({pitch, own_cost(i, pitch, tone)});
        }
      }
      if (cells_[i].empty()) {
        cells_[i].push_back(
            {std::clamp(static_cast<int>(std::lround(note.wish)), rules_.low, std::max(rules_.low, ceiling)), 0});
      }
    }
  }

  [[nodiscard]] double own_cost(std::size_t i, int pitch, bool tone) const {
    const LineNote& note = notes_[i];
    double cost = 0.45 * rules_.fidelity * std::abs(pitch - note.wish);
    const Chord* chord = chords_[i];
    if (!chord) return cost;
    const Stress stress = plan_.stress_at(note.start);
    if (!tone) {
      cost += stress == Stress::Strong ? 7 : stress == Stress::Medium ? 2.5 : 0.3;
      if (note.length >= Beats{1}) cost += 4;
      if (note.ends) cost += 5;
      if (avoid_tone(*chord, pitch)) cost += note.length >= Beats{0.5} ? 2.5 : 0.6;
      // A chord that changes under a held dissonance at least should make it a consonance.
    } else if (note.ends && !stable_tone(*chord, pitch)) {
      cost += 1.5;
    }
    // Where a line rests it says the key: real melodies end their phrases on the tonic and the fifth of the key, far
    // less often on other tones of the chord.
    if (note.ends || note.length >= Beats{1}) cost += (note.ends ? 1.2 : 0.6) * rest_[degree_of(pitch)];
    return cost;
  }

  [[nodiscard]] std::size_t degree_of(int pitch) const {
    return static_cast<std::size_t>(scale_place(score::pitch_class(pitch - plan_.key.tonic), tonality_).degree);
  }

  // A move from one pitch to the next: what it costs in itself, and where its learned weight stands in the table.
  struct Move {
    double cost = 0;
    std::size_t learned = 0;  // of Approach::None
    bool counted = false;
  };

  static std::size_t entry(std::size_t came, int steps, BeatStrength strength, ToneKind kind) noexcept {
    return ((came * (2 * widest_interval + 1) + static_cast<std::size_t>(steps + widest_interval)) * 3 +
            static_cast<std::size_t>(strength)) *
               3 +
           static_cast<std::size_t>(kind);
  }
  static constexpr std::size_t kEntriesPerApproach = (2 * widest_interval + 1) * 9;

  void tabulate() {
    const PhraseStatistics& phrases = plan_.learned->phrases(corpus_, tonality_);
    std::array<double, 7> endings{};
    for (std::size_t d = 0; d < endings.size(); ++d)
      endings[d] = (phrases.inner_degree[d] + phrases.final_degree[d]) / 2 + 1e-3;
    const double likeliest = *std::max_element(endings.begin(), endings.end());
    for (std::size_t d = 0; d < endings.size(); ++d) rest_[d] = -std::log(endings[d] / likeliest);
    learned_.resize(approach_count * kEntriesPerApproach);
    for (std::size_t came = 0; came < approach_count; ++came) {
      for (int steps = -widest_interval; steps <= widest_interval; ++steps) {
        for (int strength = 0; strength < 3; ++strength) {
          for (int kind = 0; kind < 3; ++kind) {
            const auto s = static_cast<BeatStrength>(strength);
            const auto k = static_cast<ToneKind>(kind);
            const double w = plan_.learned->melody_step_weight(corpus_, static_cast<Approach>(came), steps, s, k);
            learned_[entry(came, steps, s, k)] = -0.25 * std::log(std::max(w, 1e-4));
          }
        }
      }
    }
  }

  [[nodiscard]] Move move(std::size_t i, int before, int now) const {
    if (notes_[i].begins) return {std::max(0, std::abs(now - before) - 9) * 0.3, 0, false};
    const int moved = now - before;
    const double wished = notes_[i].wish - notes_[i - 1].wish;
    double cost = 0;
    if (std::abs(wished) < 0.5)
      cost += moved != 0 ? 1.6 : 0;
    else if (moved == 0)
      cost += 1.0;
    else if ((moved > 0) != (wished > 0))
      cost += 1.8;
    if (std::abs(moved) > 7) cost += (std::abs(moved) - 7) * 0.7;
    if (std::abs(moved) > 5) cost += 1.5;
    if (std::abs(moved) == 6) cost += 1.5;
    const Chord* chord = chords_[i];
    const Chord* old = chords_[i - 1];
    if (std::abs(moved) > 4) {
      if (old && !old->contains(before)) cost += 3;
      if (chord && !chord->contains(now)) cost += 2;
    }
    const int steps = diatonic_steps(before - plan_.key.tonic, now - plan_.key.tonic, tonality_);
    if (std::abs(steps) > widest_interval) return {cost + 3, 0, false};
    const ToneKind kind = chord && chord->contains(now) ? ToneKind::ChordTone
                          : plan_.key.contains(now)     ? ToneKind::Diatonic
                                                        : ToneKind::Chromatic;
    return {cost, entry(0, steps, strength_of(plan_.stress_at(notes_[i].start)), kind), true};
  }

  [[nodiscard]] double triple_cost(std::size_t i, int first, int second, int third) const {
    if (notes_[i].begins || notes_[i - 1].begins) return 0;
    const int leap = second - first, answer = third - second;
    if (std::abs(leap) <= 4) return 0;
    const bool back = answer != 0 && (answer > 0) != (leap > 0);
    if (std::abs(leap) == 5) return !back && std::abs(answer) > 4 ? 1.5 : 0;
    if (back && std::abs(answer) <= 2) return 0;
    return back && std::abs(answer) <= 4 ? 2.5 : 12;
  }

  // Viterbi; the state is (pitch of i - 1, pitch of i).
  void search() {
    const std::size_t n = notes_.size();
    if (n == 0) return;
    std::vector<std::vector<std::vector<int>>> from(n);
    std::vector<std::vector<double>> cost(1, std::vector<double>(cells_[0].size()));
    for (std::size_t b = 0; b < cells_[0].size(); ++b) cost[0][b] = cells_[0][b].cost;
    for (std::size_t i = 1; i < n; ++i) {
      const auto& old = cells_[i - 1];
      const auto& now = cells_[i];
      std::vector<std::vector<double>> next(old.size(),
                                            std::vector<double>(now.size(), std::numeric_limits<double>::max()));
      from[i].assign(old.size(), std::vector<int>(now.size(), 0));
      std::vector<Move> moves;
      for (const Cell& b : old) {
        for (const Cell& c : now) moves.push_back(move(i, b.pitch, c.pitch));
      }
      for (std::size_t a = 0; a < cost.size(); ++a) {
        for (std::size_t b = 0; b < old.size(); ++b) {
          const bool first = i == 1 || notes_[i - 1].begins;
          const Approach came = first ? Approach::None
                                      : approach(diatonic_steps(cells_[i - 2][a].pitch - plan_.key.tonic,
                                                                old[b].pitch - plan_.key.tonic, tonality_));
          for (std::size_t c = 0; c < now.size(); ++c) {
            double total = cost[a][b] + now[c].cost;
            if (total >= next[b][c]) continue;
            const Move& m = moves[b * now.size() + c];
            total += m.cost;
            if (m.counted) total += learned_[m.learned + static_cast<std::size_t>(came) * kEntriesPerApproach];
            if (i > 1) total += triple_cost(i, cells_[i - 2][a].pitch, old[b].pitch, now[c].pitch);
            if (total < next[b][c]) {
              next[b][c] = total;
              from[i][b][c] = static_cast<int>(a);
            }
          }
        }
      }
      cost = std::move(next);
    }
    std::size_t best_a = 0, best_b = 0;
    double least = std::numeric_limits<double>::max();
    for (std::size_t a = 0; a < cost.size(); ++a) {
      for (std::size_t b = 0; b < cost[a].size(); ++b) {
        if (cost[a][b] < least) {
          least = cost[a][b];
          best_a = a;
          best_b = b;
        }
      }
    }
    for (std::size_t i = n; i-- > 0;) {
      notes_[i].pitch = cells_[i][best_b].pitch;
      if (i == 0) break;
      const auto older = static_cast<std::size_t>(from[i][best_a][best_b]);
      best_b = best_a;
      best_a = older;
    }
  }

  const Plan& plan_;
  std::vector<LineNote>& notes_;
  const LineRules& rules_;
  Corpus corpus_;
  Tonality tonality_;
  std::vector<std::vector<Cell>> cells_;
  std::vector<const Chord*> chords_;
  std::vector<double> learned_;   // -log weight by entry()
  std::array<double, 7> rest_{};  // by degree: what it costs to rest there
};

// Bars that the tables know, put together to the length of one bar of the song. Lengths in sixteenths.
struct Piece {
  std::string_view metre;
  int from, slots;
};
std::vector<Piece> pieces_of(const score::Metre& metre) {
  const int slots = static_cast<int>(std::lround(metre.bar().value * 4));
  if (metre.compound()) {
    std::vector<Piece> result;
    for (int at = 0; at < slots; at += 12) result.push_back({"6/8", 0, std::min(12, slots - at)});
    return result;
  }
  if (slots == 12) return {{"3/4", 0, 12}};
  if (slots == 14) return {{"2/4", 0, 8}, {"6/8", 0, 6}};
  if (slots == 20) return {{"3/4", 0, 12}, {"2/4", 0, 8}};
  if (slots == 10) return {{"6/8", 0, 6}, {"2/4", 0, 4}};
  std::vector<Piece> result;
  for (int at = 0; at < slots;) {
    const int left = slots - at;
    if (left >= 16) {
      result.push_back({"4/4", 0, 16});
      at += 16;
    } else if (left >= 12) {
      result.push_back({"3/4", 0, 12});
      at += 12;
    } else {
      const int take = std::min(8, left);
      result.push_back({"2/4", 0, take});
      at += take;
    }
  }
  return result;
}

// A climax wished for where the line would have to jump is moved to the note of its phrase that can be the highest with
// the least ado; late ones first.
void move_climaxes(std::vector<LineNote>& notes) {
  for (std::size_t i = 0; i < notes.size(); ++i) {
    if (!notes[i].climax) continue;
    const int phrase = notes[i].phrase;
    std::size_t best = i, first = notes.size(), count = 0;
    double least = 1e9;
    for (std::size_t j = 0; j < notes.size(); ++j) {
      if (notes[j].phrase == phrase) {
        first = std::min(first, j);
        ++count;
      }
    }
    for (std::size_t j = first; j < notes.size(); ++j) {
      if (notes[j].phrase != phrase) continue;
      int others = 0;
      for (std::size_t k = first; k < notes.size(); ++k) {
        if (k != j && notes[k].phrase == phrase) others = std::max(others, notes[k].pitch);
      }
      const int needed = std::max(notes[j].pitch, others + 1);
      double ado = needed - notes[j].pitch;
      if (!notes[j].begins && j > 0) ado += 2.0 * std::max(0, needed - notes[j - 1].pitch - 5);
      if (!notes[j].ends && j + 1 < notes.size()) ado += 2.0 * std::max(0, needed - notes[j + 1].pitch - 3);
      if (j - first < count / 2) ado += 3;
      if (j != i) ado += 0.5;
      if (ado < least) {
        least = ado;
        best = j;
      }
    }
    if (best != i) {
      notes[i].climax = false;
      notes[best].climax = true;
      if (best > i) i = best;  // seen
    }
  }
}

}  // namespace

void fit_line(const Plan& plan, std::vector<LineNote>& notes, const LineRules& rules) {
  if (notes.empty()) return;
  std::vector<int> ceilings(notes.size(), 127);
  Fitter fitter(plan, notes, rules);
  fitter.run(ceilings, false);
  move_climaxes(notes);
  // One climax a phrase: where another note is as high, it has to stay below, and the climax may rise.
  bool again = false;
  for (std::size_t i = 0; i < notes.size(); ++i) {
    if (!notes[i].climax) continue;
    int highest = 0;
    for (std::size_t j = 0; j < notes.size(); ++j) {
      if (j != i && notes[j].phrase == notes[i].phrase) highest = std::max(highest, notes[j].pitch);
    }
    const Chord* chord = score::chord_at(plan.chords, notes[i].start + Beats{1e-6});
    int peak = std::max(notes[i].pitch, highest + 1);
    while (peak < rules.high && chord && !chord->contains(peak)) ++peak;
    if (peak > rules.high || peak - highest > 7 || (chord && !chord->contains(peak))) {
      peak = std::min(rules.high, std::max(notes[i].pitch, highest));
      while (peak > rules.low && chord && !chord->contains(peak)) --peak;
    }
    again = true;
    notes[i].wish = peak;
    for (std::size_t j = 0; j < notes.size(); ++j) {
      if (j != i && notes[j].phrase == notes[i].phrase) ceilings[j] = std::max(rules.low, peak - 1);
    }
    ceilings[i] = std::max(rules.low, peak);
  }
  if (!again) return;
  LineRules firm = rules;
  Fitter second(plan, notes, firm);
  second.run(ceilings, true);
}

Corpus melody_corpus(const Plan& plan) noexcept {
  const std::string& word = plan.style->melody.corpus;
  return word == "folk" ? Corpus::Folk : word == "chorale" ? Corpus::Chorale : Corpus::Pop;
}

std::vector<Beats> draw_bar_rhythm(const Plan& plan, double density, double syncopation, Random& random,
                                   BarPlace place) {
  const Corpus corpus = melody_corpus(plan);
  std::vector<Beats> onsets;
  int at = 0;
  for (const Piece& piece : pieces_of(plan.metre)) {
    const auto bars = plan.learned->bar_rhythms(corpus, piece.metre, place);
    const double wanted = 1 + std::pow(density, 1.2) * (piece.slots - 1) * 0.8;
    std::vector<double> weights;
    for (const auto& bar : bars) {
      double count = 0, off = 0;
      for (int slot : bar.onsets) {
        if (slot < piece.from || slot >= piece.from + piece.slots) continue;
        ++count;
        if (beat_strength(piece.metre, slot) == BeatStrength::Weak) ++off;
      }
      if (count == 0) {
        weights.push_back(0);
        continue;
      }
      const double miss = (count - wanted) / std::max(1.0, 0.3 * wanted);
      const double loose = off / count - syncopation * 0.9;
      weights.push_back(std::sqrt(bar.probability) * std::exp(-0.5 * miss * miss) * std::exp(-4 * loose * loose));
    }
    const auto& chosen = bars[plan.chooser->choose("melody.rhythm", weights, random)];
    for (int slot : chosen.onsets) {
      if (slot >= piece.from && slot < piece.from + piece.slots)
        onsets.push_back(Beats{(at + slot - piece.from) / 4.0});
    }
    at += piece.slots;
  }
  std::erase_if(onsets, [&](Beats b) { return b >= plan.metre.bar() - Beats{1e-9}; });
  if (onsets.empty()) onsets.push_back(Beats{0});
  return onsets;
}

std::array<bool, 12> pentatonic_set(const score::Key& key) noexcept {
  std::array<bool, 12> set{};
  // Leave out the two degrees that make half steps.
  const std::array<int, 5> degrees =
      score::minor_third(key.mode) ? std::array<int, 5>{0, 2, 3, 4, 6} : std::array<int, 5>{0, 1, 2, 4, 5};
  for (int d : degrees) set[static_cast<std::size_t>(score::pitch_class(key.note(d, 4)))] = true;
  return set;
}

int degree_pitch(const score::Key& key, int degree) noexcept { return key.note(degree, 4); }

int nearest_chord_degree(const score::Key& key, const Chord& chord, double pitch) noexcept {
  int best = 0;
  double least = 1e9;
  for (int degree = -21; degree <= 28; ++degree) {
    const int note = degree_pitch(key, degree);
    const double cost = std::abs(note - pitch) + (chord.contains(note) ? 0 : 100);
    if (cost < least) {
      least = cost;
      best = degree;
    }
  }
  return best;
}

}  // namespace figment::compose
