#include "compose/lead.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

#include "compose/lead_units.h"
#include "compose/lead_upbeat.h"
#include "compose/melody_line.h"
#include "compose/theme.h"

namespace figment::compose {
namespace {

constexpr int kNoAnchor = -10000;

bool sung(const std::string& kind) {
  return kind == "verse" || kind == "pre-chorus" || kind == "chorus" || kind == "bridge";
}

// How high in the range a kind of section is told.
double height_of(const std::string& kind) {
  if (kind == "chorus" || kind == "drop") return 0.52;
  if (kind == "verse") return 0.3;
  if (kind == "intro" || kind == "outro") return 0.4;
  if (kind == "bridge") return 0.5;
  return 0.42;
}

int bars_of(const Plan& plan, const Motif& motif) {
  return std::max(1, static_cast<int>(std::ceil(motif.length / plan.metre.bar() - 1e-9)));
}

// A motif cut into an idea of exactly one bar.
Motif one_bar(const Plan& plan, const Motif& motif) {
  Motif head = fragment(motif, Beats{0}, plan.metre.bar());
  if (head.notes.empty()) head.notes.push_back({});
  return head;
}

class Storyteller {
 public:
  Storyteller(const Plan& plan, const Member& member, const Register& range)
      : plan_(plan),
        member_(member),
        range_(range),
        pattern_(member.part->part.pattern),
        random_(plan.random.fork(member.id)) {
    rules_.low = range.low;
    rules_.high = range.high;
    rules_.pentatonic = plan.style->melody.pentatonic;
    rules_.blue = plan.style->melody.blue;
  }

  std::vector<LineNote> tell() {
    std::vector<LineNote> all;
    int verses = 0;
    for (std::size_t i = 0; i < plan_.sections.size(); ++i) {
      const auto& section = plan_.sections[i];
      notes_.clear();
      free_ = false;
      // Sections of a kind draw from the same stream: what was told once is told again.
      Random random = random_.fork(section.kind);
      if (section.kind == "verse") ++verses;
      write(section, verses, random);
      for (auto& note : notes_) note.velocity *= 0.72 + 0.28 * std::clamp(section.energy, 0.0, 1.0);
      respect_activity(plan_, member_, notes_, random.fork("thin"));
      if (!free_) {
        mark_phrases(notes_, climaxes_);
        fit_line(plan_, notes_, rules_);
        colour(random.fork("blue"));
        // Figures that go round and slow voices begin where they begin.
        if (pattern_ == "hook" || pattern_ == "call" || pattern_ == "improvise")
          add_upbeats(plan_, range_, all, notes_, random.fork("upbeat"));
      }
      all.insert(all.end(), notes_.begin(), notes_.end());
    }
    if (pattern_ != "riff" && pattern_ != "ostinato") finish(all);
    return all;
  }

 private:
  void write(const song::Section& section, int verses, Random& random) {
    const std::string& kind = section.kind;
    climaxes_ = true;
    rules_.fidelity = 1;
    if (plan_.room_for_voice && sung(kind)) return answer_the_voice(section, random);
    if (pattern_ == "long") return long_notes(section, random);
    if (pattern_ == "riff" || pattern_ == "ostinato" || pattern_ == "bells") return repeat(section, random);
    if (kind == "solo" ||
        (pattern_ == "improvise" && kind != "intro" && kind != "chorus" && (kind != "verse" || verses > 1))) {
      return solo(section, random);
    }
    if (kind == "build") return climb(section);
    if (kind == "pre-chorus") return rise(section, plan_.theme.verse);
    if (kind == "breakdown") return tell_units(section, slow_hook(), true, random);
    if (kind == "bridge") return tell_units(section, plan_.theme.contrast, false, random);
    if (kind == "verse") return tell_units(section, plan_.theme.verse, plan_.style->melody.density < 0.6, random);
    if (kind == "intro" || kind == "outro") return tell_units(section, plan_.theme.hook, section.energy < 0.6, random);
    tell_units(section, plan_.theme.hook, false, random);
  }

