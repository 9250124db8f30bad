#include "compose/comping.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>

#include "compose/comping_patterns.h"
#include "compose/voicing.h"

namespace figment::compose {
namespace {

struct Range {
  int low, high;
};

Range range_of(const Member& member, int low, int high) {
  int from = std::clamp(member.part->part.low, 0, 127), to = std::clamp(member.part->part.high, 0, 127);
  if (from > to) std::swap(from, to);
  if (to - from > 36) {
    const int wanted_low = std::clamp(low, from, to), wanted_high = std::clamp(high, from, to);
    if (wanted_high - wanted_low >= 12) return {wanted_low, wanted_high};
  }
  return {from, to};
}

bool is_sustained(const std::string& pattern) { return pattern == "pads" || pattern == "sustain"; }
bool is_picked(const std::string& pattern) {
  return pattern == "arpeggio" || pattern == "alberti" || pattern == "fingerpick" || pattern == "ostinato" ||
         pattern == "broken";
}

VoicingRules rules_for(const Plan& plan, const Member& member, const Range& range) {
  const Harmony& harmony = plan.style->harmony;
  const std::string& pattern = member.part->part.pattern;
  VoicingRules rules;
  rules.type = voicing_type(harmony.voicing);
  rules.low = range.low;
  rules.high = range.high;
  rules.parallel_fifths = harmony.parallel_fifths;
  rules.rootless = harmony.extensions > 0.4 && plan.member("bass") != nullptr;
  rules.voices = 4;
  const bool thin = rules.type == VoicingType::Power || rules.type == VoicingType::Unison;
  if (member.part->role == "pad") {
    if (thin || rules.type == VoicingType::Shell) rules.type = VoicingType::Open;
    if (harmony.extensions > 0.6 && range.high - range.low >= 24) rules.voices = 5;
  } else if (pattern == "power-chug") {
    rules.type = VoicingType::Power;
    rules.voices = 3;
  } else if (pattern == "strum" && !thin) {
    rules.type = range.high - range.low >= 19 ? VoicingType::Open : VoicingType::Close;
    rules.voices = range.high - range.low >= 19 ? 5 : 4;
  } else if (is_picked(pattern) && thin) {
    rules.type = VoicingType::Open;
  } else if ((pattern == "stabs" || pattern == "house" || pattern == "skank" || member.part->role == "pluck") &&
             !thin) {
    rules.type = VoicingType::Close;
    rules.voices = pattern == "skank" ? 3 : 4;
  }
  // A bowed string plays two notes at a time.
  if (std::find(member.traits.begin(), member.traits.end(), "double-stops") != member.traits.end()) {
    rules.type = VoicingType::Close;
    rules.voices = 2;
  }
  if (rules.type == VoicingType::Open || rules.type == VoicingType::Spread) {
    if (range.high - range.low < 16) rules.type = VoicingType::Close;
  }
  return rules;
}

// The same pitch is never struck while it still sounds; nothing rings into silent bars or past the song.
void tidy(const Plan& plan, const Member& member, score::Score& score) {
  const Beats song_end = plan.bar_start(plan.bars);
  std::vector<Beats> silence(static_cast<std::size_t>(plan.bars) + 1, song_end);  // where the next silent bar begins
  for (int bar = plan.bars; bar-- > 0;) {
    silence[static_cast<std::size_t>(bar)] =
        member.plays(bar) ? silence[static_cast<std::size_t>(bar) + 1] : plan.bar_start(bar);
  }
  std::erase_if(score.notes, [&](const score::Note& note) {
    const int bar = plan.bar_at(note.start);
    return note.start < Beats{0} || bar >= plan.bars || !member.plays(bar);
  });
  score.sort();
  std::map<int, std::size_t> sounding;
  std::vector<bool> gone(score.notes.size(), false);
  for (std::size_t i = 0; i < score.notes.size(); ++i) {
    auto& note = score.notes[i];
    const int bar = plan.bar_at(note.start);
    note.length = std::min(note.length, silence[static_cast<std::size_t>(bar)] - note.start);
    const auto before = sounding.find(note.pitch);
    if (before != sounding.end()) {
      auto& old = score.notes[before->second];
      if (note.start - old.start < Beats{0.03}) {  // one string cannot be struck twice at once
        old.length = std::max(old.length, note.end() - old.start);
        old.velocity = std::max(old.velocity, note.velocity);
        gone[i] = true;
        continue;
      }
      old.length = std::min(old.length, note.start - old.start);
    }
    sounding[note.pitch] = i;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < score.notes.size(); ++i) {
    if (!gone[i] && score.notes[i].length > Beats{1e-6}) score.notes[kept++] = score.notes[i];
  }
  score.notes.resize(kept);
}

class Comper {
 public:
  Comper(const Plan& plan, const Member& member)
      : plan_(plan),
        member_(member),
        part_(member.part->part),
        random_(plan.random.fork(member.id)),
        range_(member.part->role == "pluck" ? range_of(member, 57, 84) : range_of(member, 48, 77)) {
    score_.name = member.part->name;
    std::vector<score::Chord> chords;
    for (const auto& span : plan.chords) chords.push_back(span.chord);
    voicings_ = voice_chords(chords, rules_for(plan, member, range_));
  }

