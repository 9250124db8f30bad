#include "compose/plan.h"

#include <cassert>
#include <cmath>

namespace figment::compose {

const song::Section& Plan::section_at(int bar) const {
  assert(!sections.empty());
  // Sections are sorted and leave no gaps: the last that starts at or before the bar.
  std::size_t low = 0, high = sections.size();
  while (high - low > 1) {
    const std::size_t middle = (low + high) / 2;
    (sections[middle].bar <= bar + 1 ? low : high) = middle;
  }
  return sections[low];
}

int Plan::bar_at(Beats when) const { return static_cast<int>(std::floor(when / metre.bar() + 1e-9)); }

Beats Plan::in_bar(Beats when) const { return when - bar_start(bar_at(when)); }

score::Stress Plan::stress_at(Beats when) const { return metre.stress(in_bar(when)); }

const Member* Plan::member(std::string_view role) const {
  for (const auto& m : members)
    if (m.part->role == role) return &m;
  return nullptr;
}

}  // namespace figment::compose
