#include "compose/theme.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>
#include <string>

#include "compose/harmony.h"
#include "compose/melody_line.h"

namespace figment::compose {
namespace {

using score::Chord;

struct MotifWish {
  int bar = 0;  // 0-based bar of the song whose chords it is made for
  int bars = 2;
  double density = 0.5, syncopation = 0.3, leap = 0.3, repetition = 0.6;
  int range = 7;  // diatonic steps it may span
  double register_pitch = 70;
  const Motif* unlike = nullptr;  // its rhythm must differ from this one's
};

struct Outline {
  std::vector<Beats> onsets;
  std::size_t first_bar = 0;  // how many of them lie in the first bar
  bool repeats = false;       // the second bar opens with the first one's rhythm
};

const Chord& chord_of(const Plan& plan, Beats when) {
  static const Chord none{0, {0, 4, 7}, -1};
  const Chord* chord = score::chord_at(plan.chords, when + Beats{1e-6});
  return chord ? *chord : none;
}

// Onsets over the motif's bars. The last bar empties towards its end, so that the phrase can breathe.
Outline draw_outline(const Plan& plan, const MotifWish& wish, Random& random) {
  const Beats bar = plan.metre.bar();
  Outline outline;
  const auto first = draw_bar_rhythm(plan, wish.density, wish.syncopation, random, BarPlace::Opening);
  outline.onsets = first;
  outline.first_bar = first.size();
  const Beats last_onset = bar * random.uniform(0.45, 0.72);
  if (wish.bars == 1) {
    if (outline.onsets.size() > 2) {
      std::erase_if(outline.onsets, [&](Beats b) { return b > bar * 0.8; });
      outline.first_bar = outline.onsets.size();
    }
    return outline;
  }
  outline.repeats = random.chance(0.35 + 0.5 * wish.repetition);
  auto second =
      outline.repeats ? first : draw_bar_rhythm(plan, wish.density * 0.8, wish.syncopation, random, BarPlace::Closing);
  std::vector<Beats> kept;
  for (Beats b : second) {
    if (kept.empty() || b <= last_onset) kept.push_back(b);
  }
  for (Beats b : kept) outline.onsets.push_back(bar + b);
  return outline;
}

bool same_rhythm(const Outline& outline, const Motif& motif) {
  return std::equal(outline.onsets.begin(), outline.onsets.end(), motif.notes.begin(), motif.notes.end(),
                    [](Beats at, const MotifNote& note) { return at == note.at; });
}

BeatStrength strength_of(const Plan& plan, Beats when) {
  const double bar = plan.metre.bar().value;
  switch (plan.metre.stress(Beats{when.value - bar * std::floor(when.value / bar + 1e-9)})) {
    case score::Stress::Strong:
      return BeatStrength::Strong;
    case score::Stress::Medium:
      return BeatStrength::Medium;
    default:
      return BeatStrength::Weak;
  }
}

// Degrees for the outline, drawn step by step from the learned intervals.
std::vector<int> draw_degrees(const Plan& plan, const MotifWish& wish, const Outline& outline, int anchor,
                              Random& random) {
  const Corpus corpus = melody_corpus(plan);
  const Tonality tonality = score::minor_third(plan.key.mode) ? Tonality::Minor : Tonality::Major;
  const Beats start = plan.bar_start(wish.bar);
  const auto five = pentatonic_set(plan.key);
  std::vector<int> degrees;
  // A second bar that repeats the first one's rhythm takes its shape along: literally, or a step or two away.
  const int shift = random.chance(wish.repetition * 0.6) ? 0 : random.pick(std::array<int, 6>{-2, -1, -1, 1, 1, 2});
  Approach came = Approach::None;
  int low = 0, high = 0;
  for (std::size_t i = 0; i < outline.onsets.size(); ++i) {
    const std::size_t twin = i - outline.first_bar;
    const bool tail = i + 2 >= outline.onsets.size();
    if (i == 0) {
      degrees.push_back(random.weighted(std::array<double, 3>{3, 1, 1}) == 0 ? 0
                                                                             : random.pick(std::array<int, 2>{2, 4}));
      low = high = degrees[0];
      continue;
    }
    if (outline.repeats && i >= outline.first_bar && !tail && twin < outline.first_bar) {
      degrees.push_back(degrees[twin] + shift);
    } else {
      const BeatStrength strength = strength_of(plan, outline.onsets[i]);
      const Chord& chord = chord_of(plan, start + outline.onsets[i]);
      const int from = degrees.back();
      std::vector<double> weights;
      for (int step = -5; step <= 5; ++step) {
        const int pitch = degree_pitch(plan.key, anchor + from + step);
        const bool tone = chord.contains(pitch);
        const ToneKind kind = tone ? ToneKind::ChordTone : ToneKind::Diatonic;
        double w = plan.learned->melody_step_weight(corpus, came, step, strength, kind) *
                   plan.learned->degree_weight(corpus, tonality, anchor + from, anchor + from + step);
        if (std::abs(step) >= 3)
          w *= 0.5 + 1.6 * wish.leap;
        else if (std::abs(step) == 1)
          w *= 1.4 - 0.6 * wish.leap;
        if (plan.style->melody.pentatonic && !tone && !five[static_cast<std::size_t>(pitch % 12)]) w *= 0.05;
        const int top = std::max(high, from + step), bottom = std::min(low, from + step);
        if (top - bottom > wish.range) w = 0;
        weights.push_back(w);
      }
      degrees.push_back(from + static_cast<int>(plan.chooser->choose("melody.step", weights, random)) - 5);
    }
    came = approach(degrees[i] - degrees[i - 1]);
    low = std::min(low, degrees[i]);
    high = std::max(high, degrees[i]);
  }
  return degrees;
}

// How well a listener would keep it. Higher is better.
double memorability(const Plan& plan, const MotifWish& wish, const Outline& outline, const std::vector<int>& degrees,
                    int anchor, const ContourPrototype& contour) {
  const Beats start = plan.bar_start(wish.bar);
  const std::size_t n = degrees.size();
  const int high = *std::max_element(degrees.begin(), degrees.end()),
            low = *std::min_element(degrees.begin(), degrees.end());
  double score = 0;
  const std::set<int> distinct(degrees.begin(), degrees.end());
  const double ideal = std::clamp(0.6 * static_cast<double>(n), 2.0, 5.0);
  score -= 0.5 * std::abs(static_cast<double>(distinct.size()) - ideal);
  score -= 0.5 * std::max(0, 3 - (high - low)) + 0.3 * std::max(0, high - low - wish.range);
  const auto tops = std::count(degrees.begin(), degrees.end(), high);
  score -= 0.5 * static_cast<double>(tops - 1);
  int same = 0, leaps = 0;
  for (std::size_t i = 1; i < n; ++i) {
    const int step = degrees[i] - degrees[i - 1];
    same = step == 0 ? same + 1 : 0;
    if (same >= 2) score -= 0.8;
    if (std::abs(step) >= 3) {
      ++leaps;
      const bool resolved =
          i + 1 < n && (degrees[i + 1] - degrees[i]) * step < 0 && std::abs(degrees[i + 1] - degrees[i]) <= 2;
      score -= resolved ? 0.2 * std::max(0, std::abs(step) - 4) : 2.2;
    }
    // Wavering between two notes goes nowhere.
    if (i >= 3 && degrees[i] == degrees[i - 2] && degrees[i - 1] == degrees[i - 3] && step != 0) score -= 0.5;
  }
  score -= 0.6 * std::abs(leaps - wish.leap * static_cast<double>(n) * 0.35);
  for (std::size_t i = 0; i < n; ++i) {
    const int pitch = degree_pitch(plan.key, anchor + degrees[i]);
    const Chord& chord = chord_of(plan, start + outline.onsets[i]);
    if (!chord.contains(pitch)) {
      const BeatStrength strength = strength_of(plan, outline.onsets[i]);
      score -= strength == BeatStrength::Strong ? 1.5 : strength == BeatStrength::Medium ? 0.5 : 0.05;
      if (i + 1 == n) score -= 2;
    }
  }
  // Likeness with the learned outline.
  const Beats length = outline.onsets.back() - outline.onsets.front();
  if (length > Beats{0} && high > low) {
    double away = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double x = 7 * ((outline.onsets[i] - outline.onsets.front()) / length);
      const auto left = static_cast<std::size_t>(std::min(6.0, std::floor(x)));
      const double wanted =
          contour.shape[left] + (x - static_cast<double>(left)) * (contour.shape[left + 1] - contour.shape[left]);
      away += std::abs(wanted - static_cast<double>(degrees[i] - low) / (high - low));
    }
    score -= 2.0 * away / static_cast<double>(n);
  }
  return score;
}

// Leaves a rest at the end.
void breathe(Motif& motif, Beats air) {
  while (motif.notes.size() > 1 && motif.notes.back().at > motif.length - air - Beats{0.2}) motif.notes.pop_back();
  if (motif.notes.empty()) return;
  auto& last = motif.notes.back();
  last.length = std::max(Beats{0.25}, std::min(last.length, motif.length - air - last.at));
}

Beats air_of(const Plan& plan, int bars) {
  return bars > 1 ? std::min(Beats{1}, plan.metre.bar() * 0.25) : Beats{0.25};
}

Motif make_motif(const Plan& plan, const MotifWish& wish, Random random) {
  const int anchor = nearest_chord_degree(plan.key, chord_of(plan, plan.bar_start(wish.bar)), wish.register_pitch);
  const auto contours = plan.learned->contour_prototypes(melody_corpus(plan));
  std::vector<double> contour_weights;
  for (const auto& c : contours) contour_weights.push_back(c.probability);
  const auto& contour = contours[plan.chooser->choose("melody.contour", contour_weights, random)];

  MotifWish thinner = wish;
  Outline outline = draw_outline(plan, wish, random);
  // A verse is told in fewer notes than the hook, and never in its rhythm.
  const auto too_alike = [&] {
    if (!wish.unlike) return false;
    const double share = 0.85 * (plan.metre.bar() * static_cast<double>(wish.bars) / wish.unlike->length);
    const double most = std::max(2.0, share * static_cast<double>(wish.unlike->notes.size()));
    return same_rhythm(outline, *wish.unlike) || static_cast<double>(outline.onsets.size()) > most;
  };
  for (int attempt = 0; attempt < 16 && (too_alike() || outline.onsets.size() < 2); ++attempt) {
    thinner.density *= outline.onsets.size() < 2 ? 1.1 : 0.92;
    outline = draw_outline(plan, thinner, random);
  }
  std::vector<int> best;
  double best_score = -1e9;
  for (int candidate = 0; candidate < 40; ++candidate) {
    auto degrees = draw_degrees(plan, wish, outline, anchor, random);
    const double score = memorability(plan, wish, outline, degrees, anchor, contour);
    if (score > best_score) {
      best_score = score;
      best = std::move(degrees);
    }
  }
  Motif motif;
  motif.length = plan.metre.bar() * static_cast<double>(wish.bars);
  for (std::size_t i = 0; i < outline.onsets.size(); ++i) {
    MotifNote note;
    note.at = outline.onsets[i];
    const bool last = i + 1 == outline.onsets.size();
    const Beats room = (last ? motif.length : outline.onsets[i + 1]) - note.at;
    note.length = std::max(Beats{0.25}, std::min(room, last ? Beats{3} : Beats{2}));
    note.degree = best[i];
    const BeatStrength strength = strength_of(plan, note.at);
    note.accent = strength == BeatStrength::Strong ? 0.92 : strength == BeatStrength::Medium ? 0.82 : 0.74;
    motif.notes.push_back(note);
  }
  breathe(motif, air_of(plan, wish.bars));
  return motif;
}

int first_bar_of(const Plan& plan, std::initializer_list<const char*> kinds) {
  for (const char* kind : kinds) {
    for (const auto& section : plan.sections) {
      if (section.kind == kind) return section.bar - 1;
    }
  }
  return 0;
}

// The style's own rhythms for the lead, where it has some, as a motif's onsets.
void use_written_rhythm(const Plan& plan, Motif& motif, Random& random) {
  const Member* lead = plan.member("lead");
  if (!lead || lead->part->part.rhythms.empty()) return;
  const std::string& text = random.pick(lead->part->part.rhythms);
  std::vector<Beats> onsets;
  std::size_t steps = 0;
  for (char c : text) {
    if (c == ' ' || c == '|') continue;
    if (c != '.' && c != '-') onsets.push_back(Beats{0.25 * static_cast<double>(steps)});
    ++steps;
  }
  const Beats length{0.25 * static_cast<double>(steps)};
  if (onsets.empty() || std::abs(std::remainder(length.value, plan.metre.bar().value)) > 1e-9) return;
  Motif result;
  result.length = length;
  for (std::size_t i = 0; i < onsets.size(); ++i) {
    MotifNote note = motif.notes[i % motif.notes.size()];
    note.at = onsets[i];
    note.length = std::min(Beats{2}, (i + 1 < onsets.size() ? onsets[i + 1] : length - Beats{0.25}) - onsets[i]);
    note.length = std::max(note.length, Beats{0.25});
    result.notes.push_back(note);
  }
  motif = result;
}

}  // namespace

