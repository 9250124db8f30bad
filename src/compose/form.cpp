#include "compose/form.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/error.h"

namespace figment::compose {
namespace {

struct Item {
  std::string kind;
  int natural = 8;     // bars it would like
  double energy = -1;  // -1: by kind
  int fixed = 0;       // bars asked for, 0 = free
  int anchor = 0;      // 1-based bar at which it must start, 0 = free
  bool asked = false;  // named in the brief: never left out
  int bars = 0;        // the result
};
using Items = std::vector<Item>;

int natural_bars(const Style& style, const std::string& kind) {
  for (const auto& form : style.forms)
    for (const auto& section : form.value)
      if (section.kind == kind) return section.bars;
  static const std::map<std::string, int> usual{{"intro", 8}, {"verse", 16}, {"pre-chorus", 8}, {"chorus", 8},
                                                {"drop", 16}, {"build", 8},  {"breakdown", 8},  {"bridge", 8},
                                                {"solo", 16}, {"outro", 8}};
  const auto found = usual.find(kind);
  return found == usual.end() ? 8 : found->second;
}

int sum_natural(const Items& items) {
  int sum = 0;
  for (const auto& i : items) sum += i.fixed > 0 ? i.fixed : i.natural;
  return sum;
}

Item item(const Style& style, const std::string& kind, bool asked) {
  Item i;
  i.kind = kind;
  i.natural = natural_bars(style, kind);
  i.asked = asked;
  return i;
}

// Phrases have eight bars, but a chorus of the blues has twelve.
int phrase_of(const Item& i) { return i.natural % 12 == 0 && i.natural % 8 != 0 ? 12 : 8; }

double energy_of(const Style& style, const Item& i) { return i.energy >= 0 ? i.energy : usual_energy(style, i.kind); }

[[noreturn]] void contradiction(const std::string& what, const std::string& hint) {
  throw Error(ErrorCode::InvalidArgument, what, hint);
}

// Leaves out what a song of `bars` bars has no time for.
void drop_least(const Style& style, Items& items, int bars) {
  const auto most = [&] { return std::max(1, bars >= 64 ? bars / 6 : bars < 48 ? bars / 4 : bars / 8); };
  // Lengths can be shortened, but not those of a blues.
  const double spare =
      std::any_of(items.begin(), items.end(), [](const Item& i) { return phrase_of(i) == 12; }) ? 1.0 : 1.35;
  const bool drops = std::any_of(items.begin(), items.end(), [](const Item& i) { return i.kind == "drop"; });
  // What DJs mix with, and drops of a minute, are for long versions.
  if (sum_natural(items) > 1.2 * bars)
    for (auto& i : items)
      if (i.kind == "intro" || i.kind == "outro") i.natural = std::min(i.natural, 8);
  if (sum_natural(items) > 1.5 * bars)
    for (auto& i : items) i.natural = std::min(i.natural, 16);
  while (items.size() > 1 && (static_cast<int>(items.size()) > most() ||
                              sum_natural(items) > static_cast<int>(spare * bars) + (spare > 1 ? 4 : 0))) {
    std::size_t best = items.size();
    double best_value = 1e9;
    std::size_t peak = 0;
    for (std::size_t i = 0; i < items.size(); ++i)
      if (energy_of(style, items[i]) >= energy_of(style, items[peak])) peak = i;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i].asked || i == peak) continue;
      double value = energy_of(style, items[i]);
      const bool first = std::none_of(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(i),
                                      [&](const Item& o) { return o.kind == items[i].kind; });
      if (first) value += 0.5;
      const bool frame = items[i].kind == "intro" || items[i].kind == "outro";
      // Songs live of verses, dance music of breakdowns.
      const bool detour = items[i].kind == "bridge" || items[i].kind == "breakdown" || items[i].kind == "pre-chorus";
      if (drops ? items[i].kind == "verse" : detour) value -= 0.4;
      if (drops && items[i].kind == "breakdown") value += 0.5;
      if (frame) value += bars >= 24 ? 0.6 : -0.6;
      if (value < best_value) best_value = value, best = i;
    }
    if (best == items.size()) break;  // all the rest is asked for
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(best));
    // Twins that have become neighbours are one section.
    for (std::size_t i = 0; i + 1 < items.size();)
      if (items[i].kind == items[i + 1].kind && !items[i + 1].asked && !items[i].asked)
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(i + 1));
      else
        ++i;
  }
}

