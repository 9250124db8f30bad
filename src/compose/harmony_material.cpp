#include "compose/harmony_material.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "compose/harmony.h"

namespace figment::compose {
namespace {

using score::Chord;
using score::Key;
using score::Mode;

bool diminished(const Chord& chord) noexcept { return chord.has(3) && chord.has(6) && !chord.has(7); }

int outside(const Chord& chord, const Key& key) noexcept {
  int count = 0;
  for (int interval : chord.intervals) count += key.contains(chord.root + interval) ? 0 : 1;
  return count;
}

// Modes that are heard as themselves only while no chord leaves them.
bool strict_mode(Mode mode) noexcept {
  return mode != Mode::Major && mode != Mode::Minor && mode != Mode::HarmonicMinor && mode != Mode::MelodicMinor;
}

// A chord that the style wrote for major or minor, as the asked mode has it.
Chord in_mode(const Chord& chord, const Key& key) {
  if (key.mode == Mode::HarmonicMinor && score::pitch_class(chord.root - key.tonic) == 7 && chord.has(3)) {
    Chord major = chord;
    std::replace(major.intervals.begin(), major.intervals.end(), 3, 4);
    return major;
  }
  if (!strict_mode(key.mode) || outside(chord, key) == 0) return chord;
  int degree = key.degree_of(60 + score::pitch_class(key.snap(60 + chord.root)));
  if (degree != 0 && diminished(diatonic_triad(key, degree))) {
    degree = (degree + (key.mode == Mode::Phrygian ? 2 : 5)) % 7;  // its relative: two tones in common
  }
  Chord result = diatonic_triad(key, degree);
  const bool seventh = chord.has(10) || chord.has(11);
  if (seventh) {
    for (int interval : {10, 11}) {
      if (key.contains(result.root + interval)) result.intervals.push_back(interval);
    }
  }
  return result;
}

// Colours are the style's own affair: of the learned chord only the dominant keeps its seventh.
Chord from_learned(const KeyChord& chord, const Key& key) {
  auto tones_above = tones(chord.kind);
  switch (chord.kind) {
    case ChordKind::Major7:
    case ChordKind::Major6:
      tones_above = tones(ChordKind::Major);
      break;
    case ChordKind::Minor7:
    case ChordKind::Minor6:
      tones_above = tones(ChordKind::Minor);
      break;
    default:
      break;
  }
  return {score::pitch_class(key.tonic + chord.root), {tones_above.begin(), tones_above.end()}, -1};
}

// Whether a progression's home chord has the mode's third (a dominant seventh, as in the blues, may be home anywhere).
bool at_home(const Progression& progression, const Key& key) {
  for (const auto& numeral : progression.numerals) {
    const Chord chord = score::parse_roman(numeral, key);
    if (chord.root != key.tonic || dominant_seventh(chord)) continue;
    if (chord.has(score::minor_third(key.mode) ? 4 : 3)) return false;
  }
  return true;
}

Corpus corpus_of(const std::string& word) noexcept {
  return word == "folk" ? Corpus::Folk : word == "chorale" ? Corpus::Chorale : Corpus::Pop;
}

double mode_fit(const Chord& chord, const Plan& plan) noexcept {
  const Key& key = plan.key;
  int strangers = outside(chord, key);
  // The raised leading note belongs to minor as much as the natural one.
  const bool dominant = score::pitch_class(chord.root - key.tonic) == 7 && chord.has(4);
  if (strangers > 0 && dominant && (key.mode == Mode::Minor || key.mode == Mode::MelodicMinor)) --strangers;
  if (strangers > 0) return 0.08 * plan.style->harmony.borrowed;
  double fit = 1;
  if (diminished(chord) && score::pitch_class(chord.root - key.tonic) != 0) fit *= 0.15;
  if (chord.has(8)) fit *= 0.1;  // augmented
  if (strict_mode(key.mode)) {    // the tone by which the mode is known
    const int colour = key.mode == Mode::Dorian       ? 9
                       : key.mode == Mode::Lydian     ? 6
                       : key.mode == Mode::Mixolydian ? 10
                                                      : 1;
    if (chord.contains(60 + key.tonic + colour)) fit *= 2.5;
  }
  return fit;
}

// What each of n chords should do: open at home, move away, come back.
std::vector<Function> function_plan(std::size_t n, bool from_home, Random& random) {
  std::vector<Function> plan(n, Function::Other);
  if (n == 0) return plan;
  plan[0] = from_home ? Function::Tonic : Function::Other;
  if (n >= 3) plan[n - 2] = random.chance(0.7) ? Function::Predominant : Function::Other;
  if (n >= 2) plan[n - 1] = random.chance(0.75) ? Function::Dominant : Function::Predominant;
  return plan;
}

double function_fit(const Chord& chord, const Key& key, Function wanted) noexcept {
  if (wanted == Function::Other) return 1;
  return function_of(chord, key) == wanted ? 1 : 0.12;
}

struct Candidate {
  Chord chord;
  KeyChord learned;
  double weight;
};

std::vector<Candidate> candidates_after(const Plan& plan, Tonality tonality, const std::vector<KeyChord>& before) {
  std::vector<Candidate> result;
  if (plan.learned) {
    const Corpus corpus = corpus_of(plan.style->harmony.corpus);
    if (before.empty()) {
      for (const auto& w : plan.learned->chords(corpus, tonality)) {
        result.push_back({from_learned(w.chord, plan.key), w.chord, w.probability});
      }
    } else {
      const auto older = before.size() > 1 ? std::optional<KeyChord>(before[before.size() - 2]) : std::nullopt;
      for (const auto& w : plan.learned->next_chord_weights(corpus, tonality, before.back(), older)) {
        result.push_back({from_learned(w.chord, plan.key), w.chord, w.probability});
      }
    }
  }
  double usable = 0;
  for (const auto& c : result) usable += c.weight * mode_fit(c.chord, plan);
  if (usable > 0.02) return result;
  // The tables know major and minor; other modes are served by their own triads.
  result.clear();
  constexpr std::array<double, 7> usual{3, 1.2, 0.6, 2, 2, 1.6, 1};
  for (int degree = 0; degree < 7; ++degree) {
    const Chord chord = diatonic_triad(plan.key, degree);
    const ChordKind kind = diminished(chord) ? ChordKind::Diminished
                           : chord.has(3)   ? ChordKind::Minor
                                             : ChordKind::Major;
    const KeyChord known{score::pitch_class(chord.root - plan.key.tonic), kind};
    const bool again = !before.empty() && before.back() == known;
    result.push_back({chord, known, again ? 0 : usual[static_cast<std::size_t>(degree)]});
  }
  return result;
}

// A cycle of fifths that comes home: … iii vi ii V I, as jazz writes it.
Material cycle_of_fifths(const Plan& plan, std::size_t n, Random& random) {
  Material result;
  const bool minor = score::minor_third(plan.key.mode);
  std::vector<std::string> backwards =
      minor ? std::vector<std::string>{"V7", "iiø7", random.chance(0.5) ? "VImaj7" : "i7", "i7"}
            : std::vector<std::string>{"V7", "ii7", random.chance(0.4) ? "VI7" : "vi7",
                                       random.chance(0.5) ? "Imaj7" : "iii7"};
  if (n == 8) {
    // The first half goes to the subdominant or stays, the second comes home.
    const std::vector<std::string> opening =
        minor ? (random.chance(0.5) ? std::vector<std::string>{"i7", "iv7", "VII7", "IIImaj7"}
                                    : std::vector<std::string>{"i7", "i7", "iiø7", "V7"})
              : (random.chance(0.5) ? std::vector<std::string>{"Imaj7", "I7", "IVmaj7", "iv7"}
                                    : std::vector<std::string>{"Imaj7", "vi7", "ii7", "V7"});
    for (const auto& numeral : opening) result.push_back({score::parse_roman(numeral, plan.key), 1, -1});
  }
  for (std::size_t i = std::min<std::size_t>(4, n); i-- > 0;) {
    result.push_back({score::parse_roman(backwards[i], plan.key), 1, -1});
  }
  for (std::size_t i = 0; i + 1 < result.size(); ++i) {
    const int next = result[i + 1].chord.root;
    if (dominant_seventh(result[i].chord) && score::pitch_class(result[i].chord.root + 5) == next) result[i].target = next;
  }
  return result;
}

Material generated(const Plan& plan, const std::string& kind, int bars, double each, Random& random) {
  const bool jazz = plan.style->family == "jazz" && !strict_mode(plan.key.mode);
  const bool eight = bars >= 8 && random.chance(jazz || plan.style->harmony.cadence ? 0.4 : 0.15);
  const std::size_t n = each >= 2 ? (eight ? 4 : 2) : each <= 0.5 ? (eight ? 16 : 8) : (eight ? 8 : 4);
  if (jazz && each == 1) return cycle_of_fifths(plan, eight ? 8 : 4, random);

  const Tonality tonality = score::minor_third(plan.key.mode) ? Tonality::Minor : Tonality::Major;
  if (plan.learned && each <= 1 && !strict_mode(plan.key.mode) && plan.style->harmony.corpus == "pop" &&
      random.chance(0.5)) {
    const auto loops = plan.learned->chord_loops(tonality);
    std::vector<double> weights;
    for (const auto& loop : loops) {
      double w = std::sqrt(loop.probability) * (loop.chords.size() >= 3 ? 1 : 0.3);
      for (const auto& chord : loop.chords) w *= mode_fit(from_learned(chord, plan.key), plan);
      weights.push_back(w);
    }
    if (std::accumulate(weights.begin(), weights.end(), 0.0) > 0) {
      const auto& loop = loops[plan.chooser->choose("chord.loop", weights, random)];
      Material result;
      double beats = 0;
      for (std::size_t i = 0; i < loop.chords.size(); ++i) {
        result.push_back({from_learned(loop.chords[i], plan.key), loop.beats[i] / 4, -1});
        beats += loop.beats[i];
      }
      if (std::abs(std::remainder(beats, 4)) < 1e-9) return result;
    }
  }
  const bool from_home =
      kind == "verse" || kind == "intro" || random.chance(kind == "bridge" || kind == "pre-chorus" ? 0.1 : 0.5);
  const auto functions = function_plan(n, from_home, random);
  std::vector<KeyChord> chords;
  Material result;
  for (std::size_t i = 0; i < n; ++i) {
    const auto candidates = candidates_after(plan, tonality, chords);
    std::vector<double> weights;
    for (const auto& c : candidates) {
      double w = c.weight * mode_fit(c.chord, plan) * function_fit(c.chord, plan.key, functions[i]);
      if (i == n / 2 && n >= 8) w *= function_of(c.chord, plan.key) == Function::Tonic ? 2 : 1;
      const bool suspended = !c.chord.has(3) && !c.chord.has(4);
      if (suspended) w *= 0.3;
      if (i > 0 && c.learned.root == chords.back().root) w *= 0.05;
      if (i + 1 == n && n > 1 && c.learned.root == chords.front().root) w = 0;  // a loop that stands still at its seam
      weights.push_back(w);
    }
    const std::size_t chosen = plan.chooser->choose("chord.next", weights, random);
    chords.push_back(candidates[chosen].learned);
    result.push_back({candidates[chosen].chord, each, -1});
  }
  if (plan.style->harmony.cadence && plan.learned && n >= 4 && !strict_mode(plan.key.mode)) {
    const auto known = plan.learned->cadences(corpus_of(plan.style->harmony.corpus), tonality, kind == "chorus");
    std::vector<double> weights;
    for (const auto& cadence : known) {
      double w = cadence.probability;
      for (const auto& chord : cadence.chords) w *= mode_fit(from_learned(chord, plan.key), plan);
      if (cadence.chords[0] == chords[n - 4]) w *= 0.2;
      weights.push_back(w);
    }
    if (!weights.empty() && std::accumulate(weights.begin(), weights.end(), 0.0) > 0) {
      const auto& cadence = known[plan.chooser->choose("chord.cadence", weights, random)];
      for (std::size_t i = 0; i < 3; ++i) result[n - 3 + i].chord = from_learned(cadence.chords[i], plan.key);
    }
  }
  // A dominant from outside the key has to go where it leads; one that does not is the key's own chord.
  for (std::size_t i = 0; i < result.size(); ++i) {
    Chord& chord = result[i].chord;
    if (!dominant_seventh(chord) || outside(chord, plan.key) == 0 || score::pitch_class(chord.root - plan.key.tonic) == 7) continue;
    const int goal = score::pitch_class(chord.root + 5);
    if (i + 1 < result.size() && result[i + 1].chord.root == goal)
      result[i].target = goal;
    else
      chord = diatonic_triad(plan.key, plan.key.degree_of(60 + chord.root));
  }
  return result;
}

bool same_chords(const Material& a, const Material& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Slot& x, const Slot& y) { return x.chord.root == y.chord.root && x.bars == y.bars; });
}

