#include "compose/drum_pattern.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "score/score.h"

namespace figment::compose {
namespace {

namespace d = score::drum;
constexpr double kTiny = 1e-6;

// A hit within a bar.
struct Hit {
  double at = 0;
  std::uint8_t note = 36;
  DrumGroup group = DrumGroup::Kick;
  double velocity = 0.8;
  int roll = 0;         // quick hits instead of one
  double step = 0.25;   // length of its step
  bool chance = false;  // was drawn, not written
};
using Hits = std::vector<Hit>;

DrumGroup group_of(std::string_view name) {
  const auto role = drum_role(name);
  if (role == "kick") return DrumGroup::Kick;
  if (role == "snare") return DrumGroup::Snare;
  if (role == "hats") return DrumGroup::Hats;
  return DrumGroup::Percussion;
}

bool suits(const Groove& g, const std::string& kind, double energy) {
  if (energy < g.lowest_energy - kTiny || energy > g.highest_energy + kTiny) return false;
  return g.kinds.empty() || std::find(g.kinds.begin(), g.kinds.end(), kind) != g.kinds.end();
}

// Those that suit the section, in this order of preference: kind, energy and metre; kind and energy; energy; nearest.
std::vector<const Groove*> candidates(const std::vector<Groove>& grooves, const score::Metre& metre,
                                      const std::string& kind, double energy) {
  std::vector<const Groove*> best;
  double best_cost = 1e9;
  for (const auto& g : grooves) {
    double cost = 0;
    if (!(g.metre == metre)) cost += 4;
    if (!suits(g, kind, energy)) {
      const bool kind_fits = g.kinds.empty() || std::find(g.kinds.begin(), g.kinds.end(), kind) != g.kinds.end();
      cost += kind_fits ? 0 : 1.5;
      cost += 2 * std::max({0.0, g.lowest_energy - energy, energy - g.highest_energy});
      cost += 0.5;
    }
    if (cost < best_cost - kTiny) best.clear(), best_cost = cost;
    if (cost < best_cost + kTiny) best.push_back(&g);
  }
  return best;
}

const Groove* choose_groove(const Plan& plan, const std::vector<Groove>& grooves, const std::string& kind,
                            double energy, Random random, const Groove* but = nullptr) {
  auto list = candidates(grooves, plan.metre, kind, energy);
  if (but != nullptr && list.size() > 1) std::erase(list, but);
  if (list.empty()) return nullptr;
  std::vector<double> weights;
  weights.reserve(list.size());
  for (const auto* g : list) weights.push_back(g->weight);
  return list[plan.chooser->choose("drums.groove", weights, random)];
}

// One bar of a groove as written; `draw` decides the steps of chance.
Hits realise(const Groove& groove, int bar, Random draw) {
  Hits out;
  const double length = groove.metre.bar().value;
  const int per_bar = std::max(1, static_cast<int>(std::lround(length * groove.steps_per_beat)));
  for (const auto& [name, steps] : groove.lines) {
    const auto note = drum_note(name);
    if (!note || steps.empty()) continue;
    Random own = draw.fork(name);
    for (int i = 0; i < per_bar; ++i) {
      const auto index = static_cast<std::size_t>((bar % std::max(1, groove.bars)) * per_bar + i) % steps.size();
      const GrooveStep& step = steps[index];
      const double u = own.uniform();
      if (step.probability <= 0 || u >= step.probability) continue;
      Hit h;
      h.at = static_cast<double>(i) / groove.steps_per_beat;
      h.note = *note;
      h.group = group_of(name);
      h.velocity = step.velocity;
      h.step = 1.0 / groove.steps_per_beat;
      h.chance = step.probability < 1;
      if (step.roll) {
        static constexpr double kWeights[] = {4, 3, 2, 0.5};
        static constexpr int kCounts[] = {2, 3, 4, 6};
        h.roll = kCounts[own.weighted(kWeights)];
      }
      // The ear expects weight on the beat: what lies between is lighter, unless it was written as an accent.
      if (h.velocity < 0.95) {
        const double in_beat = h.at - std::floor(h.at);
        if (h.group == DrumGroup::Hats || h.group == DrumGroup::Percussion) {
          if (in_beat < kTiny)
            h.velocity += 0.04;
          else if (std::abs(in_beat - 0.5) > kTiny)
            h.velocity -= 0.12;
        } else if (in_beat > kTiny && h.chance) {
          h.velocity -= 0.1;
        }
      }
      out.push_back(h);
    }
  }
  return out;
}

bool backbeat_late(const Hits& bar) {  // snare on the third beat: a half-time groove
  double third = 0, others = 0;
  for (const auto& h : bar)
    if (h.group == DrumGroup::Snare && h.velocity > 0.6) (std::abs(h.at - 2) < kTiny ? third : others) += 1;
  return third > 0 && others < 2;
}

// Which pulses of a groove stand in for those of another metre.
std::vector<int> pulse_sources(std::size_t from, std::size_t to, const score::Metre& metre, bool half_time) {
  const int n = static_cast<int>(to);
  std::vector<int> out;
  if (from == 4 && n == 3) return half_time ? std::vector<int>{0, 1, 2} : std::vector<int>{0, 2, 3};
  if (from == 4 && n == 2) return half_time ? std::vector<int>{0, 2} : std::vector<int>{0, 1};
  if (from == 4 && n == 5) return half_time ? std::vector<int>{0, 1, 1, 2, 3} : std::vector<int>{0, 2, 1, 0, 3};
  if (from == 4 && n == 4) return {0, 1, 2, 3};
  if (from == 4 && metre.beats_per_bar > 5 && !metre.compound()) {
    // Groups of two, a last group of three where it does not come out even: down, back.
    for (int i = 0; i < n;) {
      const bool three = (n - i) == 3;
      if (three) {
        out.insert(out.end(), {0, 2, 3});
        i += 3;
      } else {
        out.push_back(i % 4 == 0 ? 0 : 2);
        if (i + 1 < n) out.push_back(i % 4 == 0 ? 1 : 3);
        i += 2;
      }
    }
    out.resize(to);
    return out;
  }
  for (int i = 0; i < n; ++i) out.push_back(i % static_cast<int>(from));
  return out;
}

// Moves a position inside one pulse into a pulse of another length: quarters and dotted quarters both keep their
// offbeats where a drummer would put them.
double in_pulse(double x, double from, double to) {
  if (std::abs(from - to) < kTiny) return x;
  if (to < from && from <= 1 + kTiny) return x < to - kTiny ? x : -1;  // a cut pulse
  if (from < to) {                                                     // 1 → 1.5: e . & . → three eighths
    if (x < kTiny) return 0;
    const double steps[][2] = {{0.25, 0.5}, {1.0 / 3, 0.5}, {0.5, 1.0}, {2.0 / 3, 1.0}, {0.75, 1.25}};
    for (const auto& s : steps)
      if (std::abs(x - s[0]) < 0.01) return s[1];
    return std::min(x * to / from, to - 0.125);
  }
  const double scaled = x * to / from;  // 1.5 → 1
  return std::round(scaled * 4) / 4 < to - kTiny ? std::round(scaled * 4) / 4 : -1;
}

Hits adapt(const Hits& bar, const score::Metre& from, const score::Metre& to) {
  if (from == to) return bar;
  const auto source = pulses(from), target = pulses(to);
  const auto map = pulse_sources(source.size(), target.size(), to, backbeat_late(bar));
  std::vector<double> start{0};
  for (const double p : source) start.push_back(start.back() + p);
  Hits out;
  double at = 0;
  for (std::size_t t = 0; t < target.size(); ++t) {
    const auto s = static_cast<std::size_t>(map[t]);
    std::set<std::uint8_t> steady;  // hats that run through the pulse
    for (const auto& h : bar) {
      if (h.at < start[s] - kTiny || h.at >= start[s + 1] - kTiny) continue;
      const double x = in_pulse(h.at - start[s], source[s], target[t]);
      if (x < 0) continue;
      Hit moved = h;
      moved.at = at + x;
      out.push_back(moved);
      if (source[s] < target[t] - kTiny && h.group == DrumGroup::Hats && std::abs(x - 1) < kTiny) {
        Hit middle = moved;  // a dotted pulse has two offbeats
        middle.at = at + 0.5;
        middle.velocity = std::max(0.3, h.velocity - 0.15);
        out.push_back(middle);
      }
    }
    at += target[t];
  }
  // Two pulses may have met: one hit of a drum at a time.
  std::sort(out.begin(), out.end(), [](const Hit& a, const Hit& b) {
    return std::tie(a.at, a.note, b.velocity) < std::tie(b.at, b.note, a.velocity);
  });
  out.erase(std::unique(out.begin(), out.end(),
                        [](const Hit& a, const Hit& b) { return a.note == b.note && std::abs(a.at - b.at) < 0.01; }),
            out.end());
  return out;
}

// Kick and snare at half or double speed under the same hats.
Hits feel(Hits bar, double length, int parity, bool half, bool twice) {
  if (!half && !twice) return bar;
  Hits out;
  for (const auto& h : bar) {
    if (h.group == DrumGroup::Hats || h.group == DrumGroup::Percussion) {
      out.push_back(h);
      continue;
    }
    Hit moved = h;
    if (half) {
      moved.at = 2 * h.at - (parity % 2 == 0 ? 0 : length);
      if (moved.at >= -kTiny && moved.at < length - kTiny) out.push_back(moved);
    } else {
      moved.at = h.at / 2;
      out.push_back(moved);
      moved.at += length / 2;
      out.push_back(moved);
    }
  }
  return out;
}

std::vector<const DrumPattern*> learned_patterns(const Plan& plan) {
  if (!plan.learned) return {};
  std::string name = plan.style->id;
  std::replace(name.begin(), name.end(), '-', ' ');
  auto found = plan.learned->drum_patterns(name);
  if (found.empty()) found = plan.learned->drum_patterns(plan.style->family);
  return found;
}

// Adds what real patterns of the genre have where this one has nothing.
void ornament(const Plan& plan, const std::vector<const DrumPattern*>& patterns, const Groove& groove, Hits& bar,
              double length, Random random) {
  if (patterns.empty() || groove.steps_per_beat % 4 != 0 || !(groove.metre == score::Metre{4, 4})) return;
  std::vector<double> weights(patterns.size(), 1.0);
  const DrumPattern& pattern = *patterns[plan.chooser->choose("drums.pattern", weights, random)];
  struct Voice {
    DrumVoice voice;
    std::uint8_t note;
    DrumGroup group;
    double velocity;
  };
  static constexpr Voice kVoices[] = {{DrumVoice::Kick, d::kick, DrumGroup::Kick, 0.7},
                                      {DrumVoice::Snare, d::snare, DrumGroup::Snare, 0.34},
                                      {DrumVoice::ClosedHat, d::hat_closed, DrumGroup::Hats, 0.55},
                                      {DrumVoice::OpenHat, d::hat_open, DrumGroup::Hats, 0.62}};
  int added = 0;
  for (const auto& v : kVoices) {
    // Only drums that the groove has at all.
    const bool has = std::any_of(bar.begin(), bar.end(), [&](const Hit& h) { return h.note == v.note; });
    if (!has) continue;
    for (int step = 0; step < drum_steps && added < 2; ++step) {
      const double at = step * 0.25;
      if (at >= length - kTiny) break;
      const double p = pattern[v.voice][static_cast<std::size_t>(step)];
      if (p < 0.2 || !random.chance(0.4 * p)) continue;
      const bool taken = std::any_of(bar.begin(), bar.end(),
                                     [&](const Hit& h) { return h.group == v.group && std::abs(h.at - at) < 0.13; });
      if (taken) continue;
      bar.push_back({at, v.note, v.group, v.velocity, 0, 0.25, true});
      ++added;
    }
  }
}

class Drummer {
 public:
  explicit Drummer(const Plan& plan)
      : plan_(plan), random_(plan.random.fork("drums")), bar_length_(plan.metre.bar().value) {
    patterns_ = learned_patterns(plan);
    for (const auto& g : plan.style->grooves)
      if (const auto hats = g.lines.find("hat_closed"); hats != g.lines.end())
        for (const auto& s : hats->second) rolling_ = rolling_ || s.roll;
    int drummers = 0;
    for (const auto& m : plan.members) {
      drummers += m.part->role == "kick" || m.part->role == "snare" || m.part->role == "hats" ||
                  m.part->role == "percussion" || m.part->role == "drums";
    }
    hat_solo_ = drummers == 1 && plan.members.size() == 1 && plan.members.front().part->role == "hats";
    half_ = plan.half_time && !plan.style->half_time;
    twice_ = plan.double_time || (!plan.half_time && plan.style->half_time);
    for (const auto& t : plan.transitions)
      if (t.kind == "fill") fills_[t.bar] = std::max(fills_[t.bar], t.length.value);
  }