  [[nodiscard]] Motif slow_hook() const {
    const Motif& hook = plan_.theme.hook;
    return bars_of(plan_, hook) > 2 ? hook : augmented(hook, 2);
  }

  [[nodiscard]] Beats start_of(const song::Section& section) const { return plan_.bar_start(section.bar - 1); }
  [[nodiscard]] int phrase_name(const song::Section& section, int phrase) const { return section.bar * 64 + phrase; }

  // Phrases of four units.
  void tell_units(const song::Section& section, const Motif& motif, bool sparse, Random& random) {
    const int unit = bars_of(plan_, motif);
    const int units = section.bars / unit;
    const double centre = range_.at(height_of(section.kind));
    if (units == 0) {
      place_motif(plan_, fragment(motif, Beats{0}, plan_.metre.bar() * static_cast<double>(section.bars)),
                  start_of(section), centre, range_, kNoAnchor, phrase_name(section, 0), notes_);
      return;
    }
    std::string form = phrase_form(plan_, units, sparse, random);
    if (pattern_ == "call") {  // the second and fourth unit are left to the answer
      for (std::size_t i = 1; i < form.size(); i += 2) form[i] = '-';
    }
    int anchor = kNoAnchor;
    for (int u = 0; u < units; ++u) {
      const char letter = form[static_cast<std::size_t>(u)];
      const Motif said = varied(plan_, motif, letter, random.fork(static_cast<std::uint64_t>(letter)));
      const Beats start = start_of(section) + plan_.metre.bar() * static_cast<double>(u * unit);
      const int placed = place_motif(plan_, said, start, centre, range_, anchor, phrase_name(section, u / 4), notes_);
      if (letter == 'A') anchor = placed;
    }
    const int left = section.bars - units * unit;
    if (left > 0 && !sparse) {
      place_motif(plan_, fragment(motif, Beats{0}, plan_.metre.bar() * static_cast<double>(left) - Beats{1}),
                  start_of(section) + plan_.metre.bar() * static_cast<double>(units * unit), centre, range_, anchor,
                  phrase_name(section, units / 4), notes_);
    }
  }

  // The same figure over and over, bent only as far as the chords ask.
  void repeat(const song::Section& section, Random& random) {
    climaxes_ = false;
    rules_.fidelity = 1.6;
    const bool verse = section.kind == "verse" || section.kind == "intro" || section.kind == "outro";
    Motif figure = verse && pattern_ != "ostinato" ? plan_.theme.verse : plan_.theme.hook;
    if (pattern_ == "bells") figure = plan_.theme.hook;
    if (pattern_ == "ostinato") figure = one_bar(plan_, figure);
    const int unit = bars_of(plan_, figure);
    const double centre = range_.at(pattern_ == "riff" ? 0.3 : pattern_ == "bells" ? 0.55 : 0.45);
    Motif turned = varied(plan_, figure, 'a', random.fork("a"));
    Motif closing = varied(plan_, figure, 'C', random.fork("C"));
    int anchor = kNoAnchor;
    for (int bar = 0, u = 0; bar < section.bars; bar += unit, ++u) {
      const int left = section.bars - bar;
      const Motif& said = u % 8 == 7 ? closing : u % 4 == 3 ? turned : figure;
      const Motif cut = left < unit ? fragment(said, Beats{0}, plan_.metre.bar() * static_cast<double>(left)) : said;
      const int placed = place_motif(plan_, cut, start_of(section) + plan_.metre.bar() * static_cast<double>(bar),
                                     centre, range_, anchor, phrase_name(section, u), notes_);
      if (anchor == kNoAnchor) anchor = placed;
    }
  }

