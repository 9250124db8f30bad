#include "compose/learned.h"

#include <algorithm>
#include <cassert>

namespace figment::compose {
namespace {

// As many successors as a pair of chords is worth against the three before it.
constexpr double first_order_worth = 5.0;

std::size_t lag_index(int lag) noexcept { return lag <= 1 ? 0 : lag == 2 ? 1 : lag <= 4 ? 2 : 3; }

}  // namespace

const Learned::MelodyTable& Learned::melody(Corpus corpus) const noexcept {
  return melody_[static_cast<std::size_t>(corpus)];
}

const Learned::ChordTable& Learned::harmony(Corpus corpus, Tonality tonality) const noexcept {
  return harmony_[static_cast<std::size_t>(corpus)][static_cast<std::size_t>(tonality)];
}

const Learned::Rhythm& Learned::rhythm(Corpus corpus, std::string_view metre) const noexcept {
  const auto& own = melody(corpus).rhythm;
  if (const auto found = own.find(metre); found != own.end()) return found->second;
  const auto& folk = melody(Corpus::Folk).rhythm;
  if (const auto found = folk.find(metre); found != folk.end()) return found->second;
  if (const auto found = own.find("4/4"); found != own.end()) return found->second;
  return folk.find("4/4")->second;  // the reader saw to it that this exists
}

double Learned::melody_step_weight(Corpus corpus, Approach previous, int interval, BeatStrength strength,
                                   ToneKind kind) const noexcept {
  if (interval < -widest_interval || interval > widest_interval) return 0.0;
  const auto row = static_cast<std::size_t>(previous) * (2 * widest_interval + 1) +
                   static_cast<std::size_t>(interval + widest_interval);
  return melody(corpus).step[(row * 3 + static_cast<std::size_t>(strength)) * 3 + static_cast<std::size_t>(kind)];
}

double Learned::degree_weight(Corpus corpus, Tonality tonality, int from, int to) const noexcept {
  const auto degree = [](int any) { return static_cast<std::size_t>(((any % 7) + 7) % 7); };
  return melody(corpus).degree[(static_cast<std::size_t>(tonality) * 7 + degree(from)) * 7 + degree(to)];
}

std::span<const BarRhythm> Learned::bar_rhythms(Corpus corpus, std::string_view metre, BarPlace place) const noexcept {
  return rhythm(corpus, metre).bars[static_cast<std::size_t>(place)];
}

double Learned::onset_probability(Corpus corpus, std::string_view metre, int slot, unsigned before) const noexcept {
  const auto& table = rhythm(corpus, metre).onset;
  const int slots = static_cast<int>(table.size());
  return table[static_cast<std::size_t>(((slot % slots) + slots) % slots)][before & 7U];
}

Articulation Learned::articulation(Corpus corpus, int slots) const noexcept {
  return melody(corpus).articulation[static_cast<std::size_t>(std::clamp(slots, 1, 16) - 1)];
}

RhythmSources Learned::rhythm_sources(Corpus corpus) const noexcept { return melody(corpus).sources; }

double Learned::pitch_follows_rhythm(Corpus corpus, int lag) const noexcept {
  return melody(corpus).pitch_follows[lag_index(lag)];
}

std::span<const ContourPrototype> Learned::contour_prototypes(Corpus corpus) const noexcept {
  return melody(corpus).contours;
}

const PhraseStatistics& Learned::phrases(Corpus corpus, Tonality tonality) const noexcept {
  return melody(corpus).phrases[static_cast<std::size_t>(tonality)];
}

std::span<const WeightedChord> Learned::chords(Corpus corpus, Tonality tonality) const noexcept {
  return harmony(corpus, tonality).chords;
}

// The chord itself, or the commonest one on the same root with the same third: V9 and V7sus behave like V.
std::optional<std::size_t> Learned::find(const ChordTable& table, KeyChord chord) const noexcept {
  std::optional<std::size_t> relative;
  for (std::size_t i = 0; i < table.chords.size(); ++i) {
    const KeyChord& known = table.chords[i].chord;
    if (known == chord) return i;
    if (!relative && known.root == chord.root && tones(known.kind)[1] == tones(chord.kind)[1]) relative = i;
  }
  return relative;
}

std::vector<double> Learned::following(const ChordTable& table, KeyChord previous,
                                       std::optional<KeyChord> before_previous) const {
  const std::size_t count = table.chords.size();
  std::vector<double> result(count);
  const auto last = find(table, previous);
  if (!last) {
    for (std::size_t i = 0; i < count; ++i) result[i] = table.chords[i].probability;
    return result;
  }
  const auto row = table.first.begin() + static_cast<std::ptrdiff_t>(*last * count);
  std::copy(row, row + static_cast<std::ptrdiff_t>(count), result.begin());
  const auto before = before_previous ? find(table, *before_previous) : std::nullopt;
  if (!before) return result;
  const auto pair = table.second.find({*before, *last});
  if (pair == table.second.end()) return result;
  // What was seen but too rarely to be listed is spread as the first order spreads it.
  const double total = pair->second.seen + first_order_worth;
  double listed = 0.0;
  for (const auto& entry : pair->second.counts) listed += entry.second;
  for (double& probability : result) probability *= (total - listed) / total;
  for (const auto& [next, times] : pair->second.counts) result[next] += times / total;
  return result;
}

std::vector<WeightedChord> Learned::next_chord_weights(Corpus corpus, Tonality tonality, KeyChord previous,
                                                       std::optional<KeyChord> before_previous) const {
  const ChordTable& table = harmony(corpus, tonality);
  const std::vector<double> probability = following(table, previous, before_previous);
  std::vector<WeightedChord> result;
  for (std::size_t i = 0; i < probability.size(); ++i) {
    if (probability[i] > 0.0) result.push_back({table.chords[i].chord, probability[i]});
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const WeightedChord& a, const WeightedChord& b) { return a.probability > b.probability; });
  return result;
}

