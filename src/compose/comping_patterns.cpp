#include "compose/comping_patterns.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace figment::compose {
namespace {

using What = Hit::What;
using score::Stress;

// The bar's skeleton: pulses a foot would tap, and the groups they form.
class Bar {
 public:
  Bar(const Plan& plan, const BarOfPattern& bar) : metre(plan.metre), b(bar), length(plan.metre.bar()) {
    // In x/8 metres that are not compound the foot follows the groups, not every eighth.
    for (Beats at{0}; at < length - Beats{1e-9}; at += metre.pulse()) {
      const bool eighths = metre.unit >= 8 && !metre.compound();
      if (!eighths || metre.stress(at) == Stress::Strong || at == Beats{0}) pulses.push_back(at);
    }
    if (metre.unit >= 8 && !metre.compound() && pulses.size() < 2 && length > Beats{1}) {
      pulses.clear();
      for (Beats at{0}; at < length - Beats{1e-9}; at += Beats{1}) pulses.push_back(at);
    }
  }

  [[nodiscard]] Beats pulse_end(std::size_t i) const { return i + 1 < pulses.size() ? pulses[i + 1] : length; }
  [[nodiscard]] bool strong(Beats at) const { return metre.stress(at) == Stress::Strong; }
  [[nodiscard]] bool last_of_four() const { return b.bar_in_section % 4 == 3; }
  [[nodiscard]] bool four_four() const { return std::abs(length.value - 4) < 1e-9 && !metre.compound(); }
  // The off-beat inside a pulse: its middle, or the last eighth of a dotted one.
  [[nodiscard]] Beats off(std::size_t i) const {
    const Beats span = pulse_end(i) - pulses[i];
    return pulses[i] + (span > Beats{1.01} ? span - Beats{0.5} : span * 0.5);
  }

