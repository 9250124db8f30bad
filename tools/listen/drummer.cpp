#include "drummer.h"

#include <algorithm>
#include <cmath>

#include "tempo_curve.h"

namespace figment::listen {
namespace {

namespace d = score::drum;

struct Hit {
  double at;
  int note;
  double velocity;
};
using Bar = std::vector<Hit>;

// Choices that hold for a whole piece.
struct Habits {
  int snare = d::snare, hat = d::hat_closed, metal = d::hat_closed;
  double ghost = 0;
  bool sixteenths = false;
  std::vector<int> hands;  // percussion besides the kit
};

void beat_line(Bar& bar, double from, double to, double step, int note, double strong, double weak, double pulse,
               Random& r, double chance = 1) {
  for (double at = from; at < to - 1e-6; at += step) {
    if (!r.chance(chance)) continue;
    const double off = at / pulse - std::round(at / pulse);
    bar.push_back({at, note, std::abs(off) < 1e-6 ? strong : weak});
  }
}

void maybe(Bar& bar, Random& r, double at, int note, double velocity, double chance) {
  if (r.chance(chance)) bar.push_back({at, note, velocity});
}

void syncopated_kicks(Bar& bar, Random& r, double amount) {
  static constexpr std::pair<double, double> places[] = {{0.5, 0.1},  {0.75, 0.15}, {1.5, 0.35}, {1.75, 0.2},
                                                         {2, 0.55},   {2.25, 0.1},  {2.5, 0.4},  {2.75, 0.15},
                                                         {3.5, 0.25}, {3.75, 0.12}};
  for (const auto& [at, chance] : places) maybe(bar, r, at, d::kick, 0.8, chance * amount);
}

// The hands on metal.
void metal(Bar& bar, double length, double pulse, const Habits& h, double bpm, Random& r) {
  const double fast = bpm > 130 ? 0.3 : 1.0;
  switch (r.weighted(std::vector<double>{5, 1.5, 2.5 * fast, 2, 1.2, 0.8, 1})) {
    case 0:
      beat_line(bar, 0, length, 0.5, h.metal, 0.75, 0.55, pulse, r);
      break;
    case 1:
      beat_line(bar, 0, length, pulse, h.metal, 0.75, 0.75, pulse, r);
      break;
    case 2:
      beat_line(bar, 0, length, 0.25, h.metal, 0.7, 0.45, pulse, r, r.chance(0.5) ? 1 : 0.8);
      break;
    case 3:
      beat_line(bar, pulse / 2, length, pulse, d::hat_open, 0.75, 0.75, pulse, r);
      if (r.chance(0.5)) beat_line(bar, 0, length, 0.5, h.metal, 0.5, 0.4, pulse, r);
      break;
    case 4:
      beat_line(bar, 0, length, 0.5, h.metal, 0.5, 0.75, pulse, r);
      break;
    case 5:
      beat_line(bar, 0, length, 0.25, h.metal, 0.7, 0.5, pulse, r, 0.45);
      break;
    default:
      break;
  }
  maybe(bar, r, length - 0.5, d::hat_open, 0.7, 0.2);
}

Bar groove_44(const Habits& h, double bpm, int kind, Random& r) {
  Bar bar;
  const auto snares = [&](std::initializer_list<double> places, double v = 0.85) {
    for (const double at : places) bar.push_back({at, h.snare, v});
  };
  const auto kicks = [&](std::initializer_list<double> places, double v = 0.9) {
    for (const double at : places) bar.push_back({at, d::kick, v});
  };
  bool hats = true;
  switch (kind) {
    case 0:  // rock, pop
      if (r.chance(0.95)) kicks({0});
      syncopated_kicks(bar, r, 1);
      snares({1, 3});
      break;
    case 1:  // half-time
      kicks({0});
      syncopated_kicks(bar, r, 0.7);
      std::erase_if(bar, [](const Hit& hit) { return hit.at == 2; });
      snares({2});
      break;
    case 2:  // four to the floor
      kicks({0, 1, 2, 3});
      if (r.chance(0.75)) snares({1, 3}, 0.75);
      break;
    case 3:  // train, polka
      kicks({0, 2});
      if (r.chance(0.3)) kicks({1, 3}, 0.7);
      snares({0.5, 1.5, 2.5, 3.5}, 0.75);
      hats = r.chance(0.5);
      break;
    case 4:  // one drop
      kicks({2});
      bar.push_back({2, r.chance(0.5) ? int{d::rim} : h.snare, 0.8});
      break;
    case 5:  // dembow
      kicks({0, 1, 2, 3}, 0.8);
      snares({0.75, 1.5, 2.75, 3.5}, 0.75);
      break;
    case 6:  // breakbeat
      kicks({0});
      maybe(bar, r, 0.5, d::kick, 0.8, 0.5);
      maybe(bar, r, 2.5, d::kick, 0.9, 0.85);
      maybe(bar, r, 2.25, d::kick, 0.7, 0.3);
      maybe(bar, r, 2.75, d::kick, 0.7, 0.3);
      if (r.chance(0.75))
        snares({1, 3});
      else
        snares({1, 3.5});
      for (const double at : {0.75, 1.75, 2.25, 3.25, 3.75}) maybe(bar, r, at, h.snare, 0.35, 0.4);
      break;
    case 7:  // march
      kicks({0, 2});
      for (double at = 0; at < 4; at += 0.25)
        maybe(bar, r, at, h.snare, std::fmod(at, 1.0) == 0 ? 0.8 : 0.45, std::fmod(at, 0.5) == 0 ? 0.8 : 0.5);
      hats = false;
      break;
    case 8:  // jazz
      for (const double at : {0.0, 1.0, 2.0, 3.0}) bar.push_back({at, d::ride, 0.7});
      for (const double at : {1.5, 3.5}) maybe(bar, r, at, d::ride, 0.55, 0.85);
      for (const double at : {1.0, 3.0}) maybe(bar, r, at, d::hat_pedal, 0.6, 0.85);
      for (double at = 0; at < 4; at += 0.5) maybe(bar, r, at, h.snare, 0.4, 0.18);
      for (double at = 0; at < 4; at += 0.5) maybe(bar, r, at, d::kick, 0.5, 0.15);
      hats = false;
      break;
    case 9:  // bossa, clave
      for (const double at : {0.0, 1.5, 2.0, 3.5}) maybe(bar, r, at, d::kick, at == std::floor(at) ? 0.8 : 0.6, 0.9);
      if (r.chance(0.5))
        for (const double at : {0.0, 1.5, 3.0}) bar.push_back({at, d::rim, 0.7});
      else
        for (const double at : {0.0, 0.75, 1.5, 2.5, 3.0}) bar.push_back({at, d::claves, 0.7});
      break;
    case 10:  // two-step
      kicks({0});
      maybe(bar, r, 2.5, d::kick, 0.9, 0.8);
      maybe(bar, r, 1.75, d::kick, 0.7, 0.25);
      snares({1, 3});
      maybe(bar, r, 3.75, h.snare, 0.35, 0.3);
      break;
    default:  // toms and hands
      for (double at = 0; at < 4; at += 0.5) maybe(bar, r, at, r.chance(0.5) ? d::tom_low : d::tom_mid, 0.7, 0.5);
      kicks({0});
      maybe(bar, r, 2, d::kick, 0.8, 0.6);
      hats = r.chance(0.5);
  }
  if (h.ghost > 0)
    for (double at = 0.25; at < 4; at += 0.5) maybe(bar, r, at, h.snare, 0.3, h.ghost);
  if (hats) metal(bar, 4, 1, h, bpm, r);
  return bar;
}

// Any other metre: its groups begin with kick or snare in turn.
Bar groove_other(const score::Metre& metre, const Habits& h, double bpm, Random& r) {
  Bar bar;
  const double length = metre.bar().value;
  std::vector<double> groups;
  double pulse = metre.pulse().value;
  if (metre.compound()) {
    for (double at = 0; at < length - 1e-6; at += 1.5) groups.push_back(at);
  } else if (metre.unit == 8) {  // 5/8, 7/8
    if (metre.beats_per_bar == 7)
      groups = r.chance(0.5) ? std::vector<double>{0, 1, 2} : std::vector<double>{0, 1.5, 2.5};
    else
      groups = r.chance(0.5) ? std::vector<double>{0, 1.5} : std::vector<double>{0, 1};
    pulse = 0.5;
  } else {
    for (double at = 0; at < length - 1e-6; at += 1) groups.push_back(at);
  }
  bar.push_back({0, d::kick, 0.95});
  const bool waltz = metre.beats_per_bar == 3 && metre.unit == 4;
  const std::size_t kind = r.weighted(std::vector<double>{3, 2, 1});
  for (std::size_t i = 1; i < groups.size(); ++i) {
    if (waltz) {
      if (kind == 0 || (kind == 1 && i == 2) || (kind == 2 && i == 1))
        bar.push_back({groups[i], h.snare, i == 2 && kind == 0 ? 0.7 : 0.8});
    } else if (metre.beats_per_bar == 5 && metre.unit == 4) {
      if (i == 3 && kind != 2)
        bar.push_back({groups[i], d::kick, 0.85});
      else if (i == (kind == 0 ? 1U : 2U) || i == 4)
        bar.push_back({groups[i], h.snare, 0.8});
    } else {
      bar.push_back({groups[i], i % 2 == 1 ? h.snare : int{d::kick}, 0.85});
    }
  }
  for (double at = 0.5; at < length - 1e-6; at += 0.5) maybe(bar, r, at, d::kick, 0.7, 0.12);
  if (h.ghost > 0)
    for (double at = 0.5; at < length; at += 0.5) maybe(bar, r, at, h.snare, 0.3, h.ghost);
  if (metre.compound()) {
    const std::size_t how = r.weighted(std::vector<double>{4, 1.5, 1.5, 1});
    if (how == 0) beat_line(bar, 0, length, 0.5, h.metal, 0.75, 0.5, 1.5, r);
    if (how == 1)
      for (double at = 0; at < length - 1e-6; at += 1.5) {
        bar.push_back({at, h.metal, 0.75});
        bar.push_back({at + 1, h.metal, 0.55});
      }
    if (how == 2) beat_line(bar, 0, length, 1.5, h.metal, 0.75, 0.5, 1.5, r);
  } else {
    metal(bar, length, pulse, h, bpm, r);
  }
  return bar;
}

Bar fill(double from, double length, double bpm, const Habits& h, Random& r) {
  Bar bar;
  static constexpr int toms[] = {d::snare, d::tom_high, d::tom_mid, d::tom_low, d::tom_floor};
  const double step = r.chance(0.2) ? 1.0 / 3 : (r.chance(0.3) || bpm > 150 ? 0.5 : 0.25);
  int where = 0;
  for (double at = from; at < length - 1e-6; at += step) {
    if (r.chance(0.15)) continue;
    if (r.chance(0.35)) where = std::min(4, where + 1);
    bar.push_back({at, where == 0 ? h.snare : toms[where], r.uniform(0.55, 0.95)});
    if (r.chance(0.2)) bar.push_back({at, d::kick, 0.8});
  }
  return bar;
}

}  // namespace

Drumming drum(const score::Metre& metre, int bars, double bpm, const DrumWishes& wishes, Random random) {
  Random& r = random;
  Drumming out;
  out.score.name = "drums";
  out.score.percussion = true;
  const double length = metre.bar().value;

  Habits h;
  static constexpr int snares[] = {d::snare, d::snare, d::snare, d::snare2, d::clap, d::rim, d::snap};
  static constexpr int metals[] = {d::hat_closed, d::hat_closed, d::hat_closed, d::ride,   d::shaker,
                                   d::tambourine, d::hat_pedal,  d::ride_bell,  d::cowbell};
  h.snare = snares[r.integer(0, 6)];
  h.metal = metals[r.integer(0, 8)];
  h.ghost = r.chance(0.3) ? r.uniform(0.1, 0.35) : 0;
  static constexpr int hands[] = {d::conga_high,     d::conga_low,  d::bongo_high, d::bongo_low,
                                  d::shaker,         d::tambourine, d::claves,     d::cowbell,
                                  d::woodblock_high, d::agogo_high, d::cabasa,     d::timbale_high};
  if (wishes.sparse || r.chance(0.25))
    for (int i = r.integer(1, 3); i > 0; --i) h.hands.push_back(hands[r.integer(0, 11)]);

  const bool common = metre.beats_per_bar == 4 && metre.unit == 4;
  const double fast = bpm > 150 ? 1 : 0, slow = bpm < 90 ? 1 : 0;
  const int kind = static_cast<int>(r.weighted(std::vector<double>{6, 1.5 + fast, 2.5 - 2 * slow, 0.5 + 0.5 * fast, 0.4,
                                                                   0.7, 2 + fast, 0.3, 1.2, 0.6, 0.8 + 2 * fast, 0.5}));
  if (!metre.compound() && metre.unit == 4) {
    if (kind == 8 && common) {
      out.swing_ratio = r.uniform(0.58, 0.68);
    } else if (r.chance(0.3)) {
      out.swing_unit = r.chance(0.45) || bpm > 125 ? 0.5 : 0.25;
      out.swing_ratio = r.uniform(0.53, 0.67);
    }
  }
  const auto groove = [&](Random fresh) {
    if (wishes.sparse) return Bar{};
    return common ? groove_44(h, bpm, kind, fresh) : groove_other(metre, h, bpm, fresh);
  };
  // Hand percussion: one ostinato each.
  const auto hand_bar = [&](Random fresh) {
    Bar bar;
    for (const int note : h.hands) {
      const double step = bpm > 130 || metre.compound() || metre.unit == 8 ? 0.5 : 0.25;
      const double density = fresh.uniform(0.25, 0.8);
      for (double at = 0; at < length - 1e-6; at += step) {
        const bool pulse = std::abs(at / metre.pulse().value - std::round(at / metre.pulse().value)) < 1e-6;
        maybe(bar, fresh, at, note, pulse ? 0.8 : 0.5, std::min(1.0, density * (pulse ? 1.4 : 0.8)));
      }
    }
    return bar;
  };

  const int phrase = r.chance(0.6) ? 4 : 8;
  const double fill_chance = r.uniform(0.2, 0.9), crash_chance = r.uniform(0.2, 0.9);
  Bar one, two, by_hand;
  std::uint64_t section = 0;
  double quiet_until = wishes.start;
  bool light = false;
  for (int b = 0; b < bars; ++b) {
    const double start = b * length;
    if (b % phrase == 0) {
      if (b == 0 || r.chance(0.35)) {
        ++section;
        one = groove(r.fork(section));
        two = r.chance(0.5) ? one : groove(r.fork(section + 1000));
        by_hand = hand_bar(r.fork(section + 2000));
      }
      light = r.chance(0.12);
      if (b > 0 && r.chance(wishes.breaks)) quiet_until = start + length * (r.chance(0.3) ? 2 : 1);
    }
    Bar bar = b % 2 == 0 ? one : two;
    bar.insert(bar.end(), by_hand.begin(), by_hand.end());
    if (light) std::erase_if(bar, [&](const Hit& hit) { return hit.note == d::kick || hit.note == h.snare; });
    if (b % phrase == phrase - 1 && !wishes.sparse) {
      if (r.chance(fill_chance)) {
        const double from = std::max(0.0, length - metre.pulse().value * r.integer(1, common ? 4 : 2));
        std::erase_if(bar, [&](const Hit& hit) { return hit.at >= from - 1e-6; });
        const Bar filled = fill(from, length, bpm, h, r);
        bar.insert(bar.end(), filled.begin(), filled.end());
      } else if (r.chance(wishes.breaks)) {
        const double from = length - metre.pulse().value * r.integer(1, 2);
        std::erase_if(bar, [&](const Hit& hit) { return hit.at >= from - 1e-6; });
      }
    }
    if (b % phrase == 0 && b > 0 && !wishes.sparse && r.chance(crash_chance)) bar.push_back({0, d::crash, 0.85});
    for (const Hit& hit : bar) {
      const double at = swing(start + hit.at, out.swing_unit, out.swing_ratio);
      if (at < quiet_until - 1e-6) continue;
      if (hit.velocity < 0.6 && r.chance(0.05)) continue;
      score::Note note;
      note.start = Beats{at};
      note.length = Beats{hit.note == d::crash || hit.note == d::hat_open ? 1.0 : 0.25};
      note.pitch = static_cast<std::uint8_t>(hit.note);
      note.velocity = static_cast<float>(std::clamp(hit.velocity + 0.06 * r.normal(), 0.1, 1.0));
      out.score.notes.push_back(note);
      if (hit.note == d::kick) out.kicks.push_back(at);
    }
  }
  out.score.sort();
  std::sort(out.kicks.begin(), out.kicks.end());
  return out;
}

}  // namespace figment::listen