  score::Score write() {
    if (plan_.chords.empty()) return score_;
    if (part_.rhythms.empty() &&
        (is_sustained(part_.pattern) || (member_.part->role == "pad" && part_.pattern.empty())))
      hold();
    else
      strike();
    tidy(plan_, member_, score_);
    return std::move(score_);
  }

 private:
  [[nodiscard]] double energy(int bar) const {
    return std::clamp(plan_.section_at(bar).energy, 0.0, 1.0) *
           std::clamp(member_.activity[static_cast<std::size_t>(bar)], 0.0, 1.0);
  }
  [[nodiscard]] std::size_t span_at(Beats when) const {
    std::size_t i = 0;
    while (i + 1 < plan_.chords.size() && plan_.chords[i + 1].start <= when + Beats{1e-6}) ++i;
    return i;
  }
  void add(Beats at, Beats length, int pitch, double velocity) {
    if (pitch < range_.low || pitch > range_.high) return;
    score_.notes.push_back(
        {at, length, static_cast<std::uint8_t>(pitch), static_cast<float>(std::clamp(velocity, 0.05, 1.0))});
  }

  // Pads: every voice is held for as long as the next chord has it too, up to two bars.
  void hold() {
    const Beats longest = plan_.metre.bar() * 2.0;
    std::map<int, std::size_t> held;
    for (std::size_t i = 0; i < plan_.chords.size(); ++i) {
      const auto& span = plan_.chords[i];
      std::map<int, std::size_t> now;
      // The span in pieces that lie in playing bars.
      const int first = plan_.bar_at(span.start);
      const int last =
          std::min(plan_.bars - 1,
                   static_cast<int>(std::floor((span.start + span.length).value / plan_.metre.bar().value - 1e-9)));
      for (int bar = first; bar <= last;) {
        if (!member_.plays(bar)) {
          held.clear();
          ++bar;
          continue;
        }
        int until = bar + 1;
        while (until <= last && member_.plays(until)) ++until;
        const Beats from = std::max(span.start, plan_.bar_start(bar));
        const Beats to = std::min(span.start + span.length, plan_.bar_start(until));
        const bool section_start = plan_.bar_in_section(bar) == 0 && from - plan_.bar_start(bar) < Beats{1e-9};
        for (int pitch : voicings_[i]) {
          const auto tied = held.find(pitch);
          if (tied != held.end() && !section_start) {
            auto& note = score_.notes[tied->second];
            if (std::abs((note.end() - from).value) < 1e-6 && to - note.start <= longest + Beats{1e-6}) {
              note.length = to - note.start;
              now[pitch] = tied->second;
              continue;
            }
          }
          const bool top = pitch == voicings_[i].back();
          add(from, to - from, pitch, 0.5 + 0.22 * energy(bar) + (top ? 0.05 : 0));
          if (!score_.notes.empty() && score_.notes.back().pitch == pitch) now[pitch] = score_.notes.size() - 1;
        }
        bar = until;
      }
      held = std::move(now);
    }
  }

  void strike() {
    for (int bar = 0; bar < plan_.bars; ++bar) {
      if (!member_.plays(bar)) continue;
      const auto& section = plan_.section_at(bar);
      BarOfPattern b;
      b.bar_in_section = plan_.bar_in_section(bar);
      b.bars_in_section = section.bars;
      b.energy = energy(bar);
      b.density = part_.density;
      b.legato = part_.legato;
      const Random choice = random_.fork(section.kind == "intro" || section.kind == "outro" ? "verse" : section.kind);
      const Random variation = random_.fork("bar").fork(static_cast<std::uint64_t>(bar));
      std::vector<Hit> hits;
      if (!part_.rhythms.empty()) {
        Random pick = choice;
        hits = written_bar(plan_, pick.pick(part_.rhythms), b.bar_in_section, part_.legato);
      } else {
        hits = pattern_bar(plan_, part_.pattern, b, choice, variation);
      }
      if (bar + 1 == plan_.bars && plan_.sections.size() > 1) {  // the last chord is struck once and rings
        if (hits.empty()) hits.push_back({});
        hits.resize(1);
        hits[0].at = Beats{0};
        hits[0].length = plan_.metre.bar();
        hits[0].what = Hit::What::All;
        hits[0].holds = true;
      }
      for (const auto& hit : hits) sound(bar, hit, b.energy);
    }
  }