  score::Metre metre;
  BarOfPattern b;
  Beats length;
  std::vector<Beats> pulses;
};

double accent(const Bar& bar, Beats at) {
  switch (bar.metre.stress(at)) {
    case Stress::Strong:
      return 0.12;
    case Stress::Medium:
      return 0.04;
    default:
      return -0.04;
  }
}

// Lengths from hit to hit.
void sustain(const Bar& bar, std::vector<Hit>& hits, double legato) {
  for (std::size_t i = 0; i < hits.size(); ++i) {
    const Beats until = i + 1 < hits.size() ? hits[i + 1].at : bar.length;
    hits[i].length = (until - hits[i].at) * std::clamp(legato, 0.1, 1.0);
  }
}

std::vector<Hit> at_sixteenths(const Bar& bar, std::initializer_list<int> slots, Beats length, double velocity) {
  std::vector<Hit> hits;
  for (int slot : slots) {
    const Beats at{slot * 0.25};
    if (at >= bar.length - Beats{1e-9}) continue;
    hits.push_back({at, length, velocity + accent(bar, at)});
  }
  return hits;
}

std::vector<Hit> blocks(const Bar& bar) {
  std::vector<Hit> hits;
  for (Beats at : bar.pulses) {
    const bool take = at == Beats{0} || bar.b.energy > 0.75 || (bar.b.energy > 0.45 && bar.strong(at));
    if (take) hits.push_back({at, Beats{1}, 0.66 + accent(bar, at)});
  }
  sustain(bar, hits, bar.b.legato);
  for (auto& hit : hits) hit.holds = true;
  return hits;
}

std::vector<Hit> stabs(const Bar& bar, Random& choice, Random& variation) {
  const std::array<std::vector<int>, 6> figures{
      {{0, 6, 10}, {3, 6, 12}, {0, 3, 6, 10}, {6, 14}, {2, 6, 10, 13}, {0, 7, 10}}};
  auto slots = figures[static_cast<std::size_t>(choice.integer(0, 5))];
  if (bar.last_of_four() && variation.chance(0.6)) slots.push_back(14);
  std::vector<Hit> hits;
  for (int slot : slots) {
    const Beats at{slot * 0.25};
    if (at < bar.length - Beats{1e-9} && (hits.empty() || at > hits.back().at))
      hits.push_back({at, Beats{0.25 + 0.25 * bar.b.legato}, 0.74 + accent(bar, at)});
  }
  if (hits.empty()) hits.push_back({Beats{0}, Beats{0.4}, 0.8});
  return hits;
}

std::vector<Hit> offbeat(const Bar& bar, Random& variation) {
  std::vector<Hit> hits;
  for (std::size_t i = 0; i < bar.pulses.size(); ++i) {
    const Beats at = bar.off(i);
    hits.push_back({at, (bar.pulse_end(i) - at) * std::clamp(bar.b.legato, 0.2, 0.95), i % 2 == 0 ? 0.7 : 0.76});
    if (bar.b.energy > 0.8 && bar.last_of_four() && i + 1 == bar.pulses.size() && variation.chance(0.5)) {
      hits.back().length = Beats{0.2};
      hits.push_back({at + Beats{0.25}, Beats{0.2}, 0.6});
    }
  }
  return hits;
}

std::vector<Hit> house(const Bar& bar, Random& choice, Random& variation) {
  const bool first = choice.chance(0.5);
  std::vector<Hit> hits = first ? at_sixteenths(bar, {0, 3, 6, 10, 13}, Beats{0.4}, 0.76)
                                : at_sixteenths(bar, {0, 3, 6, 9, 12, 14}, Beats{0.35}, 0.74);
  if (bar.b.bar_in_section % 2 == 1 && hits.size() > 3 && variation.chance(0.5)) hits.erase(hits.begin());
  hits.back().ahead = true;
  return hits;
}

std::vector<Hit> strum(const Bar& bar, Random& variation) {
  std::vector<Hit> hits;
  for (std::size_t i = 0; i < bar.pulses.size(); ++i) {
    const Beats at = bar.pulses[i];
    // Down on the beats (the third one is often left out and caught by the up-stroke before it), up between.
    const bool skip = bar.b.energy < 0.85 && bar.pulses.size() == 4 && i == 2;
    if (!skip) hits.push_back({at, Beats{1}, 0.72 + accent(bar, at), What::All, 0, 1});
    const bool up =
        bar.b.energy > 0.35 && (i > 0 || bar.b.energy > 0.75) && !(bar.b.energy < 0.6 && i % 2 == 0 && !skip);
    const Beats between = bar.pulses[i] + (bar.pulse_end(i) - bar.pulses[i]) * 0.5;
    const Beats eighth{std::round(between.value * 4) / 4};
    if ((up || skip) && i + 1 <= bar.pulses.size()) hits.push_back({eighth, Beats{0.5}, 0.56, What::All, 0, -1});
    if (bar.last_of_four() && i + 1 == bar.pulses.size() && bar.b.energy > 0.6 && variation.chance(0.4) &&
        eighth + Beats{0.25} < bar.length) {
      hits.push_back({eighth + Beats{0.25}, Beats{0.25}, 0.5, What::All, 0, 1});
    }
  }
  if (bar.b.energy <= 0.3) hits.resize(1);
  sustain(bar, hits, std::max(0.9, bar.b.legato));
  for (auto& hit : hits) hit.holds = true;
  return hits;
}

std::vector<Hit> comp(const Bar& bar, Random& variation) {
  // What a pianist's left hand does behind a soloist; no two bars need be alike.
  const std::array<std::vector<double>, 7> figures{
      {{0, 1.5}, {0.5, 2.5}, {1.5, 3.5}, {0, 2.5}, {1.5}, {0.5, 1.5, 3.5}, {2, 3.5}}};
  const std::array<double, 7> weights{3, 1.5, 2, 1.5, 1, 0.5 + bar.b.energy, 1};
  std::vector<Hit> hits;
  const auto& figure = figures[variation.weighted(weights)];
  for (double position : figure) {
    Beats at{position};
    if (at >= bar.length - Beats{1e-9}) continue;
    const bool early = at >= bar.length - Beats{0.51};
    hits.push_back(
        {at, Beats{variation.chance(0.5) ? 0.4 : 1.0}, 0.58 + 0.12 * bar.b.energy + variation.uniform(-0.05, 0.08)});
    hits.back().ahead = early || (position - std::floor(position) > 0.4);
  }
  if (hits.empty()) hits.push_back({Beats{0}, Beats{0.8}, 0.62});
  if (bar.b.bar_in_section == 0 && hits.front().at > Beats{0.6})
    hits.insert(hits.begin(), {Beats{0}, Beats{0.6}, 0.66});
  return hits;
}

std::vector<Hit> charleston(const Bar& bar, Random& variation) {
  std::vector<Hit> hits{{Beats{0}, Beats{1}, 0.74}};
  if (bar.length > Beats{1.6}) hits.push_back({Beats{1.5}, Beats{0.4}, 0.68});
  if (bar.last_of_four() && bar.length > Beats{3.6} && variation.chance(0.6))
    hits.push_back({bar.length - Beats{0.5}, Beats{0.4}, 0.66, What::All, 0, 0, true});
  return hits;
}

std::vector<Hit> clave(const Bar& bar) {
  const bool three = bar.b.bar_in_section % 2 == 0;
  if (bar.four_four())
    return three ? at_sixteenths(bar, {0, 6, 12}, Beats{0.5}, 0.72) : at_sixteenths(bar, {4, 8}, Beats{0.5}, 0.7);
  std::vector<Hit> hits;
  for (std::size_t i = 0; i < bar.pulses.size(); ++i) {
    if (three ? i % 2 == 0 : i % 2 == 1) hits.push_back({three ? bar.pulses[i] : bar.off(i), Beats{0.5}, 0.7});
  }
  if (hits.empty()) hits.push_back({Beats{0}, Beats{0.5}, 0.7});
  return hits;
}

std::vector<Hit> skank(const Bar& bar, Random& choice, Random& variation) {
  const bool doubled = choice.chance(0.4);
  std::vector<Hit> hits;
  for (std::size_t i = 0; i < bar.pulses.size(); ++i) {
    const bool beat = bar.pulses.size() % 2 == 0 && bar.pulses.size() > 2 ? i % 2 == 1 : i > 0;
    if (!beat) continue;
    hits.push_back({bar.pulses[i], Beats{0.22}, 0.76});
    if (doubled || (bar.last_of_four() && variation.chance(0.3)))
      hits.push_back({bar.pulses[i] + Beats{0.5}, Beats{0.15}, 0.5, What::Upper});
  }
  if (hits.empty()) hits.push_back({bar.off(0), Beats{0.22}, 0.74});
  return hits;
}

std::vector<Hit> repeated(const Bar& bar, Beats step, double length, double floor) {
  std::vector<Hit> hits;
  for (Beats at{0}; at < bar.length - Beats{1e-9}; at += step)
    hits.push_back({at, step * length, floor + accent(bar, at)});
  return hits;
}

std::vector<Hit> gate(const Bar& bar, Random& choice) {
  static const std::array<std::string, 5> gates{"x.xxx.xxx.xxx.xx", "x.xx.xx.x.xx.xx.", "xxx.xxx.xxx.x.x.",
                                                "x..xx.x.x..xx.xx", "xx.xx.xx.xx.xx.x"};
  const std::string& text = gates[static_cast<std::size_t>(choice.integer(0, 4))];
  std::vector<Hit> hits;
  for (std::size_t slot = 0; Beats{static_cast<double>(slot) * 0.25} < bar.length - Beats{1e-9}; ++slot) {
    if (text[slot % text.size()] != 'x') continue;
    const Beats at{static_cast<double>(slot) * 0.25};
    hits.push_back({at, Beats{0.2}, 0.68 + accent(bar, at)});
  }
  return hits;
}

std::vector<Hit> chug(const Bar& bar, Random& choice, Random& variation) {
  // 'C' the whole chord, 'm' the muted low string.
  static const std::array<std::string, 6> figures{"C.m.m.m.C.m.m.m.", "C.mmm.mmC.mmm.mm", "C..C..m.C.m.m.mm",
                                                  "m.m.C.m.m.m.C.C.", "CmmmCmmmCmmmCmmm", "C.m.mmC.m.mmC.m."};
  std::size_t which = static_cast<std::size_t>(choice.integer(0, 5));
  const std::string& text = bar.b.energy < 0.35 ? figures[0] : figures[which];
  std::vector<Hit> hits;
  for (std::size_t slot = 0; Beats{static_cast<double>(slot) * 0.25} < bar.length - Beats{1e-9}; ++slot) {
    const char c = text[slot % text.size()];
    const Beats at{static_cast<double>(slot) * 0.25};
    if (c == 'C' || slot == 0)
      hits.push_back({at, Beats{0.45}, 0.86});
    else if (c == 'm')
      hits.push_back({at, Beats{0.2}, 0.64 + variation.uniform(0, 0.08), What::Low});
  }
  if (bar.last_of_four() && hits.size() > 2) {  // let the last chord ring
    const Beats from = bar.length - Beats{1};
    while (hits.size() > 1 && hits.back().at > from) hits.pop_back();
    hits.push_back({from > hits.back().at ? from : hits.back().at + Beats{0.25}, Beats{0.9}, 0.9});
  }
  return hits;
}

std::vector<Hit> picked(const Bar& bar, Beats step, std::initializer_list<int> order, double base, double legato) {
  std::vector<Hit> hits;
  const std::vector<int> voices(order);
  std::size_t i = 0;
  for (Beats at{0}; at < bar.length - Beats{1e-9}; at += step) {
    hits.push_back(
        {at, step * std::clamp(legato, 0.2, 1.0), base + accent(bar, at), What::Voice, voices[i++ % voices.size()]});
  }
  return hits;
}

std::vector<Hit> broken(const Bar& bar) {
  std::vector<Hit> hits;
  for (std::size_t i = 0; i < bar.pulses.size(); ++i) {
    const bool low = i == 0 || (bar.pulses.size() % 2 == 0 && i == bar.pulses.size() / 2);
    hits.push_back({bar.pulses[i], (bar.pulse_end(i) - bar.pulses[i]) * (low ? 0.95 : 0.7), low ? 0.72 : 0.56,
                    low ? What::Low : What::Upper});
  }
  return hits;
}

std::vector<Hit> fingerpick(const Bar& bar, Random& choice, Random& variation) {
  // Travis picking: the thumb walks on the pulses, fingers fall between.
  std::vector<Hit> hits;
  const int shape = choice.integer(0, 2);
  for (std::size_t i = 0; i < bar.pulses.size(); ++i) {
    const Beats span = bar.pulse_end(i) - bar.pulses[i];
    hits.push_back({bar.pulses[i], span, 0.66 + (i == 0 ? 0.06 : 0), What::Voice, i % 2 == 0 ? 0 : 1});
    if (i == 0 && shape != 1) hits.push_back({bar.pulses[i], span, 0.58, What::Voice, 3});
    if (bar.b.energy < 0.3 && i % 2 == 1) continue;
    const int treble = (static_cast<int>(i) + shape) % 2 == 0 ? 2 : 3;
    if (span > Beats{1.2}) {
      hits.push_back({bar.pulses[i] + Beats{0.5}, Beats{0.5}, 0.52, What::Voice, 2});
      hits.push_back({bar.pulses[i] + Beats{1}, Beats{0.5}, 0.56, What::Voice, 3});
    } else if (i > 0 || variation.chance(0.5)) {
      hits.push_back({bar.pulses[i] + span * 0.5, span * 0.5, 0.55, What::Voice, treble});
    }
  }
  return hits;
}

std::vector<Hit> ostinato(const Bar& bar, Random& choice) {
  std::vector<Hit> hits;
  const Beats step = bar.b.density > 0.6 ? Beats{0.25} : Beats{0.5};
  int voice = choice.integer(0, 2);
  for (Beats at{0}; at < bar.length - Beats{1e-9}; at += step) {
    const bool sounds = at == Beats{0} || choice.chance(0.45 + 0.4 * bar.b.density);
    if (sounds)
      hits.push_back({at, step * std::clamp(bar.b.legato, 0.2, 1.0), 0.64 + accent(bar, at), What::Voice, voice});
    voice = std::clamp(voice + choice.pick(std::array<int, 4>{-1, 1, 1, 2}), 0, 4) % 5;
  }
  return hits;
}

}  // namespace

