#include "compose/harmony.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>

#include "compose/harmony_material.h"

namespace figment::compose {
namespace {

using score::Chord;
using score::ChordSpan;
using score::Key;
using score::Mode;

struct Span {
  Beats start{0}, length{0};
  Chord chord;
  int target = -1;
  [[nodiscard]] Beats end() const { return start + length; }
};

// Which kind's chords a kind of section uses when the style has none of its own for it.
std::string source_kind(const Plan& plan, const std::string& kind) {
  const auto present = [&](std::string_view wanted) {
    return std::any_of(plan.sections.begin(), plan.sections.end(), [&](const auto& s) { return s.kind == wanted; });
  };
  const auto& progressions = plan.style->harmony.progressions;
  const bool own = std::any_of(progressions.begin(), progressions.end(), [&](const Progression& p) {
    return std::find(p.kinds.begin(), p.kinds.end(), kind) != p.kinds.end();
  });
  if (own) return kind;
  const auto first = [&](std::initializer_list<const char*> kinds) -> std::string {
    for (const char* k : kinds) {
      if (present(k)) return k;
    }
    return kind;
  };
  if (kind == "intro") return first({"verse", "drop", "chorus"});
  if (kind == "outro") return first({"chorus", "drop", "verse"});
  if (kind == "breakdown" || kind == "build") return first({"drop", "chorus"});
  if (kind == "solo") return first({"verse", "chorus"});
  return kind;
}

// A place inside the bar where a chord may change: the pulse nearest to the wanted fraction, strong ones preferred.
Beats place_in_bar(const score::Metre& metre, double fraction) {
  if (fraction < 1e-9) return Beats{0};
  const Beats wanted = metre.bar() * fraction;
  const Beats pulse = metre.pulse();
  if (std::abs(std::remainder(wanted.value, pulse.value)) < 1e-9) return wanted;
  Beats best{0};
  double least = 1e9;
  for (int i = 1; pulse * static_cast<double>(i) < metre.bar() - Beats{1e-9}; ++i) {
    const Beats at = pulse * static_cast<double>(i);
    const double strong = metre.stress(at) == score::Stress::Strong ? 0 : 0.3;
    const double cost = std::abs((at - wanted).value) + strong - 1e-6 * i;
    if (cost < least) {
      least = cost;
      best = at;
    }
  }
  // A bar of one pulse splits on eighths.
  return least < 1e9 ? best : Beats{std::max(0.5, std::round(wanted.value * 2) / 2)};
}

Beats time_of(const score::Metre& metre, double bars) {
  const double whole = std::floor(bars + 1e-9);
  return metre.bar() * whole + place_in_bar(metre, std::max(0.0, bars - whole));
}

// The material repeated through a section.
std::vector<Span> lay_out(const Plan& plan, const Material& material, const song::Section& section) {
  std::vector<Span> spans;
  const Beats start = plan.bar_start(section.bar - 1);
  double at = 0;
  for (std::size_t i = 0; at < section.bars - 1e-9; i = (i + 1) % material.size()) {
    const double until = std::min<double>(section.bars, at + material[i].bars);
    // A chord held for longer than two bars is struck again.
    for (double piece = at; piece < until - 1e-9;) {
      const double end = std::min(until, std::floor(piece + 1e-9) + 2);
      const Beats from = time_of(plan.metre, piece), to = time_of(plan.metre, end);
      if (to - from > Beats{0.24})
        spans.push_back({start + from, to - from, material[i].chord, end >= until - 1e-9 ? material[i].target : -1});
      piece = end;
    }
    at = until;
  }
  return spans;
}

// Writes `chord` over [from, to), splitting what lies there.
void overwrite(std::vector<Span>& spans, Beats from, Beats to, const Chord& chord, int target = -1) {
  std::vector<Span> result;
  bool written = false;
  for (const auto& span : spans) {
    if (span.end() <= from + Beats{1e-9} || span.start >= to - Beats{1e-9}) {
      if (span.start >= to - Beats{1e-9} && !written) {
        result.push_back({from, to - from, chord, target});
        written = true;
      }
      result.push_back(span);
      continue;
    }
    if (span.start < from - Beats{1e-9}) result.push_back({span.start, from - span.start, span.chord, -1});
    if (!written) {
      result.push_back({from, to - from, chord, target});
      written = true;
    }
    if (span.end() > to + Beats{1e-9}) result.push_back({to, span.end() - to, span.chord, span.target});
  }
  if (!written) result.push_back({from, to - from, chord, target});
  spans = std::move(result);
}

// The end of a section that leads on: something that wants to go to the next section's first chord.
void lead_on(const Plan& plan, std::vector<Span>& spans, const song::Section& section, const Chord& next,
             Random& random) {
  if (!plan.style->harmony.cadence || section.bars < 4 || spans.empty()) return;
  const Function goal = function_of(next, plan.key);
  const Span last = spans.back();
  const Function end = function_of(last.chord, plan.key);
  const bool closes = section.kind == "chorus" || section.kind == "drop" || section.kind == "solo";
  if (goal != Function::Tonic && score::pitch_class(next.root - plan.key.tonic) != 5) return;
  if (end == Function::Dominant || last.target >= 0) return;
  if (end == Function::Predominant && (closes || !random.chance(0.6))) return;  // a plagal lead is one too
  const Beats bar = plan.metre.bar();
  const Beats section_end = plan.bar_start(section.bar - 1 + section.bars);
  const Beats half = section_end - bar + place_in_bar(plan.metre, 0.5);
  Random colour = random.fork("lead-on");
  if (plan.style->family == "jazz" && goal == Function::Tonic &&
      (plan.key.mode == Mode::Major || plan.key.mode == Mode::Minor)) {
    const bool minor = score::minor_third(plan.key.mode);
    Chord two = score::parse_roman(minor ? "iiø7" : "ii7", plan.key);
    Chord five = score::parse_roman("V7", plan.key);
    overwrite(spans, section_end - bar, half, coloured(two, plan, colour));
    overwrite(spans, half, section_end, coloured(five, plan, colour));
    return;
  }
  const Chord five = coloured(leading_chord(plan.key), plan, colour);
  const bool whole = section.kind == "pre-chorus" || section.kind == "bridge" || section.kind == "build";
  overwrite(spans, whole ? section_end - bar : half, section_end, five);
}

// The end of the song: home, prepared where the style has cadences.
void close(const Plan& plan, std::vector<Span>& spans, const Material& material, Random& random) {
  const Beats bar = plan.metre.bar();
  const Beats end = plan.bar_start(plan.bars);
  const bool loop = plan.sections.size() == 1 && !plan.style->harmony.cadence && plan.bars <= 16;
  if (loop && plan.bars > 1) return;  // a loop is asked for: it has to run into itself
  if (plan.bars >= 4 && plan.style->harmony.cadence) {
    const Chord* before = nullptr;
    for (const auto& span : spans) {
      if (span.start < end - bar - Beats{1e-9}) before = &span.chord;
    }
    const Function there = before ? function_of(*before, plan.key) : Function::Other;
    const bool plagal = there == Function::Predominant && random.chance(0.4);
    if (there != Function::Dominant && !plagal) {
      Random colour = random.fork("close");
      const Beats from = end - bar * 2.0 + place_in_bar(plan.metre, 0.5);
      overwrite(spans, from, end - bar, coloured(leading_chord(plan.key), plan, colour));
    }
  }
  Chord home = tonic_chord(plan);
  // Home sounds as it did all the time, where the section has it.
  const auto known = std::find_if(material.begin(), material.end(), [&](const Slot& slot) {
    return slot.chord.root == plan.key.tonic && slot.target < 0 &&
           !(dominant_seventh(slot.chord) && home.intervals.size() == 3);
  });
  if (known != material.end()) home = known->chord;
  const double ext = plan.style->harmony.extensions;
  if (home.intervals.size() == 3 && ext > 0.4 && !home.has(6)) {
    const bool jazz = plan.style->family == "jazz";
    if (home.has(4))
      home.intervals = jazz ? std::vector<int>{0, 4, 7, 9, 14} : std::vector<int>{0, 4, 7, 11};
    else if (plan.key.contains(60 + plan.key.tonic + 10))
      home.intervals = {0, 3, 7, 10};
    if (home.has(11) && !plan.key.contains(60 + plan.key.tonic + 11)) home.intervals = {0, 4, 7};
  }
  overwrite(spans, end - bar, end, home);
}

// How firmly the chords rest on the tonic: its share of the time, and of the sections with a body of their own those
// that start or end there.
struct Rest {
  double share = 0, sections = 0;
  double rival = 0;  // the largest share of another root
};
Rest rest_of(const Plan& plan, const std::vector<ChordSpan>& chords) {
  const auto home = [&](const ChordSpan& span) {
    return span.chord.root == plan.key.tonic && !span.chord.has(score::minor_third(plan.key.mode) ? 4 : 3);
  };
  std::array<double, 12> elsewhere{};
  double at_home = 0, all = 0, resting = 0, counted = 0;
  for (const ChordSpan& span : chords) {
    all += span.length.value;
    if (home(span)) at_home += span.length.value;
    if (span.chord.root != plan.key.tonic)
      elsewhere[static_cast<std::size_t>(score::pitch_class(span.chord.root))] += span.length.value;
  }
  for (const auto& section : plan.sections) {
    if (section.bars < 4 || section.kind == "bridge" || section.kind == "pre-chorus" || section.kind == "build")
      continue;
    const Beats from = plan.bar_start(section.bar - 1), to = plan.bar_start(section.bar - 1 + section.bars);
    bool rests = false;
    for (const ChordSpan& span : chords) {
      const bool first = std::abs((span.start - from).value) < 1e-9;
      const bool last = std::abs((span.start + span.length - to).value) < 1e-9;
      rests = rests || ((first || last) && home(span));
    }
    counted += 1;
    resting += rests ? 1 : 0;
  }
  return {all > 0 ? at_home / all : 1, counted > 0 ? resting / counted : 1,
          all > 0 ? *std::max_element(elsewhere.begin(), elsewhere.end()) / all : 0};
}

}  // namespace

bool dominant_seventh(const Chord& chord) noexcept { return chord.has(4) && chord.has(10); }

Function function_of(const Chord& chord, const Key& key) noexcept {
  const bool minor = score::minor_third(key.mode);
  switch (score::pitch_class(chord.root - key.tonic)) {
    case 0:
      return Function::Tonic;
    case 1:
      return dominant_seventh(chord) || key.contains(60 + key.tonic + 1) ? Function::Dominant : Function::Predominant;
    case 2:
    case 5:
      return Function::Predominant;
    case 3:
      return minor ? Function::Tonic : Function::Other;
    case 4:
      return minor ? Function::Other : Function::Tonic;
    case 7:
    case 10:
    case 11:
      return Function::Dominant;
    case 8:
      return Function::Predominant;
    case 9:
      return minor ? Function::Other : Function::Tonic;
    default:
      return Function::Other;
  }
}

PitchSet chord_scale(const Chord& chord, const Key& key) noexcept {
  PitchSet set{};
  for (int step : score::steps(key.mode)) set[static_cast<std::size_t>(score::pitch_class(key.tonic + step))] = true;
  const bool root_inside = set[static_cast<std::size_t>(score::pitch_class(chord.root))];
  const bool dim = chord.has(3) && chord.has(6) && !chord.has(7);
  PitchSet bent = set;
  for (int interval : chord.intervals) {
    const int tone = score::pitch_class(chord.root + interval);
    if (set[static_cast<std::size_t>(tone)]) continue;
    const int inside = interval % 12;
    const bool raised = inside == 4 || inside == 11 || inside == 9 || inside == 2 || (inside == 7 && root_inside) ||
                        (inside == 0 && dim);
    const int from = score::pitch_class(raised ? tone - 1 : tone + 1);
    if (!chord.contains(60 + from)) bent[static_cast<std::size_t>(from)] = false;
    bent[static_cast<std::size_t>(tone)] = true;
  }
  return bent;
}

namespace {

// One way to harmonise the song.
std::vector<ChordSpan> draft(const Plan& plan, Random random) {
  std::map<std::string, Material> materials;
  std::vector<Material> taken;
  // The kinds that carry the song choose first.
  std::vector<const song::Section*> order;
  for (const auto& section : plan.sections) order.push_back(&section);
  const auto rank = [](const std::string& kind) {
    return kind == "chorus" || kind == "drop" ? 0 : kind == "verse" ? 1 : 2;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](const auto* a, const auto* b) { return rank(a->kind) < rank(b->kind); });
  for (const auto* section : order) {
    const std::string kind = source_kind(plan, section->kind);
    if (materials.contains(kind)) continue;
    int bars = section->bars;
    for (const auto& s : plan.sections) {
      if (s.kind == kind) {
        bars = s.bars;
        break;
      }
    }
    Random fork = random.fork(kind);
    Material material = make_material(plan, kind, bars, taken, fork);
    taken.push_back(material);
    materials.emplace(kind, std::move(material));
  }