  void sound(int bar, const Hit& hit, double energy) {
    const Beats at = plan_.bar_start(bar) + hit.at;
    std::size_t i = span_at(at);
    if (hit.ahead && i + 1 < plan_.chords.size()) {
      const Beats next = plan_.chords[i + 1].start;
      if (next - at <= Beats{0.51} && next - at > Beats{0}) ++i;
    }
    const double velocity = std::min(1.0, hit.velocity * (0.76 + 0.28 * energy));
    const Beats end = at + std::max(hit.length, Beats{0.0625});
    const Beats change = plan_.chords[i].start + plan_.chords[i].length;
    chord(i, at, std::min(end, change), velocity, hit, true);
    // What is held over a change of chord is struck again with the new one.
    for (std::size_t k = i + 1; hit.holds && k < plan_.chords.size() && plan_.chords[k].start < end - Beats{0.2}; ++k) {
      chord(k, plan_.chords[k].start, std::min(end, plan_.chords[k].start + plan_.chords[k].length), velocity * 0.95,
            hit, false);
    }
  }

  void chord(std::size_t i, Beats from, Beats to, double velocity, const Hit& hit, bool first) {
    const Voicing& v = voicings_[i];
    if (v.empty() || to <= from) return;
    Voicing notes;
    switch (hit.what) {
      case Hit::What::All:
        notes = v;
        break;
      case Hit::What::Low:
      case Hit::What::Root:
        notes = {v.front()};
        break;
      case Hit::What::Upper:
        notes.assign(v.size() > 1 ? v.begin() + 1 : v.begin(), v.end());
        break;
      case Hit::What::Voice: {
        const int n = static_cast<int>(v.size());
        int pitch = v[static_cast<std::size_t>(hit.voice % n)] + 12 * (hit.voice / n);
        while (pitch > range_.high) pitch -= 12;
        notes = {pitch};
        break;
      }
    }
    if (hit.strum < 0 && notes.size() > 3)
      notes.erase(notes.begin(), notes.end() - 3);  // the up-stroke catches the high strings
    // The delay between strings, slower for soft strums.
    const Beats string{(0.02 - 0.012 * velocity) * plan_.tempo.value / 60};
    for (std::size_t k = 0; k < notes.size(); ++k) {
      const std::size_t order = hit.strum >= 0 ? k : notes.size() - 1 - k;
      const Beats late = hit.strum != 0 ? std::min(string * static_cast<double>(order), (to - from) * 0.4) : Beats{0};
      const bool top = k + 1 == notes.size() && notes.size() > 1;
      add(from + late, to - from - late, notes[k], velocity + (top ? 0.03 : 0) - (first ? 0 : 0.02));
    }
  }