Theme write_theme(const Plan& plan) {
  const Random random = plan.random.fork("theme");
  const MelodyStyle& style = plan.style->melody;
  Random choice = random.fork("size");
  // Short bars and dense styles think in one bar, most tunes in two.
  const bool one_bar = plan.bars < 2 || (style.density > 0.75 && choice.chance(0.3));
  MotifWish hook;
  hook.bar = first_bar_of(plan, {"chorus", "drop", "solo", "verse"});
  hook.bars = one_bar ? 1 : 2;
  hook.density = std::clamp(style.density, 0.08, 1.0);
  hook.syncopation = style.syncopation;
  hook.leap = style.leap;
  hook.repetition = style.repetition;
  hook.range = style.leap > 0.5 ? 9 : 7;

  Theme theme;
  theme.hook = make_motif(plan, hook, random.fork("hook"));
  Random written = random.fork("written");
  use_written_rhythm(plan, theme.hook, written);

  MotifWish verse = hook;
  verse.bar = first_bar_of(plan, {"verse", "intro", "build", "breakdown"});
  verse.bars = plan.bars < 2 ? 1 : 2;
  verse.density = std::max(0.08, hook.density * 0.62);
  verse.syncopation = style.syncopation * 0.8;
  verse.leap = style.leap * 0.6;
  verse.range = 5;
  verse.register_pitch = 65;
  verse.unlike = &theme.hook;
  theme.verse = make_motif(plan, verse, random.fork("verse"));

  // The bridge says something else: the hook's head upside down and slower, or a thought of its own.
  if (choice.chance(0.5) && theme.hook.notes.size() >= 3) {
    const Beats half = theme.hook.length / 2.0;
    Motif head = fragment(theme.hook, Beats{0}, half);
    if (head.notes.size() >= 2) {
      theme.contrast = augmented(inverted(head), 2);
      breathe(theme.contrast, air_of(plan, theme.hook.length > plan.metre.bar() * 1.5 ? 2 : 1));
      return theme;
    }
  }
  MotifWish contrast = verse;
  contrast.bar = first_bar_of(plan, {"bridge", "breakdown", "pre-chorus"});
  contrast.density = std::max(0.08, hook.density * 0.5);
  contrast.register_pitch = 70;
  contrast.range = 7;
  theme.contrast = make_motif(plan, contrast, random.fork("contrast"));
  return theme;
}

