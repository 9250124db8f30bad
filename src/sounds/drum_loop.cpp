#include "sounds/drum_loop.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "compose/chooser.h"
#include "compose/drum_pattern.h"
#include "compose/drums.h"
#include "compose/form.h"
#include "compose/groove.h"
#include "compose/learned.h"
#include "compose/plan.h"
#include "compose/style.h"

namespace figment::sounds {
namespace {

using compose::Style;

bool hats_only(const std::vector<std::uint8_t>& drums) {
  namespace d = score::drum;
  return !drums.empty() && std::all_of(drums.begin(), drums.end(), [](std::uint8_t n) { return n == d::hat_closed || n == d::hat_pedal || n == d::hat_open; });
}

bool plays(const Style& style, const std::vector<std::uint8_t>& drums) {
  if (drums.empty()) return !style.grooves.empty();
  return std::any_of(style.grooves.begin(), style.grooves.end(), [&](const compose::Groove& g) {
    return std::any_of(g.lines.begin(), g.lines.end(), [&](const auto& line) {
      const auto note = compose::drum_note(line.first);
      return note && std::find(drums.begin(), drums.end(), *note) != drums.end();
    });
  });
}

// Of the styles that play these drums, one whose tempo is near.
std::string fitting_style(const DrumLoopWish& wish, Random random, const std::filesystem::path& data_dir) {
  std::vector<std::string> ids;
  std::vector<double> weights;
  for (const auto& info : compose::list_styles(data_dir)) {
    const double far = wish.tempo ? std::abs(std::log2(wish.tempo->value / info.usual.value)) : 0;
    if (far > 0.12) continue;
    const auto style = compose::load_style(data_dir, info.id);
    if (!plays(*style, wish.drums) || (wish.metre && !(style->metres.front().value == *wish.metre))) continue;
    ids.push_back(info.id);
    weights.push_back(1 / (0.02 + far));
  }
  return ids.empty() ? "house" : ids[random.weighted(weights)];
}

// The kind of section in which a style is at its fullest.
std::string peak_kind(const Style& style) {
  std::map<std::string, int> bars;
  for (const auto& form : style.forms)
    for (const auto& s : form.value)
      if (compose::is_peak_kind(s.kind)) bars[s.kind] += s.bars;
  const auto most = std::max_element(bars.begin(), bars.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == bars.end() ? "chorus" : most->first;
}

std::string draw_kit(const Style& style, Random random) {
  std::vector<std::string> kits;
  std::vector<double> weights;
  for (const auto& track : style.tracks) {
    if (!compose::is_drum_role(track.role)) continue;
    for (const auto& preset : track.presets) {
      if (!preset.value.starts_with("drums/")) continue;
      kits.push_back(preset.value);
      weights.push_back(preset.weight);
    }
  }
  return kits.empty() ? "drums/pop" : kits[random.weighted(weights)];
}

// What stays of the notes: the drums asked for, or their nearest relatives' rhythm.
void keep_asked(score::Score& score, const DrumLoopWish& wish) {
  std::erase_if(score.notes, [&](const score::Note& n) { return std::find(wish.without.begin(), wish.without.end(), n.pitch) != wish.without.end(); });
  if (wish.drums.empty()) return;
  const auto asked = [&](const score::Note& n) { return std::find(wish.drums.begin(), wish.drums.end(), n.pitch) != wish.drums.end(); };
  if (std::any_of(score.notes.begin(), score.notes.end(), asked)) {
    std::erase_if(score.notes, [&](const score::Note& n) { return !asked(n); });
    return;
  }
  namespace d = score::drum;
  static constexpr std::uint8_t kSnares[] = {d::snare, d::snare2, d::clap, d::rim}, kHats[] = {d::hat_closed, d::hat_open, d::ride, d::shaker, d::tambourine, d::hat_pedal}, kKicks[] = {d::kick, d::kick2};
  const bool backbeat = wish.drums.front() == d::clap || wish.drums.front() == d::snap || wish.drums.front() == d::snare || wish.drums.front() == d::rim;
  std::vector<std::span<const std::uint8_t>> order{kHats, kSnares, kKicks};
  if (backbeat) std::swap(order[0], order[1]);
  for (const auto relatives : order) {
    std::vector<score::Note> taken;
    for (const score::Note& n : score.notes) {
      if (std::find(relatives.begin(), relatives.end(), n.pitch) == relatives.end()) continue;
      if (!taken.empty() && std::abs((taken.back().start - n.start).value) < 0.01) continue;
      taken.push_back(n);
      taken.back().pitch = wish.drums.front();
    }
    if (taken.empty()) continue;
    score.notes = std::move(taken);
    score.controls.clear();
    return;
  }
  score.notes.clear();
}

bool near_grid(double beats, double step) { return std::abs(beats / step - std::round(beats / step)) * step < 0.01; }

void make_busy(score::Score& score, const DrumLoopWish& wish, Beats length, Random random) {
  if (wish.busy < 0) {
    std::erase_if(score.notes, [&](const score::Note& n) { return !near_grid(n.start.value, 0.5); });
    score.controls.clear();
  }
  if (wish.busy > 0 && !wish.drums.empty() && !score.notes.empty()) {
    const auto sixteenths = static_cast<int>(std::lround(length.value * 4));
    std::vector<bool> taken(static_cast<std::size_t>(sixteenths));
    for (const score::Note& n : score.notes)
      if (const auto at = std::lround(std::floor(n.start.value * 4 + 0.05)); at >= 0 && at < sixteenths) taken[static_cast<std::size_t>(at)] = true;
    for (int i = 0; i < sixteenths; ++i)
      if (!taken[static_cast<std::size_t>(i)]) score.notes.push_back({Beats{i * 0.25}, Beats{0.2}, wish.drums.front(), static_cast<float>(random.uniform(0.4, 0.6))});
  }
  score.sort();
}

}  // namespace

DrumLoop write_drum_loop(const DrumLoopWish& wish, std::uint64_t seed, const std::filesystem::path& data_dir) {
  Random random = Random(seed).fork("drum loop");
  DrumLoop out;
  out.style = wish.style.empty() ? fitting_style(wish, random.fork("style"), data_dir) : wish.style;
  const auto style = compose::load_style(data_dir, out.style);
  if (style->grooves.empty()) throw Error(ErrorCode::InvalidArgument, "the style " + out.style + " plays no drums", "name another style, or none");
  out.style_title = style->title;
  out.kit = draw_kit(*style, random.fork("kit"));
  out.tempo = wish.tempo.value_or(style->usual);
  out.metre = wish.metre.value_or(style->metres.empty() ? score::Metre{} : style->metres.front().value);
  out.swing = wish.swing.value_or(style->swing);
  out.swing_unit = style->swing_unit == 8 ? 8 : 16;

  compose::Plan plan;
  plan.style = style;
  plan.learned = compose::load_learned(data_dir / "data");
  plan.chooser = std::make_shared<compose::LearnedChooser>();
  plan.random = random;
  plan.metre = out.metre;
  plan.tempo = out.tempo;
  // As in songs: a half-time style at what is already the felt tempo plays its backbeat straight.
  plan.half_time = style->half_time && !(out.tempo.value < 0.62 * style->usual.value);
  plan.bars = wish.bars;
  plan.sections = {{"loop", peak_kind(*style), 1, wish.bars, wish.energy}};
  compose::TrackTemplate part;
  part.id = part.role = hats_only(wish.drums) ? "hats" : "drums";
  part.name = "drum loop";
  compose::Member member;
  member.part = &part;
  member.id = part.id;
  member.activity.assign(static_cast<std::size_t>(wish.bars), 1.0);
  plan.members = {member};

  out.score = compose::write_drums(plan, plan.members.front());
  keep_asked(out.score, wish);
  const Beats length = out.metre.bar() * static_cast<double>(wish.bars);
  make_busy(out.score, wish, length, random.fork("busy"));
  const double bar = out.metre.bar().value;
  const auto swung = [&](Beats at) { return Beats{compose::swung(at.value, out.swing, out.swing_unit, bar)}; };
  for (score::Note& n : out.score.notes) {
    const Beats end = swung(n.end());
    n.start = swung(n.start);
    n.length = std::max(Beats{0.01}, end - n.start);
  }
  for (score::Control& c : out.score.controls) c.at = std::max(Beats{0}, swung(c.at) - Beats{0.002});
  std::erase_if(out.score.notes, [&](const score::Note& n) { return n.start >= length - Beats{0.005}; });
  return out;
}

std::string kit_of_style(const std::string& style, std::uint64_t seed, const std::filesystem::path& data_dir) {
  return draw_kit(*compose::load_style(data_dir, style), Random(seed).fork("drum loop").fork("kit"));
}

}  // namespace figment::sounds