  std::vector<Span> spans;
  for (std::size_t i = 0; i < plan.sections.size(); ++i) {
    const auto& section = plan.sections[i];
    auto part = lay_out(plan, materials.at(source_kind(plan, section.kind)), section);
    if (i + 1 < plan.sections.size()) {
      const Chord next = materials.at(source_kind(plan, plan.sections[i + 1].kind)).front().chord;
      Random fork = random.fork(section.kind + "/" + plan.sections[i + 1].kind);
      lead_on(plan, part, section, next, fork);
    }
    spans.insert(spans.end(), part.begin(), part.end());
  }
  if (spans.empty()) return {};
  close(plan, spans, materials.at(source_kind(plan, plan.sections.back().kind)), random);
  // What was promised to resolve, and no longer can (a section cut it short), was never said.
  for (std::size_t i = 1; i < spans.size(); ++i) {
    const bool resolves = i + 1 < spans.size() && spans[i + 1].chord.root == spans[i].target;
    if (spans[i].target >= 0 && !resolves) spans[i].chord = spans[i - 1].chord;
  }
  std::vector<ChordSpan> result;
  result.reserve(spans.size());
  for (const auto& span : spans) result.push_back({span.start, span.length, span.chord});
  return result;
}

}  // namespace

std::vector<ChordSpan> write_harmony(const Plan& plan) {
  const Random random = plan.random.fork("harmony");
  // What never comes home says no key: such a draft is thrown away, as a producer would.
  constexpr int kDrafts = 16;
  constexpr double kShare = 0.3, kSections = 0.7, kRival = 0.35;
  std::vector<ChordSpan> best;
  double best_rest = -1;
  for (int n = 0; n < kDrafts; ++n) {
    std::vector<ChordSpan> chords =
        draft(plan, n == 0 ? random : random.fork("draft").fork(static_cast<std::uint64_t>(n)));
    const Rest rest = rest_of(plan, chords);
    const double firm = std::min(1.0, rest.share / kShare) + std::min(1.0, rest.sections / kSections) +
                        std::min(1.0, kRival / std::max(rest.rival, 1e-9));
    if (firm > best_rest) {
      best_rest = firm;
      best = std::move(chords);
    }
    if (best_rest >= 3) break;
  }
  return best;
}

}  // namespace figment::compose