  std::vector<DrumHit> play() {
    for (int bar = 0; bar < plan_.bars; ++bar) play_bar(bar);
    for (const auto& t : plan_.transitions)
      if (t.kind == "crash") emit(plan_.bar_start(t.bar).value, d::crash, DrumGroup::Hats, 0.92, 2.0);
    std::stable_sort(out_.begin(), out_.end(), [](const DrumHit& a, const DrumHit& b) {
      return std::make_tuple(a.at.value, a.note) < std::make_tuple(b.at.value, b.note);
    });
    // One hit of a drum at a time: the louder stays.
    std::vector<DrumHit> single;
    for (const auto& h : out_) {
      if (!single.empty() && single.back().note == h.note && std::abs((single.back().at - h.at).value) < 0.01) {
        if (h.velocity > single.back().velocity) single.back() = h;
      } else {
        single.push_back(h);
      }
    }
    return single;
  }

 private:
  void emit(double at, std::uint8_t note, DrumGroup group, double velocity, double length = 0.25, bool fill = false,
            bool extra = false, double bend = 0) {
    DrumHit h;
    h.at = Beats{at};
    h.length = Beats{length};
    h.note = note;
    h.group = group;
    h.velocity = std::clamp(velocity, 0.05, 1.0);
    h.fill = fill;
    h.ornament = extra;
    h.bend = bend;
    out_.push_back(h);
  }

