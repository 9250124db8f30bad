#include "compose/arrangement.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "compose/drums.h"
#include "compose/effects.h"
#include "compose/form.h"

namespace figment::compose {
namespace {

bool lists(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_backbone(std::string_view role) { return role == "kick" || role == "snare" || role == "drums"; }

// A part that can stand alone without holes.
bool carries(std::string_view role) {
  return is_drum_role(role) || role == "chords" || role == "pad" || role == "arp" || role == "pluck" || role == "bass";
}

bool secondary(std::string_view role) {
  return role == "percussion" || role == "arp" || role == "pluck" || role == "counter" || role == "pad" ||
         role == "texture";
}

bool is_club(const Style& style) {
  return style.family == "house" || style.family == "techno" || style.family == "trance";
}

// Something that sounds the chords.
bool chordal(std::string_view role) { return role == "chords" || role == "pad" || role == "arp" || role == "pluck"; }

bool eligible(const Plan& plan, const Member& m, const song::Section& s) {
  const auto& t = *m.part;
  if (lists(t.in, s.kind)) return true;
  if (lists(t.out, s.kind)) return false;
  if (s.kind == "breakdown" && is_backbone(t.role)) return false;
  // Club tracks begin and end on drums, so that they can be mixed into each other.
  const bool frame = (s.kind == "intro" || s.kind == "outro") && is_club(*plan.style) && is_drum_role(t.role);
  const double lowest = frame ? t.lowest_energy - 0.25 : t.lowest_energy;
  if (s.energy > t.highest_energy + 1e-9) return false;
  if (s.energy >= lowest - 1e-9) return true;
  // A calm mood makes a song softer; it does not send its drums and bass home.
  const bool ground = is_drum_role(t.role) || t.role == "bass";
  return ground && s.energy >= lowest - 0.1 - 1e-9 && usual_energy(*plan.style, s.kind) >= lowest - 1e-9;
}

double distance(const Member& m, const song::Section& s) {
  double d = std::max({0.0, m.part->lowest_energy - s.energy, s.energy - m.part->highest_energy});
  if (lists(m.part->out, s.kind)) d += 0.5;
  if (!carries(m.part->role)) d += 2;
  return d;
}

// The order in which a song is put together.
int entry_rank(const Plan& plan, std::string_view role) {
  const bool club = is_club(*plan.style);
  static constexpr std::array<const char*, 14> kClub{"kick",  "drums", "texture", "hats", "percussion",
                                                     "snare", "pad",   "chords",  "bass", "arp",
                                                     "pluck", "lead",  "counter", ""};
  static constexpr std::array<const char*, 14> kBand{"texture", "pad",  "chords",     "pluck", "arp",   "lead",
                                                     "hats",    "bass", "percussion", "snare", "drums", "kick",
                                                     "counter", ""};
  const auto& order = club ? kClub : kBand;
  for (std::size_t i = 0; i < order.size(); ++i)
    if (role == order[i]) return static_cast<int>(i);
  return 20;
}

class Arranger {
 public:
  explicit Arranger(Plan& plan) : plan_(plan), random_(plan.random.fork("arrangement")) {
    for (auto& m : plan_.members) m.activity.assign(static_cast<std::size_t>(plan_.bars), 0.0);
  }

  void run() {
    for (std::size_t i = 0; i < plan_.sections.size(); ++i) arrange_section(i);
    for (std::size_t i = 0; i + 1 < plan_.sections.size(); ++i) connect(i);
    open_and_close();
    std::stable_sort(plan_.transitions.begin(), plan_.transitions.end(),
                     [](const Transition& a, const Transition& b) { return a.bar < b.bar; });
  }

 private:
  using Players = std::vector<Member*>;

  void set(Member& m, int from, int to, double value) {
    for (int b = std::max(0, from); b < std::min(to, plan_.bars); ++b) m.activity[static_cast<std::size_t>(b)] = value;
  }

  Players players(const song::Section& s) {
    Players out;
    for (auto& m : plan_.members)
      if (m.part->role != "effects" && eligible(plan_, m, s)) out.push_back(&m);
    // Somebody carries every section.
    if (std::none_of(out.begin(), out.end(), [](const Member* m) { return carries(m->part->role); })) {
      Member* nearest = nullptr;
      for (auto& m : plan_.members)
        if (m.part->role != "effects" && (nearest == nullptr || distance(m, s) < distance(*nearest, s))) nearest = &m;
      if (nearest != nullptr && std::find(out.begin(), out.end(), nearest) == out.end()) out.push_back(nearest);
    }
    // Drums, bass and a tune alone are a sketch: somebody sounds the chords, outside of what opens and closes a song.
    const bool frame = s.kind == "intro" || s.kind == "outro";
    if (!frame && std::none_of(out.begin(), out.end(), [](const Member* m) { return chordal(m->part->role); })) {
      Member* nearest = nullptr;
      for (auto& m : plan_.members)
        if (chordal(m.part->role) && !lists(m.part->out, s.kind) &&
            (nearest == nullptr || distance(m, s) < distance(*nearest, s)))
          nearest = &m;
      if (nearest != nullptr) out.push_back(nearest);
    }
    std::stable_sort(out.begin(), out.end(), [&](const Member* a, const Member* b) {
      return entry_rank(plan_, a->part->role) < entry_rank(plan_, b->part->role);
    });
    return out;
  }

  void arrange_section(std::size_t index) {
    const song::Section& s = plan_.sections[index];
    const int from = s.bar - 1, to = from + s.bars;
    Players who = players(s);
    leave_room(who, s);
    for (auto* m : who) set(*m, from, to, 1.0);
    Random random = random_.fork(s.name);
    if (who.size() == 1) {
      alone(*who.front(), from, to);
      return;
    }
    if (index == 0 && s.kind == "intro" && plan_.sections.size() > 1) return build_up(who, s, true);
    // A band that ends on a hit plays on to it; others leave one after the other.
    const bool to_the_end = ending_of(plan_) == Ending::Hit && s.energy >= 0.4;
    if (index + 1 == plan_.sections.size() && s.kind == "outro" && plan_.sections.size() > 1 && s.bars >= 4 &&
        !to_the_end)
      return build_up(who, s, false);
    blocks(who, s, random);
    if (s.kind == "breakdown" && electronic(*plan_.style) && s.bars >= 8 && index + 1 < plan_.sections.size() &&
        plan_.sections[index + 1].energy > s.energy + 0.2)
      for (auto& m : plan_.members)  // what comes is heard coming
        if (m.part->role == "hats" && !lists(m.part->out, s.kind)) set(m, to - std::min(4, s.bars / 4), to, 0.7);
  }

  // What is less intense than the peak is also thinner: one layer of harmony waits for it.
  void leave_room(Players& who, const song::Section& s) {
    double peak = 0;
    for (const auto& o : plan_.sections) peak = std::max(peak, o.energy);
    if (s.energy > peak - 0.12 || is_peak_kind(s.kind) || plan_.sections.size() < 2) return;
    Players layers;
    for (auto* m : who) {
      const auto& r = m->part->role;
      if ((r == "pad" || r == "pluck" || r == "arp" || r == "counter" || r == "chords") && !lists(m->part->in, s.kind))
        layers.push_back(m);
    }
    if (layers.size() < 2 || who.size() < 4) return;
    // The same one in all sections of a kind; never one that does not return in the peak.
    Random random = random_.fork("layer/" + s.kind);
    std::vector<double> weights;
    for (const auto* m : layers)
      weights.push_back(m->part->highest_energy >= peak - 1e-9 && !asked(*m) ? 1.3 - 0.8 * m->part->chance : 0.0);
    if (std::all_of(weights.begin(), weights.end(), [](double w) { return w <= 0; })) return;
    Member* out = layers[plan_.chooser->choose("band.layer", weights, random)];
    std::erase(who, out);
  }

  [[nodiscard]] static bool asked(const Member& m) { return !m.traits.empty(); }

  // One player: louder and softer hands instead of entries.
  void alone(Member& m, int from, int to) {
    static constexpr double kLevels[] = {0.9, 1.0, 0.75, 1.0};
    for (int bar = from; bar < to; bar += 4) set(m, bar, std::min(bar + 4, to), kLevels[(bar - from) / 4 % 4]);
    if (to - from <= 4) set(m, from, to, 1.0);
  }

  // Entries, one after the other (or, for an outro, exits).
  void build_up(Players& who, const song::Section& s, bool in) {
    const int step = s.bars >= 8 ? 4 : s.bars >= 4 ? 2 : s.bars;
    const int stages = std::max(1, s.bars / step);
    const int count = static_cast<int>(who.size());
    const int at_once = std::max(1, (count + stages - 1) / stages);
    for (int i = 0; i < count; ++i) {
      // Whoever can carry opens; nobody enters into nothing.
      const int stage = std::min(stages - 1, i / at_once);
      const int from = s.bar - 1;
      if (in)
        set(*who[static_cast<std::size_t>(i)], from, from + stage * step, 0.0);
      else if (stage > 0)  // those of the first stage stay to the end
        set(*who[static_cast<std::size_t>(i)], from + (stages - stage) * step, from + s.bars, 0.0);
    }
    // The bars that were left empty, if those who open cannot carry, go to the first who can.
    for (int bar = s.bar - 1; bar < s.bar - 1 + s.bars; ++bar) {
      const bool carried = std::any_of(who.begin(), who.end(), [&](const Member* m) {
        return carries(m->part->role) && m->part->role != "bass" && m->plays(bar);
      });
      if (carried) continue;
      auto first = std::find_if(who.begin(), who.end(),
                                [](const Member* m) { return carries(m->part->role) && m->part->role != "bass"; });
      if (first == who.end())
        first = std::find_if(who.begin(), who.end(), [](const Member* m) { return carries(m->part->role); });
      if (first != who.end()) set(**first, bar, bar + 1, 1.0);
    }
  }

  // Whether anybody would notice that it rests: percussion that has only the toms of fills would not be missed.
  [[nodiscard]] bool missed(const Member& m) const {
    if (m.part->role != "percussion") return true;
    for (const auto& g : plan_.style->grooves)
      for (const auto& [name, steps] : g.lines)
        if (drum_role(name) == "percussion" &&
            std::count_if(steps.begin(), steps.end(), [](const GrooveStep& s) { return s.probability >= 0.9; }) >= 2)
          return true;
    return false;
  }

  // Each eight bars of a section differ in who plays.
  void blocks(Players& who, const song::Section& s, Random& random) {
    const int from = s.bar - 1;
    const int size = s.bars > 8 ? 8 : 4;
    const int count = (s.bars + size - 1) / size;
    if (count < 2 && s.bars < 8) return;
    // Whoever alone sounds the chords stays, but for hip-hop, where a loop of one tune may carry a verse.
    const auto tones = std::count_if(who.begin(), who.end(), [](const Member* m) { return chordal(m->part->role); });
    const bool tune = plan_.style->family == "hip-hop" &&
                      std::any_of(who.begin(), who.end(), [](const Member* m) { return m->part->role == "lead"; });
    Players spare;
    for (auto* m : who)
      if (secondary(m->part->role) && missed(*m) && (tones > 1 || tune || !chordal(m->part->role))) spare.push_back(m);
    // Shuffled by chance, those the style makes optional first.
    std::vector<std::pair<double, Member*>> order;
    for (auto* m : spare)
      order.push_back({m->part->chance + 0.6 * random.uniform() + (m->part->role == "percussion" ? 2 : 0), m});
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    const int carriers =
        static_cast<int>(std::count_if(who.begin(), who.end(), [](const Member* m) { return carries(m->part->role); }));
    // As many as can be missed: the section must still stand.
    int keep = static_cast<int>(order.size());
    if (carriers <= 1) keep = 0;
    const bool peak = is_peak_kind(s.kind);
    const int hold = std::min(keep, peak || s.bars <= 8 ? 1 : static_cast<int>(order.size()) >= 4 ? 2 : 1);
    // Percussion, answers and textures may have nothing to say in this section: alone they are no contrast.
    const bool only_colour = std::all_of(order.begin(), order.end(), [](const auto& o) {
      const auto& r = o.second->part->role;
      return r == "percussion" || r == "counter" || r == "texture";
    });
    if (hold == 0 || only_colour || (carriers == 2 && hold > 1)) {
      thin_blocks(who, s, size, random);
      return;
    }
    if (s.bars <= 8 && !random.chance(0.5)) return;
    for (int b = 0; b < count; ++b) {
      const int start = from + b * size, end = std::min(from + s.bars, start + size);
      if (b == 0) {
        for (int k = 0; k < hold; ++k) set(*order[static_cast<std::size_t>(k)].second, start, end, 0.0);
      } else if (b % 2 == 0) {
        const auto k = static_cast<std::size_t>(b / 2 + hold - 1) % order.size();
        set(*order[k].second, start, end, 0.0);
      }
    }
    // Never take away the last who sounds the chords, nor the last who carries.
    for (int bar = from; bar < from + s.bars && tones > 0 && !tune; ++bar)
      if (std::none_of(who.begin(), who.end(),
                       [&](const Member* m) { return chordal(m->part->role) && m->plays(bar); }))
        set(**std::find_if(who.begin(), who.end(), [](const Member* m) { return chordal(m->part->role); }), bar,
            bar + 1, 1.0);
    for (int bar = from; bar < from + s.bars; ++bar)
      if (std::none_of(who.begin(), who.end(),
                       [&](const Member* m) { return carries(m->part->role) && m->plays(bar); }))
        for (auto* m : who)
          if (carries(m->part->role)) {
            set(*m, bar, bar + 1, 1.0);
            break;
          }
  }

  // Too few to send anyone away: they play less, then more.
  void thin_blocks(Players& who, const song::Section& s, int size, Random& random) {
    const bool first_less = random.chance(0.7);
    for (int b = 0; b * size < s.bars; ++b) {
      if ((b % 2 == 0) != first_less) continue;
      const int start = s.bar - 1 + b * size;
      for (auto* m : who)
        if (m->part->role != "lead" && !is_backbone(m->part->role))
          set(*m, start, std::min(start + size, s.bar - 1 + s.bars), 0.6);
      if (b == 0 && bass_waits(s))
        for (auto* m : who)
          if (m->part->role == "bass") set(*m, start, std::min(start + 4, s.bar - 1 + s.bars), 0.0);
    }
  }

  // In songs (not in grooves, which are made of it) the bass may come in late: once, in the first long section after
  // an intro without it.
  [[nodiscard]] bool bass_waits(const song::Section& s) const {
    const std::string& family = plan_.style->family;
    if (family != "rock" && family != "folk" && family != "pop" && family != "classical") return false;
    if (s.bars < 12 || is_peak_kind(s.kind)) return false;
    for (const auto& m : plan_.members)
      for (int bar = 0; bar < s.bar - 1; ++bar)
        if (m.part->role == "bass" && m.plays(bar)) return false;
    const auto chords = std::any_of(plan_.members.begin(), plan_.members.end(),
                                    [&](const Member& m) { return chordal(m.part->role) && m.plays(s.bar - 1); });
    return chords;
  }

  [[nodiscard]] bool drums_play(int bar) const {
    return std::any_of(plan_.members.begin(), plan_.members.end(), [&](const Member& m) {
      return (is_backbone(m.part->role) || m.part->role == "percussion") && m.plays(bar);
    });
  }

  void add(const std::string& kind, int bar, double beats) { plan_.transitions.push_back({kind, bar, Beats{beats}}); }

  void connect(std::size_t index) {
    const song::Section &now = plan_.sections[index], &next = plan_.sections[index + 1];
    const auto& style = plan_.style->transitions;
    Random random = random_.fork("connect").fork(static_cast<std::uint64_t>(index));
    const int last = now.bar - 2 + now.bars, first = next.bar - 1;
    const double bar = plan_.metre.bar().value;
    const double delta = next.energy - now.energy;
    const bool up = delta > 0.12 || is_peak_kind(next.kind), down = delta < -0.15;
    const double seconds_per_beat = 60.0 / plan_.tempo.value;
    double cut = 0;
    if (up && lists(style, "silence") && now.bars >= 4 && (next.kind == "drop" || random.chance(0.45))) {
      // A breath before the blow: half a bar or a beat, never a second of nothing.
      cut = random.chance(0.5) ? bar / 2 : 1;
      while (cut * seconds_per_beat > 0.9 && cut > 0.25) cut /= 2;
      add("silence", last, cut);
    } else if (!up && lists(style, "stop") && now.bars >= 4 && random.chance(0.35)) {
      cut = 1;
      while (cut * seconds_per_beat > 0.9 && cut > 0.25) cut /= 2;
      add("stop", last, cut);
    }
    if (drums_play(last) && (style.empty() || lists(style, "fill")) && !(now.kind == "build")) {
      double length = down ? 1 : up ? (now.bars >= 8 ? bar : bar / 2) : bar / 2;
      if (up && now.bars >= 8 && random.chance(0.4)) length = bar / 2;
      add("fill", last, std::max(1.0, std::min(bar, length)));
    }
    if (up) {
      std::vector<std::string> sweeps;
      for (const char* s : {"riser", "noise-sweep", "reverse-cymbal"})
        if (lists(style, s)) sweeps.push_back(s);
      if (!sweeps.empty()) {
        const auto& kind = sweeps[static_cast<std::size_t>(random.integer(0, static_cast<int>(sweeps.size()) - 1))];
        const int most = now.kind == "build" ? now.bars : std::max(1, now.bars / 2);
        const int bars = kind == "reverse-cymbal" ? 1 : std::min(most, next.kind == "drop" ? 8 : 4);
        add(kind, last, bars * bar);
        if (kind != "reverse-cymbal" && lists(style, "reverse-cymbal") && random.chance(0.4))
          add("reverse-cymbal", last, bar);
      }
      if (lists(style, "impact") && (delta > 0.2 || is_peak_kind(next.kind)))
        add("impact", first, std::min(2 * bar, 8.0));
      if (lists(style, "sub-drop") && is_peak_kind(next.kind) && random.chance(0.5)) add("sub-drop", first, bar);
    } else if (down) {
      if (lists(style, "downlifter")) add("downlifter", first, std::min(2 * bar, 8.0));
    } else if (lists(style, "reverse-cymbal") && random.chance(0.5)) {
      add("reverse-cymbal", last, bar / 2);
    }
    const bool crash_known = lists(style, "crash") || !electronic(*plan_.style);
    if (crash_known && !down && drums_play(first))
      add("crash", first, 4);
    else if (!down && up && drums_play(first) && random.chance(0.7))
      add("crash", first, 4);
  }

  void open_and_close() {
    if (ending_of(plan_) == Ending::Hit && drums_play(plan_.bars - 1)) add("crash", plan_.bars - 1, 4);
  }

  Plan& plan_;
  Random random_;
};

void cut(score::Score& score, double from, double to) {
  std::erase_if(score.notes,
                [&](const score::Note& n) { return n.start.value > from - 0.01 && n.start.value < to - 0.01; });
  for (auto& n : score.notes)
    if (n.start.value < from && n.end().value > from) n.length = Beats{from} - n.start;
}

void last_hit(const Plan& plan, const Member& m, score::Score& score) {
  const double from = plan.bar_start(plan.bars - 1).value, end = plan.bar_start(plan.bars).value;
  std::erase_if(score.notes, [&](const score::Note& n) { return n.start.value > from + 0.2; });
  bool ends = false;
  for (auto& n : score.notes) {
    if (n.start.value < from - 0.05) continue;
    ends = true;
    if (!is_drum_role(m.part->role)) n.length = Beats{end} - n.start;
    n.velocity = std::max(n.velocity, 0.8F);
  }
  if (ends || !m.plays(plan.bars - 1)) return;
  // A kick under the last chord even where the groove had none.
  if (m.part->role == "kick" || m.part->role == "drums")
    score.notes.push_back({Beats{from}, Beats{0.25}, score::drum::kick, 0.9F});
}

}  // namespace

void arrange(Plan& plan) { Arranger(plan).run(); }

Ending ending_of(const Plan& plan) {
  if (plan.ending == "none") return Ending::None;
  if (plan.ending == "hit") return Ending::Hit;
  if (plan.ending == "fade") return Ending::Fade;
  if (plan.bars < 10 || plan.sections.size() < 2) return Ending::None;
  if (!electronic(*plan.style)) return Ending::Hit;
  // What drifts is not cut off.
  const auto& family = plan.style->family;
  if (family == "ambient" || family == "hip-hop") return Ending::Fade;
  return plan.sections.back().kind == "outro" || plan.sections.back().bars >= 8 ? Ending::Fade : Ending::None;
}

void apply_breaks(const Plan& plan, std::map<std::string, score::Score>& scores) {
  const bool hit = ending_of(plan) == Ending::Hit;
  for (const auto& m : plan.members) {
    const auto found = scores.find(m.id);
    if (found == scores.end() || m.part->role == "effects" || m.part->role == "texture") continue;
    for (const auto& t : plan.transitions) {
      if (t.kind != "silence" && t.kind != "stop") continue;
      const double end = plan.bar_start(t.bar + 1).value;
      cut(found->second, end - t.length.value, end);
    }
    if (hit) last_hit(plan, m, found->second);
  }
}

}  // namespace figment::compose
