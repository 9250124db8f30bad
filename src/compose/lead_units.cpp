#include "compose/lead_units.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "compose/theme.h"

namespace figment::compose {
namespace {

// Two motifs one after the other.
Motif joined(Motif first, const Motif& second) {
  for (auto note : second.notes) {
    note.at += first.length;
    first.notes.push_back(note);
  }
  first.length += second.length;
  return first;
}

}  // namespace

Motif varied(const Plan& plan, const Motif& motif, char letter, Random random) {
  const Beats bar = plan.metre.bar();
  const Beats half = motif.length / 2.0;
  const Motif head = fragment(motif, Beats{0}, half);
  switch (letter) {
    case 'a': {
      // The same words, another inflection: the last notes turn elsewhere.
      Motif result = motif;
      const std::size_t n = result.notes.size();
      const int turn = random.pick(std::array<int, 4>{-2, -1, 1, 2});
      const std::size_t changed = n > 4 ? 2 : 1;
      for (std::size_t i = n - std::min(n, changed); i < n; ++i) result.notes[i].degree += turn;
      return result;
    }
    case 'B': {
      if (head.notes.size() < 2) return sequenced(motif, 2);
      const int step = random.pick(std::array<int, 3>{1, 2, 2});
      Motif climb = joined(sequenced(head, step), sequenced(head, 2 * step));
      return with_ending(climb, climb.notes.back().degree, bar);
    }
    case 'C': {
      const Motif tail = fragment(motif, half, motif.length);
      if (head.notes.size() < 2 || tail.notes.empty()) return with_ending(motif, 0, bar);
      Motif fall = joined(head, sequenced(tail, -1));
      fall.length = motif.length;
      return with_ending(fall, 0, bar);
    }
    case 'R': {
      Motif answer = inverted(motif);
      for (auto& note : answer.notes) note.degree -= 2;
      return with_ending(answer, answer.notes.front().degree, bar);
    }
    case '-':
      return {motif.length, {}};
    default:
      return motif;
  }
}

std::string phrase_form(const Plan& plan, int units, bool sparse, Random& random) {
  static const std::vector<std::string> full{"AaAB", "AAaB", "ABAC", "AaBC", "AAAB"};
  static const std::vector<std::string> called{"ARAC", "ARaC", "ARAB"};
  static const std::vector<std::string> thin{"A-aC", "AaAC", "A-AC", "AaBC"};
  const double repetition = plan.style->melody.repetition;
  std::string form;
  while (static_cast<int>(form.size()) < units) {
    const int left = units - static_cast<int>(form.size());
    if (left == 1) {
      form += form.empty() ? "A" : "C";
      continue;
    }
    if (left == 2) {
      form += random.chance(0.5) ? "AC" : "AB";
      continue;
    }
    if (left == 3) {
      form += "AaC";
      continue;
    }
    if (sparse)
      form += thin[plan.chooser->choose("melody.form", std::array<double, 4>{2, 2, 1, 1}, random)];
    else if (random.chance(plan.style->melody.call_response * 0.7))
      form += called[plan.chooser->choose("melody.form", std::array<double, 3>{2, 1, 1}, random)];
    else
      form += full[plan.chooser->choose(
          "melody.form", std::array<double, 5>{2, 1 + repetition, 2 - repetition, 1.5 - repetition, 2 * repetition},
          random)];
  }
  return form;
}

int place_motif(const Plan& plan, const Motif& motif, Beats start, double centre, const Register& range,
                int previous_anchor, int phrase, std::vector<LineNote>& notes) {
  if (motif.notes.empty()) return previous_anchor;
  double mean = 0;
  for (const auto& note : motif.notes) mean += note.degree;
  mean /= static_cast<double>(motif.notes.size());
  const double centre_degree = (centre - degree_pitch(plan.key, 0)) * 7.0 / 12.0 - mean;
  int best = 0;
  double least = 1e9;
  for (int anchor = static_cast<int>(std::floor(centre_degree)) - 5;
       anchor <= static_cast<int>(std::ceil(centre_degree)) + 5; ++anchor) {
    double cost = 0.35 * std::abs(anchor - centre_degree);
    if (previous_anchor > -1000) cost += 0.5 * std::min(3, std::abs(anchor - previous_anchor));
    for (const auto& note : motif.notes) {
      const int pitch = degree_pitch(plan.key, anchor + note.degree);
      cost += 0.15 * (std::max(0, range.low - pitch) + std::max(0, pitch - range.high));
      const score::Chord* chord = score::chord_at(plan.chords, start + note.at + Beats{1e-6});
      if (!chord || chord->contains(degree_pitch(plan.key, anchor + note.degree) + note.alter)) continue;
      const score::Stress stress = plan.stress_at(start + note.at);
      cost += stress == score::Stress::Strong ? 1.0 : stress == score::Stress::Medium ? 0.6 : 0.25;
    }
    if (cost < least) {
      least = cost;
      best = anchor;
    }
  }
  const Beats song_end = plan.bar_start(plan.bars);
  for (const auto& note : motif.notes) {
    LineNote line;
    line.start = start + note.at;
    if (line.start >= song_end - Beats{1e-9}) continue;
    line.length = std::min(note.length, song_end - line.start);
    line.wish = degree_pitch(plan.key, best + note.degree) + note.alter;
    line.velocity = note.accent;
    line.phrase = phrase;
    notes.push_back(line);
  }
  return best;
}

void mark_phrases(std::vector<LineNote>& notes, bool climaxes) {
  std::stable_sort(notes.begin(), notes.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
  for (std::size_t i = 0; i < notes.size(); ++i) {
    const bool first = i == 0 || notes[i].start - (notes[i - 1].start + notes[i - 1].length) >= Beats{0.49};
    notes[i].begins = first;
    if (first && i > 0) notes[i - 1].ends = true;
  }
  if (!notes.empty()) notes.back().ends = true;
  if (!climaxes) return;
  // The peak lies past the middle: the highest wish of the phrase's second half, on a beat if there is a choice.
  std::map<int, std::pair<Beats, Beats>> extents;
  for (const auto& note : notes) {
    auto [entry, fresh] = extents.try_emplace(note.phrase, note.start, note.start);
    if (!fresh) entry->second.second = note.start;
  }
  for (const auto& [phrase, extent] : extents) {
    const Beats from = extent.first + (extent.second - extent.first) * 0.5;
    LineNote* peak = nullptr;
    double highest = -1e9;
    for (std::size_t i = 0; i < notes.size(); ++i) {
      LineNote& note = notes[i];
      if (note.phrase != phrase || note.start < from) continue;
      // Height counts, and that it can be reached and left without a jump; a longer note is a better peak.
      double height = note.wish + 0.4 * std::min(2.0, note.length.value);
      if (!note.begins && i > 0) height -= 0.8 * std::max(0.0, std::abs(note.wish - notes[i - 1].wish) - 5);
      if (!note.ends && i + 1 < notes.size())
        height -= 0.8 * std::max(0.0, std::abs(note.wish - notes[i + 1].wish) - 3);
      if (height > highest) {
        highest = height;
        peak = &note;
      }
    }
    if (peak) {
      peak->climax = true;
      peak->velocity = std::min(1.0, peak->velocity + 0.06);
    }
  }
}

Register register_of(const Member& member, int fallback_low, int fallback_high) noexcept {
  int low = std::clamp(member.part->part.low, 0, 127), high = std::clamp(member.part->part.high, 0, 127);
  if (low > high) std::swap(low, high);
  if (high - low > 30) {  // an unlimited part sings where its kind sings
    const int wanted_low = std::clamp(fallback_low, low, high), wanted_high = std::clamp(fallback_high, low, high);
    if (wanted_high - wanted_low >= 12) return {wanted_low, wanted_high};
  }
  return {low, high};
}

score::Score finish_line(const Plan& plan, const Member& member, std::vector<LineNote> notes) {
  std::stable_sort(notes.begin(), notes.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
  score::Score score;
  score.name = member.part->name;
  const double legato = member.part->part.legato;
  const Beats song_end = plan.bar_start(plan.bars);
  for (std::size_t i = 0; i < notes.size(); ++i) {
    const LineNote& note = notes[i];
    if (i > 0 && note.start <= notes[i - 1].start + Beats{1e-9}) continue;
    const bool last = i + 1 == notes.size();
    const Beats room = (last ? song_end : notes[i + 1].start) - note.start;
    Beats length = std::min(note.length, room);
    const bool touching = !last && room - note.length < Beats{0.26};
    if (touching && legato > 1 && notes[i + 1].pitch != note.pitch)
      length = room + std::min(Beats{0.25}, room * (legato - 1));
    else if (touching)
      length = room * std::clamp(legato, 0.1, notes[i + 1].pitch == note.pitch ? 0.95 : 1.0);
    else
      length = length * std::clamp(0.4 + 0.6 * legato, 0.1, 1.0);
    // A tone that the next chord does not have gives way when it comes.
    for (const auto& span : plan.chords) {
      if (span.start <= note.start + Beats{0.2} || span.start >= note.start + length - Beats{0.2}) continue;
      if (!span.chord.contains(note.pitch)) length = std::min(length, span.start - note.start);
    }
    // Into a silent bar nothing rings.
    const int bar = plan.bar_at(note.start);
    int until = bar + 1;
    while (until < plan.bars && member.plays(until)) ++until;
    length = std::min(length, plan.bar_start(until) - note.start);
    length = std::max(length, Beats{0.0625});
    length = std::min(length, song_end - note.start);
    score.notes.push_back({note.start, length, static_cast<std::uint8_t>(std::clamp(note.pitch, 0, 127)),
                           static_cast<float>(std::clamp(note.velocity, 0.05, 1.0))});
  }
  score.sort();
  return score;
}

void respect_activity(const Plan& plan, const Member& member, std::vector<LineNote>& notes, Random random) {
  std::erase_if(notes, [&](const LineNote& note) {
    const int bar = plan.bar_at(note.start);
    if (!member.plays(bar)) return true;
    const double activity = member.activity[static_cast<std::size_t>(bar)];
    const bool weak = plan.stress_at(note.start) == score::Stress::Weak;
    // Always one draw a note: thinning one bar must not change the next.
    const double draw = random.uniform();
    return weak && draw < (1 - activity) * 0.8;
  });
}

}  // namespace figment::compose