// How long a progression's chord is, in bars of the song. A length that fits the song's bar is taken as it is; another
// was written for 4/4.
double bars_of(Beats each, const score::Metre& metre) {
  const double ratio = each / metre.bar();
  for (double fit : {0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 8.0}) {
    if (std::abs(ratio - fit) < 1e-6) return fit;
  }
  const double written = each.value / 4;
  return written >= 0.75 ? std::max(1.0, std::round(written)) : written >= 0.375 ? 0.5 : 0.25;
}

// An applied chord between a chord and the next: the second half of the first gives way.
void embellish(Material& material, const Plan& plan, Random& random) {
  const double borrowed = plan.style->harmony.borrowed;
  if (borrowed <= 0 || plan.style->harmony.voicing == "power" || strict_mode(plan.key.mode)) return;
  const double bars =
      std::accumulate(material.begin(), material.end(), 0.0, [](double sum, const Slot& s) { return sum + s.bars; });
  const bool minor = score::minor_third(plan.key.mode);
  const bool jazz = plan.style->harmony.extensions > 0.5;
  const int tonic = plan.key.tonic;
  Material result;
  for (std::size_t i = 0; i < material.size(); ++i) {
    const Slot slot = material[i];
    result.push_back(slot);
    if (i + 1 >= material.size() || slot.bars < 0.5 || slot.target >= 0) continue;
    if (!random.chance(
            std::min(0.8, borrowed * bars / 8 / static_cast<double>(std::max<std::size_t>(1, material.size() - 1)))))
      continue;
    const Chord& next = material[i + 1].chord;
    const int here = score::pitch_class(slot.chord.root - tonic), there = score::pitch_class(next.root - tonic);
    struct Idea {
      Chord chord;
      double weight;
    };
    std::vector<Idea> ideas;
    const int fifth_above = score::pitch_class(next.root + 7);
    const bool same = slot.chord.root == next.root;
    if (!same && there != 0 && plan.key.contains(60 + next.root) && !diminished(next) &&
        fifth_above != slot.chord.root) {
      ideas.push_back({{fifth_above, {0, 4, 7, 10}, -1}, 1.0});
    }
    if (!minor && here == 5 && there == 0) ideas.push_back({{score::pitch_class(tonic + 5), {0, 3, 7}, -1}, 1.5});
    if (!minor && here == 9 && there == 7) ideas.push_back({{score::pitch_class(tonic + 8), {0, 4, 7}, -1}, 1.0});
    if (!minor && here == 7 && there == 0 && !jazz) ideas.push_back({{score::pitch_class(tonic + 10), {0, 4, 7}, -1}, 0.5});
    if (minor && there == 7 && here != 1) ideas.push_back({{score::pitch_class(tonic + 1), {0, 4, 7}, -1}, 0.6});
    if (jazz && here == 7 && there == 0) ideas.push_back({{score::pitch_class(tonic + 1), {0, 4, 7, 10}, -1}, 1.5});
    if (ideas.empty()) continue;
    std::vector<double> weights;
    weights.reserve(ideas.size());
    for (const auto& idea : ideas) weights.push_back(idea.weight);
    const auto& idea = ideas[plan.chooser->choose("chord.borrowed", weights, random)];
    result.back().bars = slot.bars / 2;
    result.push_back({idea.chord, slot.bars / 2, next.root});
  }
  material = result;
}

}  // namespace