  const Groove* groove_for(const song::Section& section, int bar_in_section) {
    // Sections of a kind share their groove; long ones may turn to a sister of it in their later halves.
    double energy = section.energy;
    for (const auto& s : plan_.sections)
      if (s.kind == section.kind) energy = std::max(energy, s.energy);
    const Groove* first =
        choose_groove(plan_, plan_.style->grooves, section.kind, energy, random_.fork("groove/" + section.kind));
    if (section.bars >= 16 && bar_in_section % 16 >= 8 && first != nullptr &&
        random_.fork("sister/" + section.kind).chance(0.4))
      return choose_groove(plan_, plan_.style->grooves, section.kind, energy, random_.fork("second/" + section.kind),
                           first);
    return first;
  }

  void play_bar(int bar) {
    const song::Section& section = plan_.section_at(bar);
    const int in_section = plan_.bar_in_section(bar);
    const Groove* groove = groove_for(section, in_section);
    if (groove == nullptr) return;

    // Phrase of eight: A A' A B  A A' A C. The primes are the same each time, B and C differ between sections.
    const int phrase = in_section % 8;
    Random draw = random_.fork(section.kind + "/" + groove->name);
    const bool prime = phrase % 4 == 1 && groove->bars == 1;
    const bool varied = phrase % 4 == 3;
    if (varied) draw = random_.fork(section.name + "/" + groove->name).fork(static_cast<std::uint64_t>(in_section / 4));
    Hits pattern = realise(*groove, in_section, draw);
    if (prime) {  // the likely steps stay, the others are drawn again
      const Hits again = realise(*groove, in_section, draw.fork("prime"));
      Hits merged;
      for (const auto& h : pattern)
        if (!h.chance) merged.push_back(h);
      for (const auto& h : again)
        if (h.chance) merged.push_back(h);
      pattern = merged;
    }
    if (varied && section.energy > 0.25)
      ornament(plan_, patterns_, *groove, pattern, groove->metre.bar().value, draw.fork("ornament"));
    pattern = feel(adapt(pattern, groove->metre, plan_.metre), bar_length_, in_section, half_, twice_);
    std::erase_if(pattern, [&](const Hit& h) { return h.at > bar_length_ - kTiny; });

    Random extra = random_.fork(section.name).fork(static_cast<std::uint64_t>(bar));
    if (hat_solo_) fill_hats(pattern, phrase, draw.fork("solo"));
    if (rolling_ || hat_solo_) hat_rolls(bar, phrase, section.energy, pattern, extra.fork("rolls"));
    if (section.kind == "build" && electronic(*plan_.style)) snare_build(bar, section, in_section, pattern);

    double fill = 0;
    if (const auto asked = fills_.find(bar); asked != fills_.end()) fill = asked->second;
    // Inside long sections the eighth bar turns round with a beat or two of fill.
    if (fill == 0 && phrase == 7 && !plan_.last_bar_of_section(bar) && extra.chance(section.energy > 0.35 ? 1.0 : 0.6))
      fill = extra.chance(0.3) ? 2 : 1;
    if (fill > 0) play_fill(bar, section, std::min(fill, bar_length_), pattern, extra.fork("fill"));

    const double start = plan_.bar_start(bar).value;
    for (const auto& h : pattern) {
      if (h.roll > 1)
        roll(start + h.at, h.step, h.roll, h, 0, 0, true);
      else
        emit(start + h.at, h.note, h.group, h.velocity, length_of(h), false, false);
    }
  }