  // Before a drop: the hook's first cell, one step higher each bar and twice as often at the end.
  void climb(const song::Section& section) {
    climaxes_ = false;
    const Beats bar = plan_.metre.bar();
    const Motif cell = fragment(plan_.theme.hook, Beats{0}, bar * 0.5);
    if (cell.notes.empty()) return;
    for (int b = 0; b < section.bars; ++b) {
      const bool dense = b >= section.bars - 2 && section.bars >= 4;
      const double height = 0.25 + 0.5 * (b + 1) / section.bars;
      for (int k = 0; k < (dense ? 2 : 1); ++k) {
        if (b == section.bars - 1 && k == 1) break;  // air before what comes
        place_motif(plan_, cell, start_of(section) + bar * (b + 0.5 * k), range_.at(height), range_, kNoAnchor,
                    phrase_name(section, b), notes_);
      }
    }
    for (auto& note : notes_) {
      const double x = (note.start - start_of(section)) / (bar * static_cast<double>(section.bars));
      note.velocity *= 0.75 + 0.25 * x;
    }
  }

  // A verse that wants to become a chorus: the motif's head in rising sequence.
  void rise(const song::Section& section, const Motif& motif) {
    const int unit = bars_of(plan_, motif);
    const Beats bar = plan_.metre.bar();
    for (int b = 0, u = 0; b < section.bars; b += unit, ++u) {
      const double height = 0.32 + 0.3 * b / std::max(1, section.bars - 1);
      const Beats length = bar * static_cast<double>(std::min(unit, section.bars - b));
      place_motif(plan_, fragment(motif, Beats{0}, length), start_of(section) + bar * static_cast<double>(b),
                  range_.at(height), range_, kNoAnchor, phrase_name(section, u / 4), notes_);
    }
  }

  // One or two tones to a chord, that follow each other as a slow voice.
  void long_notes(const song::Section& section, Random& random) {
    climaxes_ = section.bars >= 4;
    rules_.fidelity = 0.4;
    const Beats bar = plan_.metre.bar();
    const double density = plan_.style->melody.density * 0.5 + member_.part->part.density * 0.5;
    const double centre = range_.at(height_of(section.kind)), swing = (range_.high - range_.low) * 0.22;
    const double offset = random.uniform(0, 2 * std::numbers::pi);
    for (int b = 0; b < section.bars;) {
      const int hold = density < 0.25 && b + 1 < section.bars ? 2 : 1;
      const bool breath = b % 4 + hold >= 4;
      const bool two = !breath && random.chance(density * 0.9);
      const Beats start = start_of(section) + bar * static_cast<double>(b);
      const Beats length = bar * static_cast<double>(hold);
      const double x = static_cast<double>(b) / std::max(4, section.bars);
      const double wish = centre + swing * std::sin(offset + 2 * std::numbers::pi * x * 1.5);
      LineNote note;
      note.start = start;
      note.length = two ? length * 0.5 : breath ? length * 0.75 : length;
      note.wish = wish;
      note.velocity = 0.72;
      note.phrase = phrase_name(section, b / 8);
      notes_.push_back(note);
      if (two) {
        // The second half is where the bar is felt to turn.
        Beats turn = length * 0.5;
        for (Beats at = plan_.metre.pulse(); at < length; at += plan_.metre.pulse()) {
          if (plan_.metre.stress(at) == score::Stress::Strong) {
            turn = at;
            break;
          }
        }
        notes_.back().length = turn;
        note.start = start + turn;
        note.length = length - turn;
        note.wish = wish + random.pick(std::array<double, 4>{-3, -2, 2, 3});
        note.velocity = 0.66;
        notes_.push_back(note);
      }
      b += hold;
    }
  }

  void solo(const song::Section& section, Random& random) {
    free_ = true;
    // Every chorus of a solo is another one.
    notes_ = improvise(plan_, range_, start_of(section),
                       start_of(section) + plan_.metre.bar() * static_cast<double>(section.bars), section.energy,
                       random.fork(static_cast<std::uint64_t>(section.bar)));
  }