  const Plan& plan_;
  const Member& member_;
  const PartStyle& part_;
  Random random_;
  Range range_;
  score::Score score_;
  std::vector<Voicing> voicings_;
};

// Chord tones in rising order over the arpeggio's range.
std::vector<int> ladder(const score::Chord& chord, int low, int high) {
  std::array<bool, 12> in{};
  // Four tones at most: root, third, fifth, seventh (or the colour).
  int taken = 0;
  for (int interval : chord.intervals) {
    if (taken++ < 4) in[static_cast<std::size_t>(score::pitch_class(chord.root + interval))] = true;
  }
  std::vector<int> notes;
  for (int p = low; p <= high; ++p) {
    if (in[static_cast<std::size_t>(score::pitch_class(p))]) notes.push_back(p);
  }
  return notes;
}

// The order of steps on the ladder, and which of them are silent.
struct Figure {
  std::vector<int> order;
  std::vector<bool> sounds;
};

Figure figure_of(const std::string& pattern, int rungs, int steps_per_bar, double density, Random random) {
  Figure figure;
  const int n = std::max(1, rungs);
  if (pattern == "down") {
    for (int i = n; i-- > 0;) figure.order.push_back(i);
  } else if (pattern == "updown") {
    for (int i = 0; i < n; ++i) figure.order.push_back(i);
    for (int i = n - 2; i > 0; --i) figure.order.push_back(i);
  } else if (pattern == "random") {
    int now = random.integer(0, n - 1);
    for (int i = 0; i < steps_per_bar; ++i) {
      figure.order.push_back(now);
      int next = random.integer(0, n - 1);
      if (next == now) next = (now + 1) % n;
      now = next;
    }
  } else if (pattern == "up") {
    for (int i = 0; i < n; ++i) figure.order.push_back(i);
  } else {
    // A drawn figure of half a bar, told twice with another end: low anchor notes against wandering high ones.
    const int half = std::max(2, steps_per_bar / 2);
    for (int i = 0; i < half; ++i)
      figure.order.push_back(i % 2 == 0 ? random.integer(0, n / 2) : random.integer(n / 2, n - 1));
    const auto first = figure.order;
    figure.order.insert(figure.order.end(), first.begin(), first.end());
    figure.order.back() = std::min(n - 1, figure.order.back() + 1);
    figure.order.front() = 0;
  }
  figure.sounds.assign(static_cast<std::size_t>(steps_per_bar), true);
  for (std::size_t i = 1; i < figure.sounds.size(); ++i) {
    if (i % 4 != 0 && random.chance((1 - density) * 0.35)) figure.sounds[i] = false;
  }
  return figure;
}

}  // namespace

score::Score write_chords(const Plan& plan, const Member& member) { return Comper(plan, member).write(); }

score::Score write_arp(const Plan& plan, const Member& member) {
  score::Score score;
  score.name = member.part->name;
  if (plan.chords.empty()) return score;
  const PartStyle& part = member.part->part;
  const Range range = range_of(member, 60, 91);
  const Random random = plan.random.fork(member.id);
  const bool triplets = plan.style->melody.triplets && part.density < 0.66 && !plan.metre.compound();
  for (int bar = 0; bar < plan.bars; ++bar) {
    if (!member.plays(bar)) continue;
    const auto& section = plan.section_at(bar);
    const double activity = std::clamp(member.activity[static_cast<std::size_t>(bar)], 0.0, 1.0);
    const double energy = std::clamp(section.energy, 0.0, 1.0) * activity;
    const bool sixteenths = part.density >= 0.66 || (part.density >= 0.4 && energy > 0.7);
    const Beats step{sixteenths ? 0.25 : triplets ? 1.0 / 3 : 0.5};
    const int steps = std::max(1, static_cast<int>(std::floor(plan.metre.bar() / step + 1e-6)));
    // The range opens with the energy: an octave in quiet sections, two in loud ones.
    const int octaves = energy > 0.55 && range.high - range.low >= 22 ? 2 : 1;
    const int low = std::min(range.low + (range.high - range.low > 28 ? 4 : 0), range.high);
    const int high = std::min(range.high, low + 12 * octaves + (octaves == 1 ? 4 : 0));
    std::vector<Hit> written;
    if (!part.rhythms.empty()) {
      Random pick = random.fork("rhythm");
      written = written_bar(plan, pick.pick(part.rhythms), plan.bar_in_section(bar), part.legato);
    } else {
      for (int s = 0; s < steps; ++s)
        written.push_back({step * static_cast<double>(s), step * std::clamp(part.legato, 0.15, 1.0), 0.66});
    }
    std::size_t k = static_cast<std::size_t>(part.pattern == "random" || part.pattern == "up" ||
                                                     part.pattern == "down" || part.pattern == "updown"
                                                 ? plan.bar_in_section(bar) % 2 * steps
                                                 : 0);
    const score::Chord* last = nullptr;
    for (const Hit& hit : written) {
      const Beats at = plan.bar_start(bar) + hit.at;
      const score::Chord* chord = score::chord_at(plan.chords, at + Beats{1e-6});
      if (!chord) continue;
      const auto rungs = ladder(*chord, low, high);
      if (rungs.empty()) continue;
      if (last && !(*last == *chord) && part.pattern != "random") k = 0;  // a new chord begins its figure anew
      last = chord;
      const auto figure =
          figure_of(part.pattern, static_cast<int>(rungs.size()), steps, part.rhythms.empty() ? part.density : 1.0,
                    random.fork(section.kind == "drop" || section.kind == "chorus" ? "full" : "quiet"));
      const std::size_t slot = static_cast<std::size_t>(std::lround(hit.at / step)) % figure.sounds.size();
      const int rung = figure.order[k % figure.order.size()];
      ++k;
      const score::Stress stress = plan.metre.stress(hit.at);
      const bool thinned = activity < 1 && stress == score::Stress::Weak && slot % 2 == 1 && activity < 0.6;
      if (!figure.sounds[slot] || thinned) continue;
      const double accent = stress == score::Stress::Strong ? 0.12 : stress == score::Stress::Medium ? 0.06 : 0;
      const double velocity = std::min(1.0, (hit.velocity + accent) * (0.75 + 0.28 * energy));
      score.notes.push_back(
          {at, hit.length,
           static_cast<std::uint8_t>(
               rungs[static_cast<std::size_t>(std::min<int>(rung, static_cast<int>(rungs.size()) - 1))]),
           static_cast<float>(std::clamp(velocity, 0.05, 1.0))});
    }
  }
  tidy(plan, member, score);
  return score;
}

}  // namespace figment::compose