Chord diatonic_triad(const Key& key, int degree) {
  const int root = key.note(degree, 4);
  return {score::pitch_class(root), {0, key.note(degree + 2, 4) - root, key.note(degree + 4, 4) - root}, -1};
}

Chord tonic_chord(const Plan& plan) {
  if (plan.style->harmony.voicing == "power") return {plan.key.tonic, {0, 7}, -1};
  Chord chord = diatonic_triad(plan.key, 0);
  // Where the style's home chord is a seventh (blues), home stays one.
  for (const auto& progression : plan.style->harmony.progressions) {
    for (const auto& numeral : progression.numerals) {
      if (numeral == "I7" && !score::minor_third(plan.key.mode)) chord.intervals = {0, 4, 7, 10};
    }
  }
  return chord;
}

Chord leading_chord(const Key& key) {
  const int t = key.tonic;
  switch (key.mode) {
    case Mode::Phrygian:
    case Mode::Locrian:
    case Mode::PhrygianDominant:
      return {score::pitch_class(t + 1), {0, 4, 7}, -1};
    case Mode::Dorian:
    case Mode::Mixolydian:
      return {score::pitch_class(t + 10), {0, 4, 7}, -1};
    default:
      return {score::pitch_class(t + 7), {0, 4, 7}, -1};
  }
}