  static double length_of(const Hit& h) {
    if (h.note == d::hat_open || h.note == d::ride || h.note == d::crash) return 0.5;
    return std::min(0.25, h.step);
  }

  // Quick hits over `span` beats, getting louder or softer, the pitch moving by `glide` semitones in all.
  void roll(double at, double span, int count, const Hit& like, double glide, double shape, bool ornament) {
    for (int i = 0; i < count; ++i) {
      const double t = count > 1 ? static_cast<double>(i) / (count - 1) : 0;
      const double ramp = shape > 0 ? 0.55 + 0.45 * t : shape < 0 ? 1.0 - 0.45 * t : (i == 0 ? 1.0 : 0.82);
      emit(at + span * i / count, like.note, like.group, like.velocity * ramp, span / count, false, ornament && i > 0,
           glide * t);
    }
  }

  // Alone, hats have the whole stage: sixteenths with dynamics, and an open one now and then.
  void fill_hats(Hits& pattern, int phrase, Random random) const {
    for (double at = 0; at < bar_length_ - kTiny; at += 0.25) {
      const double u = random.uniform(), v = random.uniform();
      const bool taken = std::any_of(pattern.begin(), pattern.end(), [&](const Hit& h) {
        return h.group == DrumGroup::Hats && std::abs(h.at - at) < 0.1;
      });
      const bool off = std::abs(at - std::floor(at) - 0.5) < kTiny;
      if (taken || u > 0.72) continue;
      const bool open = off && phrase % 2 == 1 && v < 0.3;
      pattern.push_back(
          {at, open ? d::hat_open : d::hat_closed, DrumGroup::Hats, open ? 0.7 : 0.38 + 0.25 * v, 0, 0.25, true});
    }
  }