// Goes through the body again until the song is long enough.
void add_cycles(Items& items, int bars) {
  for (;;) {
    const int sum = sum_natural(items);
    if (sum >= static_cast<int>(0.8 * bars)) return;
    std::size_t first = 0, last = items.size();
    if (last > 1 && items.front().kind == "intro") first = 1;
    if (last > first + 1 && items.back().kind == "outro") --last;
    // The shortest tail of the body that fills the gap, so that it ends as the body ends.
    std::size_t from = last;
    int added = 0;
    while (from > first && added < 0.85 * (bars - sum)) {
      --from;
      added += items[from].natural;
      if (last - from >= 12) break;
    }
    if (from < last && last - from > 1 && items[from].kind == items[last - 1].kind) ++from;
    if (last - from == 1 && last - first > 1) --from;
    Items copy(items.begin() + static_cast<std::ptrdiff_t>(from), items.begin() + static_cast<std::ptrdiff_t>(last));
    if (copy.empty()) return;
    if (copy.size() == 1 && last - first == 1) return;  // only one thing: it just lasts longer
    for (auto& c : copy) c.asked = false, c.fixed = 0, c.anchor = 0;
    items.insert(items.begin() + static_cast<std::ptrdiff_t>(last), copy.begin(), copy.end());
  }
}

// Gives every free item its bars, so that all sum to `bars`.
void allocate(Items& items, int bars) {
  int fixed = 0, natural = 0, free = 0;
  for (const auto& i : items)
    (i.fixed > 0 ? fixed : natural) += i.fixed > 0 ? i.fixed : i.natural, free += i.fixed <= 0;
  const int rest = bars - fixed;
  if (rest < free || (free == 0 && rest != 0))
    contradiction(fmt::format("the sections asked for need {} bars, but there are {}", fixed + free, bars),
                  "ask for fewer or shorter sections, or another length");
  const int unit = rest >= 4 * free ? 4 : rest >= 2 * free ? 2 : 1;
  int left = rest;
  for (auto& i : items) {
    if (i.fixed > 0) {
      i.bars = i.fixed;
      continue;
    }
    const double want = static_cast<double>(i.natural) * rest / std::max(1, natural);
    const int grid = unit == 4 && want >= 6 ? phrase_of(i) : unit;
    i.bars = std::max(unit, grid * static_cast<int>(std::lround(want / grid)));
    left -= i.bars;
  }
  if (free == 0) return;
  // How far a section would stand from the length it would like, in octaves, and what else would be odd about it.
  const auto badness = [&](std::size_t index, int length) {
    const Item& i = items[index];
    const double want = static_cast<double>(i.natural) * rest / std::max(1, natural);
    double bad = std::abs(std::log2(length / want));
    const bool small = i.natural < 8 || i.kind == "intro" || i.kind == "outro" || i.kind == "build" ||
                       i.kind == "pre-chorus" || i.kind == "bridge" || i.kind == "breakdown";
    if (!small && length % phrase_of(i) != 0) bad += length < phrase_of(i) ? 1.5 : 0.6;
    if (const int usual = std::max(small ? 8 : 16, i.natural); length > usual) bad += 0.4 + (length - usual) / 16.0;
    // The first verse and the last chorus are told in full; what comes in between may be short.
    const auto again = [&](std::size_t from, std::size_t to) {
      for (std::size_t k = from; k < to; ++k)
        if (items[k].kind == i.kind) return true;
      return false;
    };
    const bool full = is_peak_kind(i.kind) ? !again(index + 1, items.size()) : !again(0, index);
    if (full && length < want) bad += 0.1;
    return bad;
  };
  while (std::abs(left) >= unit) {
    Item* best = nullptr;
    int best_change = 0;
    double best_cost = 1e9;
    for (std::size_t k = 0; k < items.size(); ++k) {
      for (const int step : {unit, 2 * unit}) {
        const int change = left > 0 ? step : -step;
        if (items[k].fixed > 0 || items[k].bars + change < unit || step > std::abs(left)) continue;
        const double cost = (badness(k, items[k].bars + change) - badness(k, items[k].bars)) / step;
        if (cost < best_cost - 1e-12) best_cost = cost, best = &items[k], best_change = change;
      }
    }
    if (best == nullptr) break;
    best->bars += best_change;
    left -= best_change;
  }
  // An odd remainder goes to the last free section, best an outro.
  for (auto i = items.rbegin(); i != items.rend() && left != 0; ++i) {
    if (i->fixed > 0 || i->bars + left < 1) continue;
    i->bars += left;
    left = 0;
  }
}