  // A short answer at the end of every fourth bar, above (or, where the part is low, below) where a voice sings.
  void answer_the_voice(const song::Section& section, Random& random) {
    const Beats bar = plan_.metre.bar();
    const Motif& source = section.kind == "verse" ? plan_.theme.verse : plan_.theme.hook;
    const Motif reply = inverted(fragment(source, Beats{0}, bar * 0.5));
    if (reply.notes.empty()) return;
    Beats from = bar * 0.5;
    for (Beats at = plan_.metre.pulse(); at < bar; at += plan_.metre.pulse()) {
      if (plan_.metre.stress(at) == score::Stress::Strong) from = at;
    }
    const Motif fitting = fragment(reply, Beats{0}, bar - from);
    const double centre = range_.high >= 72 ? std::max(74.0, range_.at(0.75)) : range_.at(0.2);
    LineRules away = rules_;
    if (range_.high >= 76) away.low = std::max(range_.low, 69);
    rules_.low = away.low;
    for (int b = 3; b < section.bars; b += 4) {
      if (!random.chance(0.85)) continue;
      place_motif(plan_, fitting, start_of(section) + bar * static_cast<double>(b) + from, centre, range_, kNoAnchor,
                  phrase_name(section, b / 4), notes_);
    }
    climaxes_ = false;
  }

  // Blue notes: a short weak note slides in from a half step below the tone it leads to.
  void colour(Random random) {
    rules_.low = range_.low;
    if (rules_.blue <= 0) return;
    for (std::size_t i = 0; i + 1 < notes_.size(); ++i) {
      const double draw = random.uniform();
      LineNote& note = notes_[i];
      const LineNote& next = notes_[i + 1];
      if (note.begins || next.begins || note.length > Beats{0.5} || note.climax) continue;
      const double within = note.start.value - std::floor(note.start.value);
      const int before = notes_[i - 1].pitch;
      const int blue = next.pitch - 1;
      if (within < 1e-9 || draw > rules_.blue * 0.5 || blue <= range_.low || std::abs(blue - before) > 4 ||
          blue == before)
        continue;
      note.pitch = blue;
    }
  }

  // The last word of the song: home, held.
  void finish(std::vector<LineNote>& all) {
    const int last_bar = plan_.bars - 1;
    if (plan_.sections.size() < 2 || !member_.plays(last_bar) || all.empty()) return;
    const Beats start = plan_.bar_start(last_bar);
    const score::Chord* chord = score::chord_at(plan_.chords, start + Beats{1e-6});
    std::erase_if(all, [&](const LineNote& note) { return note.start >= start - Beats{1e-9}; });
    if (all.empty() || !chord || start - all.back().start > plan_.metre.bar() * 4.0) return;
    for (auto& note : all) note.length = std::min(note.length, start - note.start);
    LineNote note;
    note.start = start;
    note.length = plan_.metre.bar();
    note.velocity = all.back().velocity;
    int best = all.back().pitch;
    int least = 1000;
    for (int p = range_.low; p <= range_.high; ++p) {
      const int cost =
          std::abs(p - all.back().pitch) * 2 + ((p - chord->root) % 12 == 0 ? 0 : 5) + (chord->contains(p) ? 0 : 100);
      if (cost < least) {
        least = cost;
        best = p;
      }
    }
    note.pitch = best;
    all.push_back(note);
  }