  // Trap's signature: a stretch of hats torn into thirty-seconds, triplets or a burst of sixty-fourths.
  void hat_rolls(int bar, int phrase, double energy, Hits& pattern, Random random) {
    if (energy < 0.3 && !hat_solo_) return;
    const double likely = hat_solo_ ? 0.95 : phrase % 4 == 3 ? 0.9 : phrase % 2 == 1 ? 0.6 : 0.22;
    const int most = hat_solo_ ? 3 : phrase % 4 == 3 ? 2 : 1;
    for (int n = 0; n < most; ++n) {
      if (!random.chance(likely)) continue;
      const double span = random.chance(0.6) ? 0.5 : random.chance(0.7) ? 1.0 : 0.25;
      const int places = static_cast<int>((bar_length_ - 0.5) / 0.5);
      if (places < 1) return;
      // Rolls like to lead somewhere: into the backbeat or the next bar.
      double at = 0.5 * random.integer(1, places);
      if (random.chance(0.4)) at = bar_length_ - span;
      if (at + span > bar_length_ + kTiny || at < 0) continue;
      struct Speed {
        int per_beat;
        double weight;
      };
      static constexpr Speed kSpeeds[] = {{8, 4}, {6, 3}, {12, 1.8}, {16, 1.2}};
      std::vector<double> weights;
      for (const auto& s : kSpeeds)
        weights.push_back((s.per_beat == 16 && span > 0.5) || (s.per_beat == 6 && span < 0.5) ? 0 : s.weight);
      const int per_beat = kSpeeds[plan_.chooser->choose("drums.roll", weights, random)].per_beat;
      Hit like;
      like.note = d::hat_closed;
      like.group = DrumGroup::Hats;
      like.velocity = random.uniform(0.7, 0.85);
      const int count = std::max(2, static_cast<int>(std::lround(per_beat * span)));
      static constexpr double kGlides[] = {-7, -5, -4, 3, 5, 7};
      const double glide = random.chance(hat_solo_ ? 0.5 : 0.35) ? kGlides[random.integer(0, 5)] : 0;
      const double shape = random.chance(0.6) ? 1 : random.chance(0.5) ? -1 : 0;
      // A roll inside another would only blur both.
      const double start = plan_.bar_start(bar).value + at;
      const bool busy = std::any_of(out_.rbegin(), out_.rbegin() + std::min<std::ptrdiff_t>(40, std::ssize(out_)),
                                    [&](const DrumHit& h) {
                                      return h.ornament && h.group == DrumGroup::Hats && h.at.value >= start - 0.3 &&
                                             h.at.value < start + span + 0.05;
                                    });
      if (busy) continue;
      std::erase_if(pattern, [&](const Hit& h) {
        return h.group == DrumGroup::Hats && h.at > at - kTiny && h.at < at + span - kTiny;
      });
      roll(start, span, count, like, glide, shape, true);
    }
  }