void fit(const Style& style, Items& items, int bars, bool elastic) {
  if (elastic) {
    drop_least(style, items, bars);
    if (std::none_of(items.begin(), items.end(), [](const Item& i) { return i.fixed > 0; }) || items.size() > 1)
      add_cycles(items, bars);
    // Fixed lengths may fill everything: what is not asked for makes room.
    for (;;) {
      int fixed = 0, free = 0;
      for (const auto& i : items) fixed += i.fixed, free += i.fixed <= 0;
      if (fixed + free <= bars) break;
      const auto spare = std::find_if(items.rbegin(), items.rend(), [](const Item& i) { return !i.asked; });
      if (spare == items.rend()) break;
      items.erase(std::next(spare).base());
    }
    int fixed = 0;
    for (const auto& i : items) fixed += i.fixed;
    if (fixed < bars && std::all_of(items.begin(), items.end(), [](const Item& i) { return i.fixed > 0; })) {
      Item more = item(style, items.size() == 1 && items.front().kind == "intro" ? "verse" : items.back().kind, false);
      more.natural = bars - fixed;
      const bool before_outro = items.back().kind == "outro";
      if (before_outro) more.kind = items.size() > 1 ? items[items.size() - 2].kind : "verse";
      items.insert(before_outro ? items.end() - 1 : items.end(), more);
    }
  }
  allocate(items, bars);
}

Items style_items(const Style& style, const Chooser& chooser, const Random& random) {
  Items items;
  if (style.forms.empty()) {
    for (const char* kind : {"intro", "verse", "chorus", "verse", "chorus", "bridge", "chorus", "outro"})
      items.push_back(item(style, kind, false));
    return items;
  }
  std::vector<double> weights;
  for (const auto& f : style.forms) weights.push_back(f.weight);
  Random own = random.fork("form");
  for (const auto& s : style.forms[chooser.choose("form.form", weights, own)].value) {
    Item i;
    i.kind = s.kind;
    i.natural = std::max(1, s.bars);
    i.energy = s.energy;
    items.push_back(i);
  }
  return items;
}