Chord coloured(const Chord& chord, const Plan& plan, Random& random) {
  // The same number of draws whatever is done, so that one chord's colour does not change the next one's.
  const double seventh = random.uniform(), ninth = random.uniform(), more = random.uniform(),
               suspended = random.uniform();
  const double ext = plan.style->harmony.extensions;
  if (plan.style->harmony.voicing == "power" || plan.style->harmony.voicing == "unison" || chord.intervals.size() < 3)
    return chord;
  Chord result = chord;
  auto& notes = result.intervals;
  const PitchSet scale = chord_scale(chord, plan.key);
  const auto fits = [&](int interval) { return scale[static_cast<std::size_t>(score::pitch_class(chord.root + interval))]; };
  const auto add = [&](int interval) {
    if (!result.has(interval)) notes.insert(std::upper_bound(notes.begin(), notes.end(), interval), interval);
  };
  const int above = score::pitch_class(chord.root - plan.key.tonic);
  const bool third_minor = chord.has(3), third_major = chord.has(4), dim = diminished(chord);
  const bool dominant_place = above == 7 && third_major;
  bool has_seventh = chord.has(10) || chord.has(11) || chord.has(9);

  if (!has_seventh && (third_minor || third_major) && seventh < ext * 1.5) {
    if (dim) {
      add(fits(10) ? 10 : 9);
      has_seventh = true;
    } else if (third_minor && fits(10)) {
      add(10);
      has_seventh = true;
    } else if (third_major && ((dominant_place && !strict_mode(plan.key.mode)) ||
                               (fits(10) && !fits(11) && plan.key.contains(60 + chord.root + 4)))) {
      add(10);
      has_seventh = true;
    } else if (third_major && fits(11)) {
      add(11);
      has_seventh = true;
    }
  }
  const bool dominant = dominant_seventh(result);
  if (!dim && has_seventh && ninth < ext * 1.3 - 0.3) {
    if (fits(14))
      add(14);
    else if (dominant && fits(13) && ext > 0.5)
      add(13);
  } else if (!dim && !has_seventh && third_major && ext > 0.05 && ninth < ext * 0.5 && fits(14) && !dominant_place) {
    add(14);
  }
  if (has_seventh && more < ext - 0.5) {
    if (dominant && fits(21))
      add(21);
    else if (dominant && fits(20) && result.has(13))
      add(20);
    else if (third_minor && !dim && fits(17))
      add(17);
  }
  if (dominant_place && suspended < ext * 0.2 && plan.style->family != "jazz" && fits(17)) {
    std::erase(notes, 4);
    add(5);
  }
  return result;
}