  // Quarters, eighths, sixteenths, thirty-seconds: the tension before a drop.
  void snare_build(int bar, const song::Section& section, int in_section, Hits& pattern) {
    std::uint8_t note = d::snare;
    for (const auto& h : pattern)
      if (h.group == DrumGroup::Snare && h.velocity > 0.6) note = h.note;
    std::erase_if(pattern, [](const Hit& h) { return h.group == DrumGroup::Snare; });
    const double start = plan_.bar_start(bar).value;
    const auto step_at = [&](double place) {
      return place < 0.5 ? 1.0 : place < 0.75 ? 0.5 : place < 0.94 ? 0.25 : 0.125;
    };
    for (double at = 0; at < bar_length_ - kTiny;) {
      const double place = (in_section + at / bar_length_) / section.bars;
      const double beat = at - std::floor(at);
      emit(start + at, note, DrumGroup::Snare, 0.35 + 0.5 * place + (beat < kTiny ? 0.08 : 0), step_at(place));
      at += step_at(place);
    }
    if (in_section >= section.bars - std::max(1, section.bars / 4))
      std::erase_if(pattern, [&](const Hit& h) { return h.group == DrumGroup::Kick; });
  }

  void play_fill(int bar, const song::Section& section, double length, Hits& pattern, Random random) {
    const double from = bar_length_ - length;
    const double start = plan_.bar_start(bar).value;
    const auto inside = [&](const Hit& h) { return h.at > from - kTiny; };
    // The fill replaces the groove, but hats may run on where it is short.
    std::erase_if(pattern, [&](const Hit& h) {
      return inside(h) && (h.group == DrumGroup::Snare || (h.group == DrumGroup::Kick && length > 1.5) ||
                           (h.group == DrumGroup::Hats && length > 2.5));
    });
    const Groove* written =
        choose_groove(plan_, plan_.style->fills, section.kind, section.energy, random.fork("which"));
    if (written != nullptr) {
      Hits fill = adapt(realise(*written, 0, random.fork("steps")), written->metre, plan_.metre);
      std::set<DrumGroup> groups;
      for (const auto& h : fill)
        if (inside(h)) groups.insert(h.group);
      if (!groups.empty()) {
        std::erase_if(pattern, [&](const Hit& h) { return inside(h) && groups.count(h.group) > 0; });
        for (const auto& h : fill) {
          if (!inside(h) || h.at > bar_length_ - kTiny) continue;
          const double lift = 0.9 + 0.15 * (h.at - from) / std::max(0.25, length);
          if (h.roll > 1) {
            roll(start + h.at, h.step, h.roll, h, 0, 1, false);
          } else {
            emit(start + h.at, h.note, h.group, h.velocity * lift, 0.25, true);
          }
        }
        return;
      }
    }
    // Without written fills: a run of sixteenths with holes, from the snare down the toms.
    static constexpr std::uint8_t kToms[] = {d::snare, d::tom_high, d::tom_mid, d::tom_low, d::tom_floor};
    const bool machine = electronic(*plan_.style);
    const int steps = static_cast<int>(std::lround(length * 4));
    for (int i = 0; i < steps; ++i) {
      const bool beat = i % 4 == 0;
      if (!beat && !random.chance(i + 2 >= steps ? 0.95 : 0.7)) continue;
      const int tom = machine ? 0 : std::min(4, i * 5 / std::max(1, steps));
      emit(start + from + 0.25 * i, kToms[tom], tom == 0 ? DrumGroup::Snare : DrumGroup::Percussion,
           0.5 + 0.45 * i / std::max(1, steps) + (beat ? 0.08 : 0), 0.25, true);
    }
  }