// A song of half a minute or a minute: the same story in short sections. `items` is the style's form; what it does
// not have (an intro, a build) a miniature of it has not either.
Items miniature(const Style& style, const Items& items, int bars) {
  std::size_t peak = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool better = energy_of(style, items[i]) > energy_of(style, items[peak]) + 1e-9;
    if (is_peak_kind(items[i].kind) == is_peak_kind(items[peak].kind) ? better : is_peak_kind(items[i].kind)) peak = i;
  }
  for (std::size_t i = 0; i < peak; ++i)
    if (items[i].kind == items[peak].kind) peak = i;  // its first
  const auto make = [&](const Item& like, int length) {
    Item i = like;
    i.natural = length;
    i.asked = false;
    return i;
  };
  const auto frame = [&](const char* kind) {
    const auto found = std::find_if(items.begin(), items.end(), [&](const Item& i) { return i.kind == kind; });
    return found == items.end() ? nullptr : &*found;
  };
  const Item* intro = frame("intro");
  const Item* outro = frame("outro");
  // What leads to the peak, what rises just before it, and what stands against it: all calmer.
  const Item *lead = nullptr, *rise = nullptr, *calm = nullptr;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Item& it = items[i];
    if (&it == intro || &it == outro || it.kind == items[peak].kind) continue;
    const bool rises = it.kind == "build" || it.kind == "pre-chorus";
    if (rises && i < peak) rise = &it;
    if (!rises && it.kind != "breakdown" && (i < peak || lead == nullptr)) lead = &it;
    if (!rises && (calm == nullptr || energy_of(style, it) < energy_of(style, *calm))) calm = &it;
  }
  const int four = std::max(4, 4 * ((bars + 2) / 4));
  Items out;
  const auto add = [&](const Item* like, int length) {
    if (like != nullptr && length > 0) out.push_back(make(*like, length));
  };
  const auto add_lead = [&](int length) {
    const bool build = rise != nullptr && rise->kind == "build";
    if (rise != nullptr && (length >= 8 || (length == 4 && build)) && (lead != nullptr || build)) {
      if (length > 4) add(lead == nullptr ? rise : lead, length - 4);
      add(rise, 4);
    } else {
      add(lead != nullptr ? lead : rise, length);
    }
  };
  // Twelve bars are a chorus of the blues; nobody cuts it.
  if (phrase_of(items[peak]) == 12) {
    int rest = four % 12;
    if (rest >= 4 && intro != nullptr) add(intro, 4), rest -= 4;
    const int choruses = four / 12;
    for (int k = 0; k < choruses; ++k)
      add(k + 1 == choruses           ? &items[peak]
          : k == 0 || calm == nullptr ? (lead != nullptr ? lead : &items[peak])
                                      : calm,
          12);
    if (rest >= 4) add(outro, rest);
    return out;
  }
  static constexpr std::array<std::array<int, 7>, 8> kPlans{{
      // intro, lead, peak, calm, lead, peak, outro
      {4, 4, 8, 0, 0, 0, 0},  // 16 bars
      {4, 4, 8, 0, 0, 0, 4},  // 20
      {4, 8, 8, 0, 0, 0, 4},  // 24
      {4, 4, 8, 4, 0, 8, 0},  // 28
      {4, 8, 8, 4, 0, 8, 0},  // 32
      {4, 8, 8, 4, 0, 8, 4},  // 36
      {4, 8, 8, 8, 0, 8, 4},  // 40
      {4, 8, 8, 4, 4, 12, 4}  // 44
  }};
  if (four < 16) {
    add(intro != nullptr ? intro : lead, 4);
    add(&items[peak], four - 4);
    return out;
  }
  const auto& plan = kPlans[static_cast<std::size_t>(std::clamp((four - 16) / 4, 0, 7))];
  add(intro, plan[0]);
  add_lead(plan[1]);
  add(&items[peak], plan[2]);
  if (calm != nullptr)
    add(calm, plan[3]);
  else
    add_lead(plan[3]);
  if (calm != lead || rise != nullptr) add_lead(plan[4]);
  add(&items[peak], plan[5]);
  add(outro, plan[6]);
  // Twins side by side are one section.
  for (std::size_t i = 0; i + 1 < out.size();)
    if (out[i].kind == out[i + 1].kind) {
      out[i].natural += out[i + 1].natural;
      out.erase(out.begin() + static_cast<std::ptrdiff_t>(i + 1));
    } else {
      ++i;
    }
  return out;
}