Motif sequenced(Motif motif, int steps) {
  for (auto& note : motif.notes) note.degree += steps;
  return motif;
}

Motif inverted(Motif motif) {
  if (motif.notes.empty()) return motif;
  const int axis = motif.notes.front().degree;
  for (auto& note : motif.notes) {
    note.degree = 2 * axis - note.degree;
    note.alter = -note.alter;
  }
  return motif;
}

Motif retrograde(Motif motif) {
  std::vector<MotifNote> notes;
  for (auto note = motif.notes.rbegin(); note != motif.notes.rend(); ++note) {
    MotifNote turned = *note;
    turned.at = std::max(Beats{0}, motif.length - note->at - note->length);
    notes.push_back(turned);
  }
  std::stable_sort(notes.begin(), notes.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  motif.notes = std::move(notes);
  return motif;
}

Motif augmented(Motif motif, double factor) {
  motif.length = motif.length * factor;
  for (auto& note : motif.notes) {
    note.at = note.at * factor;
    note.length = note.length * factor;
  }
  return motif;
}

Motif fragment(const Motif& motif, Beats from, Beats to) {
  Motif result;
  result.length = to - from;
  for (const auto& note : motif.notes) {
    if (note.at < from - Beats{1e-9} || note.at >= to - Beats{1e-9}) continue;
    MotifNote kept = note;
    kept.at = note.at - from;
    kept.length = std::min(note.length, to - note.at);
    result.notes.push_back(kept);
  }
  return result;
}

Motif with_ending(Motif motif, int degree, Beats metre_bar) {
  if (motif.notes.empty()) return motif;
  // The last note that starts early enough to be held.
  const Beats latest = motif.length - std::min(metre_bar, motif.length) * 0.5;
  while (motif.notes.size() > 1 && motif.notes.back().at > latest + Beats{1e-9}) motif.notes.pop_back();
  auto& last = motif.notes.back();
  last.degree = degree;
  last.length = std::max(last.length, (motif.length - last.at) * 0.75);
  return motif;
}

}  // namespace figment::compose