std::vector<Hit> written_bar(const Plan& plan, const std::string& rhythm, int bar_in_section, double legato) {
  std::string steps;
  for (char c : rhythm) {
    if (c != ' ' && c != '|') steps += c;
  }
  std::vector<Hit> hits;
  if (steps.empty()) return hits;
  const int slots = static_cast<int>(std::lround(plan.metre.bar().value * 4));
  for (int slot = 0; slot < slots; ++slot) {
    const char c = steps[static_cast<std::size_t>(bar_in_section * slots + slot) % steps.size()];
    if (c == '.' || c == '-') continue;
    hits.push_back({Beats{slot * 0.25}, Beats{0.25}, c == 'X' ? 0.9 : c == 'g' ? 0.4 : c == 'o' ? 0.55 : 0.72});
  }
  for (std::size_t i = 0; i < hits.size(); ++i) {
    const Beats until = i + 1 < hits.size() ? hits[i + 1].at : plan.metre.bar();
    hits[i].length = std::max(Beats{0.125}, (until - hits[i].at) * std::clamp(legato, 0.1, 1.0));
  }
  return hits;
}

std::vector<Hit> pattern_bar(const Plan& plan, const std::string& pattern, const BarOfPattern& b, Random choice,
                             Random variation) {
  const Bar bar(plan, b);
  const bool lively = b.energy * (0.5 + b.density) > 0.7;
  std::vector<Hit> hits;
  if (pattern == "stabs")
    hits = stabs(bar, choice, variation);
  else if (pattern == "offbeat")
    hits = offbeat(bar, variation);
  else if (pattern == "house")
    hits = house(bar, choice, variation);
  else if (pattern == "strum")
    hits = strum(bar, variation);
  else if (pattern == "comp")
    hits = comp(bar, variation);
  else if (pattern == "charleston")
    hits = charleston(bar, variation);
  else if (pattern == "clave")
    hits = clave(bar);
  else if (pattern == "skank")
    hits = skank(bar, choice, variation);
  else if (pattern == "pulse")
    hits = repeated(bar, Beats{b.energy > 0.3 ? 0.5 : 1}, std::clamp(b.legato, 0.3, 0.95), 0.62);
  else if (pattern == "tremolo")
    hits = repeated(bar, Beats{0.25}, 0.9, 0.5);
  else if (pattern == "trance-gate")
    hits = gate(bar, choice);
  else if (pattern == "power-chug")
    hits = chug(bar, choice, variation);
  else if (pattern == "arpeggio")
    hits = lively ? picked(bar, Beats{0.25}, {0, 1, 2, 3, 4, 3, 2, 1}, 0.58, b.legato)
                  : picked(bar, Beats{0.5}, {0, 1, 2, 3, 4, 3, 2, 1}, 0.62, b.legato);
  else if (pattern == "alberti")
    hits = picked(bar, Beats{lively ? 0.25 : 0.5}, {0, 2, 1, 2}, 0.56, b.legato);
  else if (pattern == "broken")
    hits = broken(bar);
  else if (pattern == "fingerpick")
    hits = fingerpick(bar, choice, variation);
  else if (pattern == "ostinato")
    hits = ostinato(bar, choice);
  else
    hits = blocks(bar);
  std::stable_sort(hits.begin(), hits.end(), [](const Hit& x, const Hit& y) { return x.at < y.at; });
  return hits;
}

}  // namespace figment::compose