void apply_wish(const Style& style, Items& items, const SectionWish& wish) {
  auto found = items.end();
  auto from = items.begin();  // anchored sections keep the order of their bars
  if (wish.bar)
    for (auto i = items.begin(); i != items.end(); ++i)
      if (i->anchor > 0 && i->anchor < *wish.bar) from = i + 1;
  for (auto i = from; i != items.end() && found == items.end(); ++i)
    if (i->kind == wish.kind && i->fixed == 0 && i->anchor == 0) found = i;
  if (found == items.end()) {
    auto place = items.end();
    if (wish.kind == "intro") {
      place = items.begin();
    } else if (wish.kind != "outro" && items.size() > 1) {
      // Before the last peak (a bridge, a breakdown, a solo), or, a peak itself, before the outro.
      place = items.back().kind == "outro" ? items.end() - 1 : items.end();
      if (!is_peak_kind(wish.kind) && place - items.begin() > 1) --place;
      // An anchored section replaces the first peak of a style that has no such kind.
      if (wish.bar && is_peak_kind(wish.kind)) {
        const auto peak = std::find_if(from, items.end(), [](const Item& i) { return is_peak_kind(i.kind); });
        if (peak != items.end()) place = peak;
      }
      place = std::max(place, from);
    }
    found = items.insert(place, item(style, wish.kind, true));
  }
  found->asked = true;
  if (wish.bars) found->fixed = *wish.bars;
  if (wish.bar) found->anchor = *wish.bar;
}

// Splits at the anchors and fits every piece for itself.
Items fit_anchored(const Style& style, const Items& items, int bars, bool elastic) {
  Items result;
  std::size_t from = 0;
  int bar = 1;
  for (std::size_t i = 0; i <= items.size(); ++i) {
    if (i < items.size() && items[i].anchor == 0) continue;
    const int end = i < items.size() ? items[i].anchor : bars + 1;
    if (i < items.size() && end > bars)
      contradiction(fmt::format("{} at bar {}, but the song has {} bars", items[i].kind, end, bars),
                    "ask for a longer song or an earlier bar");
    if (end < bar)
      contradiction(fmt::format("{} at bar {} would start before the section that leads to it", items[i].kind, end),
                    "list sections in the order in which they are played");
    Items piece(items.begin() + static_cast<std::ptrdiff_t>(from), items.begin() + static_cast<std::ptrdiff_t>(i));
    if (piece.empty() && end > bar) piece.push_back(item(style, "intro", false));
    if (end > bar) {
      fit(style, piece, end - bar, elastic);
      result.insert(result.end(), piece.begin(), piece.end());
    } else if (!piece.empty() && (!elastic || piece.front().asked)) {
      contradiction(fmt::format("no room for {} before bar {}", piece.front().kind, end),
                    "ask for a later bar or fewer sections before it");
    }
    from = i;
    bar = end;
  }
  return result;
}

void set_energies(const Style& style, const Brief& brief, const Items& items, std::vector<song::Section>& sections) {
  std::map<std::string, int> count, seen;
  for (const auto& i : items) ++count[i.kind];
  // Wishes tilt the curve, but even a calm song keeps its summit: instruments enter by energy.
  double shift = 0.08 * std::clamp(brief.arousal, -1.0, 1.0);
  if (brief.energy) shift += 0.3 * (brief.energy->value - 0.5);
  shift = std::clamp(shift, -0.1, 0.15);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const int n = count[items[i].kind], k = seen[items[i].kind]++;
    double e = energy_of(style, items[i]) + shift;
    if (n > 1) e -= 0.04 * (n - 1 - k) / (n - 1);
    sections[i].energy = std::clamp(e, 0.05, 1.0);
    sections[i].name = n > 1 ? fmt::format("{} {}", items[i].kind, k + 1) : items[i].kind;
  }
  // The last of the strongest kind is the summit; nothing stands as high.
  std::size_t summit = 0;
  for (std::size_t i = 0; i < items.size(); ++i)
    if (sections[i].energy >= sections[summit].energy - 1e-9) summit = i;
  for (std::size_t i = 0; i < items.size(); ++i)
    if (i != summit) sections[i].energy = std::min(sections[i].energy, 0.97 * sections[summit].energy);
}

}  // namespace

bool is_peak_kind(const std::string& kind) noexcept { return kind == "chorus" || kind == "drop"; }

