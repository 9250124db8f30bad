// Beats to seconds and back, through tempo changes.
#pragma once

#include <vector>

#include "base/units.h"

namespace figment::score {

struct TempoChange {
  Beats at{0};
  Bpm tempo{120};
  friend bool operator==(const TempoChange&, const TempoChange&) = default;
};

class TempoMap {
 public:
  explicit TempoMap(Bpm constant = Bpm{120});
  // Error InvalidArgument unless the first is at 0, times rise, and every tempo is within 10 … 999 BPM.
  explicit TempoMap(std::vector<TempoChange> changes);

  [[nodiscard]] Seconds seconds(Beats at) const noexcept;
  [[nodiscard]] Beats beats(Seconds at) const noexcept;
  [[nodiscard]] Bpm tempo(Beats at) const noexcept;
  [[nodiscard]] const std::vector<TempoChange>& changes() const noexcept { return changes_; }

 private:
  std::vector<TempoChange> changes_;
  std::vector<Seconds> starts_;
};

}  // namespace figment::score