  const Plan& plan_;
  const Member& member_;
  Register range_;
  std::string pattern_;
  Random random_;
  LineRules rules_;
  bool climaxes_ = true;
  bool free_ = false;  // the notes have their pitches already
  std::vector<LineNote> notes_;
};

// Octaves above the accents: the glitter of bells.
void add_octaves(const Plan& plan, const Register& range, score::Score& score) {
  std::vector<score::Note> more;
  for (const auto& note : score.notes) {
    if (plan.in_bar(note.start) > Beats{1e-9} || note.pitch + 12 > range.high) continue;
    score::Note high = note;
    high.pitch = static_cast<std::uint8_t>(note.pitch + 12);
    high.velocity *= 0.6F;
    more.push_back(high);
  }
  score.notes.insert(score.notes.end(), more.begin(), more.end());
  // An octave that meets a melody note of its own pitch gives way to it.
  score.sort();
  for (std::size_t i = 0; i < score.notes.size(); ++i) {
    for (std::size_t j = i + 1; j < score.notes.size() && score.notes[j].start < score.notes[i].end(); ++j) {
      if (score.notes[j].pitch == score.notes[i].pitch) {
        score.notes[i].length = std::max(Beats{0.0625}, score.notes[j].start - score.notes[i].start);
        break;
      }
    }
  }
}

struct Gap {
  Beats from, to;
};

// Where the lead is silent for at least `least`, within the bars that `member` plays in.
std::vector<Gap> gaps_of(const Plan& plan, const score::Score& lead, Beats least) {
  std::vector<Gap> gaps;
  Beats at{0};
  for (const auto& note : lead.notes) {
    if (note.start - at >= least) gaps.push_back({at, note.start});
    at = std::max(at, note.end());
  }
  const Beats end = plan.bar_start(plan.bars);
  if (end - at >= least) gaps.push_back({at, end});
  return gaps;
}

}  // namespace

score::Score write_lead(const Plan& plan, const Member& member) {
  const Register range = register_of(member, 60, 84);
  score::Score score = finish_line(plan, member, Storyteller(plan, member, range).tell());
  if (member.part->part.pattern == "bells") add_octaves(plan, range, score);
  return score;
}

score::Score write_counter(const Plan& plan, const Member& member) {
  const Register range = register_of(member, 55, 79);
  const std::string& pattern = member.part->part.pattern;
  const Member* lead = plan.member("lead");
  if (lead == &member) lead = nullptr;
  if (pattern == "long" || pattern == "ostinato" || pattern == "riff" || pattern == "bells" || !lead) {
    score::Score score = finish_line(plan, member, Storyteller(plan, member, range).tell());
    for (auto& note : score.notes) note.velocity *= 0.85F;
    return score;
  }
  // Answers in the lead's rests, made of the hook: its head upside down, or its tail.
  Random random = plan.random.fork(member.id);
  const Beats bar = plan.metre.bar();
  const Motif& hook = plan.theme.hook;
  const Motif head = inverted(fragment(hook, Beats{0}, bar));
  const Motif tail = fragment(hook, hook.length * 0.5, hook.length);
  std::vector<LineNote> notes;
  int phrase = 0;
  for (const auto& gap : gaps_of(plan, write_lead(plan, *lead), Beats{1.5})) {
    // Long silences of the lead are filled bar by bar, every second one.
    Beats at{std::ceil(gap.from.value * 2 + 1e-9) / 2};
    if (at - gap.from < Beats{0.25}) at += Beats{0.5};
    for (int k = 0; at < gap.to - Beats{1} && k < 64; ++k) {
      const Beats bar_end = bar * (std::floor(at / bar + 1e-9) + 1);
      const Beats end = std::min(gap.to - Beats{0.25}, bar_end);
      const int here = static_cast<int>(std::floor(at / bar + 1e-9));
      Random fork = random.fork(static_cast<std::uint64_t>(plan.bar_in_section(std::min(here, plan.bars - 1))))
                        .fork(plan.section_at(std::min(here, plan.bars - 1)).kind);
      const Motif& source = fork.chance(0.6) || tail.notes.size() < 2 ? head : tail;
      const Motif said = fragment(source, Beats{0}, end - at);
      if (end - at >= Beats{1} && said.notes.size() >= 2) {
        const double energy = plan.section_at(std::min(here, plan.bars - 1)).energy;
        const std::size_t before = notes.size();
        place_motif(plan, said, at, range.at(0.5), range, kNoAnchor, phrase++, notes);
        for (std::size_t i = before; i < notes.size(); ++i) notes[i].velocity *= 0.6 + 0.25 * energy;
      }
      at = bar_end + bar;
    }
  }
  respect_activity(plan, member, notes, random.fork("thin"));
  mark_phrases(notes, false);
  LineRules rules;
  rules.low = range.low;
  rules.high = range.high;
  rules.pentatonic = plan.style->melody.pentatonic;
  fit_line(plan, notes, rules);
  return finish_line(plan, member, std::move(notes));
}

}  // namespace figment::compose