  const Plan& plan_;
  Random random_;
  double bar_length_;
  std::vector<const DrumPattern*> patterns_;
  std::map<int, double> fills_;
  bool rolling_ = false, hat_solo_ = false, half_ = false, twice_ = false;
  std::vector<DrumHit> out_;
};

}  // namespace

std::vector<double> pulses(const score::Metre& metre) {
  std::vector<double> out;
  if (metre.compound()) {
    out.assign(static_cast<std::size_t>(metre.beats_per_bar / 3), 12.0 / metre.unit);
    return out;
  }
  double left = metre.bar().value;
  while (left > kTiny) {
    out.push_back(std::min(1.0, left));
    left -= out.back();
  }
  return out;
}

bool electronic(const Style& style) noexcept {
  const auto& f = style.family;
  return f == "house" || f == "techno" || f == "trance" || f == "bass" || f == "electronic" || f == "hip-hop" ||
         f == "ambient";
}

std::vector<DrumHit> play_drums(const Plan& plan) { return Drummer(plan).play(); }

std::vector<Beats> kick_onsets(const Plan& plan, const std::vector<DrumHit>& hits, int bar) {
  const Beats start = plan.bar_start(bar), end = plan.bar_start(bar + 1);
  std::vector<Beats> out;
  auto hit = std::lower_bound(hits.begin(), hits.end(), start.value - 1e-6,
                              [](const DrumHit& h, double at) { return h.at.value < at; });
  for (; hit != hits.end() && hit->at.value < end.value - 1e-6; ++hit)
    if (hit->group == DrumGroup::Kick && !hit->ornament) out.push_back(hit->at - start);
  if (out.empty()) out.push_back(Beats{0});
  return out;
}

}  // namespace figment::compose