double usual_energy(const Style& style, const std::string& kind) {
  if (const auto found = style.energy.find(kind); found != style.energy.end()) return found->second;
  static const std::map<std::string, double> usual{
      {"intro", 0.3},  {"verse", 0.5},     {"pre-chorus", 0.65}, {"chorus", 0.85}, {"drop", 0.95},
      {"build", 0.65}, {"breakdown", 0.3}, {"bridge", 0.5},      {"solo", 0.8},    {"outro", 0.3}};
  const auto found = usual.find(kind);
  return found == usual.end() ? 0.5 : found->second;
}

std::vector<song::Section> write_form(const Style& style, const Brief& brief, Seconds bar, const Chooser& chooser,
                                      const Random& random) {
  const bool literal = brief.whole_structure && !brief.structure.empty();
  // A place in time is a place in bars: the nearest bar line.
  const auto anchor_of = [&](const SectionWish& w) {
    if (w.bar) return *w.bar;
    if (w.at && bar.value > 0) return 1 + static_cast<int>(std::lround(std::max(0.0, w.at->value) / bar.value));
    return 0;
  };
  const auto in_bars = [&](Seconds length) {
    return std::max(1, static_cast<int>(std::lround(length.value / bar.value)));
  };
  Items items;
  bool anchored = false;
  if (literal) {
    for (const auto& w : brief.structure) {
      Item i = item(style, w.value.kind, true);
      i.fixed = w.value.bars.value_or(0);
      i.anchor = anchor_of(w.value);
      items.push_back(i);
    }
  } else {
    items = style_items(style, chooser, random);
    const int asked_bars = brief.bars ? brief.bars->value : brief.length ? in_bars(brief.length->value) : 0;
    const bool loop = asked_bars < (brief.bars ? 16 : 10);
    if (!loop && asked_bars < 48 && sum_natural(items) > 1.1 * asked_bars) items = miniature(style, items, asked_bars);
    std::vector<SectionWish> wishes;
    for (const auto& w : brief.structure) {
      wishes.push_back(w.value);
      if (const int at = anchor_of(w.value); at > 0) wishes.back().bar = at;
    }
    std::stable_sort(wishes.begin(), wishes.end(),
                     [](const SectionWish& a, const SectionWish& b) { return a.bar.value_or(0) < b.bar.value_or(0); });
    for (const auto& w : wishes) apply_wish(style, items, w);
  }
  for (const auto& i : items) anchored = anchored || i.anchor > 0;

  int bars = 0;
  if (brief.bars) {
    bars = brief.bars->value;
  } else if (brief.length) {
    bars = in_bars(brief.length->value);
  } else if (literal) {
    bars = sum_natural(items);
    for (std::size_t i = 0; i < items.size(); ++i) {  // long enough for its anchors
      int tail = 0;
      for (std::size_t k = i; k < items.size(); ++k) tail += items[k].fixed > 0 ? items[k].fixed : items[k].natural;
      if (items[i].anchor > 0) bars = std::max(bars, items[i].anchor - 1 + tail);
    }
  } else {
    // The form as it is, where that is near the style's usual length; else fitted in whole phrases.
    bars = sum_natural(items);
    const int usual = in_bars(style.usual_length);
    if (bars < 0.75 * usual || bars > 1.3 * usual) bars = std::max(8, 8 * static_cast<int>(std::lround(usual / 8.0)));
    for (std::size_t i = 0; i < items.size(); ++i)
      if (items[i].anchor > 0) bars = std::max(bars, items[i].anchor - 1 + items[i].natural);
  }
  if (bars < 1) contradiction(fmt::format("a song of {} bars", bars), "ask for at least one bar");

  if (anchored) {
    items = fit_anchored(style, items, bars, !literal);
  } else {
    fit(style, items, bars, !literal);
  }

  std::vector<song::Section> sections;
  int at = 1;
  for (const auto& i : items) {
    song::Section s;
    s.kind = i.kind;
    s.bar = at;
    s.bars = i.bars;
    at += i.bars;
    sections.push_back(s);
  }
  set_energies(style, brief, items, sections);
  return sections;
}

}  // namespace figment::compose
