#include "compose/reference.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "compose/arrangement.h"
#include "compose/form.h"
#include "compose/harmony_material.h"

namespace figment::compose {
namespace {

constexpr Beats kTiny{1e-6};

// Semitones from the reference's key to the plan's, the nearest way. Between a major and a minor key those that keep the
// scale: the relative key stays where it is.
int steps_to(const Reference& reference, const score::Key& key) {
  if (!reference.key) return 0;
  const auto major = [](const score::Key& k) { return k.relative_major().tonic; };
  const bool alike = score::minor_third(reference.key->mode) == score::minor_third(key.mode);
  const int steps = score::pitch_class(alike ? key.tonic - reference.key->tonic : major(key) - major(*reference.key));
  return steps > 6 ? steps - 12 : steps;
}

// Which of the reference's bars a kind of section is made of: where its form was taken, the part of that kind.
std::pair<int, int> stretch_for(const Plan& plan, const std::string& kind) {
  const Reference& r = *plan.reference;
  const auto kinds = kinds_of(r, *plan.style);
  const auto find = [&](const std::string& wanted) -> const Reference::Part* {
    for (std::size_t i = 0; i < kinds.size(); ++i)
      if (kinds[i] == wanted) return &r.parts[i];
    return nullptr;
  };
  for (const std::string& wanted : {kind, std::string(is_peak_kind(kind) ? "chorus" : "verse"), std::string(is_peak_kind(kind) ? "drop" : "chorus"), std::string("drop")})
    if (const auto* part = find(wanted)) return {part->bar, part->bars};
  return {0, r.bars};
}

}  // namespace

Reference counted_double(Reference r) {
  if (r.tempo) r.tempo = *r.tempo * 2;
  r.bars *= 2;
  for (auto& c : r.chords) c.start = c.start * 2, c.length = c.length * 2;
  for (auto& p : r.parts) p.bar *= 2, p.bars *= 2;
  for (auto& n : r.tune) n.start = n.start * 2, n.length = n.length * 2;
  r.swing = 0;
  r.swing_unit = 0;
  r.groove.reset();
  return r;
}

score::Key key_like(const Reference& reference, const Brief& brief) {
  score::Key key = *reference.key;
  if (brief.mode && brief.mode->value != key.mode) {
    const bool turned = score::minor_third(brief.mode->value) != score::minor_third(key.mode);
    key.mode = brief.mode->value;
    // The tonic of that mode over the same notes, where the mode is of the other family; else the tonic stays.
    if (turned && !brief.tonic)
      for (int tonic = 0; tonic < 12; ++tonic)
        if (score::Key{tonic, key.mode}.relative_major() == reference.key->relative_major()) key.tonic = tonic;
  }
  if (brief.tonic) key.tonic = brief.tonic->value;
  return key;
}

std::vector<std::string> kinds_of(const Reference& reference, const Style& style) {
  std::map<std::string, std::pair<double, int>> energies;     // of each label: sum, bars
  double loudest = 1e-9;
  for (const auto& p : reference.parts) {
    auto& e = energies[p.label];
    e.first += p.energy * p.bars;
    e.second += p.bars;
    loudest = std::max(loudest, p.energy);
  }
  std::string peak_label, verse_label;
  double most = -1;
  for (const auto& [label, e] : energies)
    if (const double mean = e.first / std::max(1, e.second); mean > most) most = mean, peak_label = label;
  const bool drops = std::any_of(style.forms.begin(), style.forms.end(), [](const auto& form) {
    return std::any_of(form.value.begin(), form.value.end(), [](const FormSection& s) { return s.kind == "drop"; });
  });
  std::vector<std::string> kinds;
  for (std::size_t i = 0; i < reference.parts.size(); ++i) {
    const auto& p = reference.parts[i];
    const bool quiet = p.energy < 0.75 * loudest;
    if (p.label == peak_label) kinds.emplace_back(drops ? "drop" : "chorus");
    else if (i == 0 && quiet) kinds.emplace_back("intro");
    else if (i + 1 == reference.parts.size() && quiet) kinds.emplace_back("outro");
    else if (verse_label.empty() || p.label == verse_label) verse_label = p.label, kinds.emplace_back("verse");
    else kinds.emplace_back(p.energy < 0.5 * loudest ? "breakdown" : "bridge");
  }
  return kinds;
}

std::shared_ptr<const Style> with_grooves_of(const std::shared_ptr<const Style>& style, const Reference& reference) {
  if (!reference.groove) return style;
  auto own = std::make_shared<Style>(*style);
  Groove heard = *reference.groove;
  // What the sound has none of, the style plays, where it is written on the same grid.
  for (const Groove& g : style->grooves) {
    if (!(g.metre == heard.metre) || g.steps_per_beat != heard.steps_per_beat) continue;
    std::map<std::string, bool> has;
    for (const auto& [name, line] : heard.lines) has[std::string(drum_role(name))] = true;
    bool added = false;
    for (const auto& [name, line] : g.lines) {
      if (has[std::string(drum_role(name))]) continue;
      auto& mine = heard.lines[name];
      const std::size_t steps = heard.lines.empty() ? line.size() : static_cast<std::size_t>(std::lround(heard.bars * heard.metre.bar().value * heard.steps_per_beat));
      for (std::size_t i = 0; i < steps; ++i) mine.push_back(line[i % line.size()]);
      added = true;
    }
    if (added) break;
  }
  std::vector<Groove> grooves;
  // Builds and breakdowns stay the style's: no sound has a pattern for what it does not have.
  for (const Groove& g : own->grooves)
    if (!g.kinds.empty() && std::all_of(g.kinds.begin(), g.kinds.end(), [](const std::string& k) { return k == "build" || k == "breakdown"; })) grooves.push_back(g);
  grooves.push_back(std::move(heard));
  own->grooves = std::move(grooves);
  return own;
}

std::vector<score::ChordSpan> chords_like(const Plan& plan) {
  const Reference& r = *plan.reference;
  const int steps = steps_to(r, plan.key);
  const Beats bar = plan.metre.bar();
  std::vector<score::ChordSpan> result;
  for (const auto& section : plan.sections) {
    const auto [first, count] = stretch_for(plan, section.kind);
    for (int b = 0; b < section.bars; ++b) {
      const Beats from = bar * static_cast<double>(first + b % std::max(1, count));
      for (const auto& span : r.chords) {
        const Beats begin = std::max(span.start, from), end = std::min(span.start + span.length, from + bar);
        if (end - begin < Beats{0.5} - kTiny) continue;
        score::ChordSpan own{plan.bar_start(section.bar - 1 + b) + (begin - from), end - begin, span.chord};
        own.chord.root = score::pitch_class(own.chord.root + steps);
        if (own.chord.bass >= 0) own.chord.bass = score::pitch_class(own.chord.bass + steps);
        result.push_back(std::move(own));
      }
    }
  }
  if (result.empty()) return result;
  // Gaps (where a chord was too short to be one) belong to the chord before; the first also to what was before it.
  result.front().length += result.front().start;
  result.front().start = Beats{0};
  for (std::size_t i = 0; i + 1 < result.size(); ++i) result[i].length = result[i + 1].start - result[i].start;
  result.back().length = plan.bar_start(plan.bars) - result.back().start;
  if (ending_of(plan) == Ending::Hit && plan.bars > 1) {
    const Beats last = plan.bar_start(plan.bars - 1);
    std::erase_if(result, [&](const auto& span) { return span.start >= last - kTiny; });
    if (!result.empty()) result.back().length = last - result.back().start;
    result.push_back({last, bar, tonic_chord(plan)});
  }
  return result;
}

Motif hook_like(const Plan& plan) {
  Motif motif;
  const Reference& r = *plan.reference;
  if (r.tune.empty()) return motif;
  const Beats bar = plan.metre.bar();
  const int steps = steps_to(r, plan.key);
  motif.length = bar * static_cast<double>(r.bars >= 2 ? 2 : 1);
  // The first bars in which something is said.
  const double from = std::floor(r.tune.front().start / bar + 1e-6);
  const Beats start = bar * from;
  int anchor = 0;
  for (const score::Note& n : r.tune) {
    if (n.start >= start + motif.length - Beats{0.25}) break;
    int alter = 0;
    const int pitch = n.pitch + steps, degree = plan.key.degree_of(pitch, &alter);
    const int place = degree + 7 * static_cast<int>(std::floor((pitch - plan.key.tonic) / 12.0));
    if (motif.notes.empty()) anchor = place;
    motif.notes.push_back({n.start - start, std::min(n.length, motif.length - (n.start - start)), place - anchor, alter, n.velocity});
  }
  if (motif.notes.size() < 3) motif.notes.clear();
  return motif;
}

bool play_tune(const Plan& plan, const Member& member, score::Score& score) {
  const Reference& r = *plan.reference;
  if (r.tune.empty() || r.bars == 0) return false;
  const Beats bar = plan.metre.bar();
  const int steps = steps_to(r, plan.key);
  // Its middle to the middle of the range, by octaves.
  double middle = 0;
  for (const auto& n : r.tune) middle += n.pitch + steps;
  middle /= static_cast<double>(r.tune.size());
  const int low = std::max(member.part->part.low, 36), high = std::min(member.part->part.high, 96);
  const int octaves = static_cast<int>(std::lround(((low + high) / 2.0 - middle) / 12));
  bool any = false;
  for (const auto& section : plan.sections) {
    if (!is_peak_kind(section.kind)) continue;
    const auto [first, count] = stretch_for(plan, section.kind);
    const Beats begin = plan.bar_start(section.bar - 1), end = plan.bar_start(section.bar - 1 + section.bars);
    const Beats from = bar * static_cast<double>(first), length = bar * static_cast<double>(std::max(1, count));
    std::vector<score::Note> own;
    for (Beats at = begin; at < end - kTiny; at += length)
      for (const auto& n : r.tune) {
        if (n.start < from - kTiny || n.start >= from + length - kTiny) continue;
        score::Note note = n;
        note.start = at + (n.start - from);
        if (note.start >= end - kTiny || !member.plays(plan.bar_at(note.start))) continue;
        note.length = std::min(note.length, end - note.start);
        note.pitch = static_cast<std::uint8_t>(std::clamp(n.pitch + steps + 12 * octaves, 0, 127));
        own.push_back(note);
      }
    if (own.size() < 3) continue;
    std::erase_if(score.notes, [&](const score::Note& n) { return n.start >= begin - kTiny && n.start < end - kTiny; });
    for (auto& n : score.notes)
      if (n.start < begin) n.length = std::min(n.length, begin - n.start);
    score.notes.insert(score.notes.end(), own.begin(), own.end());
    any = true;
  }
  if (any) score.sort();
  return any;
}

}  // namespace figment::compose