double Learned::chord_probability(Corpus corpus, Tonality tonality, KeyChord next, KeyChord previous,
                                  std::optional<KeyChord> before_previous) const {
  const ChordTable& table = harmony(corpus, tonality);
  const auto index = find(table, next);
  return index ? following(table, previous, before_previous)[*index] : 0.0;
}

std::span<const ChordLength> Learned::chord_lengths(Corpus corpus, std::string_view metre) const noexcept {
  for (const Corpus from : {corpus, Corpus::Folk}) {
    const auto& lengths = chord_lengths_[static_cast<std::size_t>(from)];
    if (const auto found = lengths.find(metre); found != lengths.end()) return found->second;
  }
  return chord_lengths_[static_cast<std::size_t>(corpus)].find("4/4")->second;  // the reader saw to it
}

std::span<const ChordLoop> Learned::chord_loops(Tonality tonality) const noexcept {
  return chord_loops_[static_cast<std::size_t>(tonality)];
}

std::span<const Cadence> Learned::cadences(Corpus corpus, Tonality tonality, bool final) const noexcept {
  return harmony(corpus, tonality).cadences[final ? 1 : 0];
}

std::span<const DrumPattern> Learned::drum_styles() const noexcept { return drum_styles_; }

std::span<const DrumPattern> Learned::drum_families() const noexcept { return drum_families_; }

std::vector<const DrumPattern*> Learned::drum_patterns(std::string_view name) const {
  std::vector<const DrumPattern*> result;
  for (const bool exact : {true, false}) {
    for (const auto* list : {&drum_families_, &drum_styles_}) {
      for (const DrumPattern& pattern : *list) {
        const bool fits =
            exact ? pattern.name == name || pattern.family == name : pattern.name.find(name) != std::string::npos;
        if (fits) result.push_back(&pattern);
      }
    }
    if (!result.empty() || name.empty()) break;
  }
  return result;
}

}  // namespace figment::compose