Material make_material(const Plan& plan, const std::string& kind, int bars, const std::vector<Material>& taken,
                       Random& random) {
  const Harmony& harmony = plan.style->harmony;
  const bool minor = score::minor_third(plan.key.mode);
  std::vector<Material> offers;
  std::vector<double> weights;
  for (const auto& progression : harmony.progressions) {
    if (progression.numerals.empty() || (progression.minor >= 0 && progression.minor != (minor ? 1 : 0))) continue;
    if (!at_home(progression, plan.key)) continue;
    const bool named = std::find(progression.kinds.begin(), progression.kinds.end(), kind) != progression.kinds.end();
    if (!named && !progression.kinds.empty()) continue;
    Material material;
    for (const auto& numeral : progression.numerals) {
      const Chord chord = in_mode(score::parse_roman(numeral, plan.key), plan.key);
      const bool applied = numeral.find('/') != std::string::npos && dominant_seventh(chord);
      material.push_back({chord, bars_of(progression.each, plan.metre), applied ? score::pitch_class(chord.root + 5) : -1});
    }
    const double length = material.front().bars * static_cast<double>(material.size());
    const bool fits = length <= bars + 1e-9 && std::abs(std::remainder(bars, length)) < 1e-6;
    offers.push_back(material);
    weights.push_back(std::max(0.0, progression.weight) * (named ? 3 : 1) * (fits ? 1 : length > bars ? 0.1 : 0.4));
  }
  Material material;
  const auto is_taken = [&](const Material& m) {
    return std::any_of(taken.begin(), taken.end(), [&](const Material& t) { return same_chords(m, t); });
  };
  const bool fresh_offer = std::any_of(offers.begin(), offers.end(), [&](const Material& m) { return !is_taken(m); });
  const bool draw = random.chance(harmony.learned);
  if (offers.empty() || draw) {
    double each = 1;
    if (!offers.empty()) each = std::clamp(offers[random.weighted(weights)].front().bars, 0.5, 2.0);
    for (int attempt = 0; attempt < 5; ++attempt) {
      material = generated(plan, kind, bars, each, random);
      if (!is_taken(material)) break;
    }
  } else {
    for (std::size_t i = 0; fresh_offer && i < offers.size(); ++i) {
      if (is_taken(offers[i])) weights[i] = 0;
    }
    material = offers[plan.chooser->choose("chord.progression", weights, random)];
  }
  embellish(material, plan, random);
  for (auto& slot : material) {
    // One numeral has one colour within the section.
    Random colour = random.fork(static_cast<std::uint64_t>(score::pitch_class(slot.chord.root - plan.key.tonic)) * 7 +
                                slot.chord.intervals.size());
    slot.chord = coloured(slot.chord, plan, colour);
  }
  return material;
}

}  // namespace figment::compose
