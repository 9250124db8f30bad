#include "compose/effects.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace figment::compose {

std::string transition_of(std::string_view preset) {
  const auto slash = preset.find('/');
  const std::string_view name = slash == std::string_view::npos ? preset : preset.substr(slash + 1);
  static constexpr std::array<const char*, 6> kKinds{"riser",      "reverse-cymbal", "impact",
                                                     "downlifter", "noise-sweep",    "sub-drop"};
  for (const char* kind : kKinds)
    if (name.find(kind) != std::string_view::npos) return kind;
  return {};
}

bool leads_in(std::string_view t) noexcept {
  return t == "riser" || t == "reverse-cymbal" || t == "noise-sweep" || t == "silence" || t == "fill" || t == "stop";
}

score::Score write_effects(const Plan& plan, const Member& member) {
  score::Score out;
  out.name = member.part->name;
  const std::string mine = transition_of(member.preset);
  const double end = plan.bar_start(plan.bars).value;
  // A pitched sweep sits in the key: the nearest tonic to middle C.
  const int tonic = 60 + (plan.key.tonic > 6 ? plan.key.tonic - 12 : plan.key.tonic);
  for (const auto& t : plan.transitions) {
    if (t.kind != mine || mine.empty()) continue;
    double start = plan.bar_start(t.bar).value, length = t.length.value;
    if (leads_in(t.kind)) start = plan.bar_start(t.bar + 1).value - length;
    if (start < 0) length += start, start = 0;
    length = std::min(length, end - start);
    if (length < 0.05) continue;
    score::Note n;
    n.start = Beats{start};
    n.length = Beats{length};
    n.pitch = static_cast<std::uint8_t>(mine == "riser" || mine == "sub-drop" || mine == "downlifter" ? tonic : 60);
    n.velocity = static_cast<float>(
        0.6 + 0.35 * plan.section_at(std::min(plan.bars - 1, t.bar + (leads_in(t.kind) ? 1 : 0))).energy);
    out.notes.push_back(n);
  }
  out.sort();
  // One sweep at a time.
  for (std::size_t i = 0; i + 1 < out.notes.size(); ++i)
    if (out.notes[i].end() > out.notes[i + 1].start) out.notes[i].length = out.notes[i + 1].start - out.notes[i].start;
  std::erase_if(out.notes, [](const score::Note& n) { return n.length.value < 0.05; });
  return out;
}

score::Score write_texture(const Plan& plan, const Member& member) {
  score::Score out;
  out.name = member.part->name;
  for (int bar = 0; bar < plan.bars;) {
    if (!member.plays(bar)) {
      ++bar;
      continue;
    }
    int to = bar;
    while (to < plan.bars && member.plays(to) &&
           member.activity[static_cast<std::size_t>(to)] == member.activity[static_cast<std::size_t>(bar)])
      ++to;
    score::Note n;
    n.start = plan.bar_start(bar);
    n.length = plan.bar_start(to) - plan.bar_start(bar);
    n.pitch = static_cast<std::uint8_t>(std::clamp(60, member.part->part.low, member.part->part.high));
    n.velocity = static_cast<float>(0.5 + 0.3 * member.activity[static_cast<std::size_t>(bar)]);
    out.notes.push_back(n);
    bar = to;
  }
  return out;
}

}  // namespace figment::compose
