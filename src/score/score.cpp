#include "score/score.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace figment::score {
namespace {

// MIDI files count ticks in at most 28 bits.
constexpr double kLastTick = (1 << 28) - 1;

std::int64_t to_ticks(Beats at) noexcept {
  const double ticks = std::round(at.value * kTicksPerBeat);
  if (!(ticks > 0)) return 0;  // also NaN
  return static_cast<std::int64_t>(std::min(ticks, kLastTick));
}

Beats to_beats(std::int64_t ticks) noexcept { return Beats{static_cast<double>(ticks) / kTicksPerBeat}; }

float quantized_value(Controller kind, float value) noexcept {
  if (std::isnan(value)) value = 0;
  if (kind == Controller::Bend) {
    return std::clamp(std::round(value / 12.0F * 8192.0F), -8192.0F, 8191.0F) * 12.0F / 8192.0F;
  }
  return std::clamp(std::round(value * 127.0F), 0.0F, 127.0F) / 127.0F;
}

struct TickNote {
  std::int64_t start, end;
  std::uint8_t pitch;
  int velocity;
};

}  // namespace

void Score::sort() {
  std::stable_sort(notes.begin(), notes.end(), [](const Note& a, const Note& b) {
    return std::tie(a.start, a.pitch) < std::tie(b.start, b.pitch);
  });
  std::stable_sort(controls.begin(), controls.end(),
                   [](const Control& a, const Control& b) { return std::tie(a.at, a.kind) < std::tie(b.at, b.kind); });
}

Beats Score::end() const noexcept {
  Beats last{0};
  for (const Note& note : notes) last = std::max(last, note.end());
  return last;
}

Score quantized(const Score& score) {
  std::vector<TickNote> ticks;
  ticks.reserve(score.notes.size());
  for (const Note& note : score.notes) {
    const std::int64_t start = to_ticks(note.start);
    const float velocity = std::isnan(note.velocity) ? 0.0F : note.velocity;
    ticks.push_back({start, std::max(to_ticks(note.end()), start + 1), static_cast<std::uint8_t>(note.pitch & 0x7F),
                     std::clamp(static_cast<int>(std::lround(std::clamp(velocity, 0.0F, 1.0F) * 127.0F)), 1, 127)});
  }
  std::stable_sort(ticks.begin(), ticks.end(), [](const TickNote& a, const TickNote& b) {
    return std::tie(a.pitch, a.start, b.velocity) < std::tie(b.pitch, b.start, a.velocity);
  });
  const auto together = [](const TickNote& a, const TickNote& b) { return a.pitch == b.pitch && a.start == b.start; };
  ticks.erase(std::unique(ticks.begin(), ticks.end(), together), ticks.end());
  for (std::size_t i = 0; i + 1 < ticks.size(); ++i) {
    if (ticks[i].pitch == ticks[i + 1].pitch) ticks[i].end = std::min(ticks[i].end, ticks[i + 1].start);
  }

  Score out{score.name, score.percussion, {}, {}};
  out.notes.reserve(ticks.size());
  for (const TickNote& note : ticks) {
    out.notes.push_back({to_beats(note.start), to_beats(note.end - note.start), note.pitch,
                         static_cast<float>(note.velocity) / 127.0F});
  }
  std::map<std::pair<std::int64_t, Controller>, float> controls;  // the last value wins
  for (const Control& control : score.controls) {
    controls[{to_ticks(control.at), control.kind}] = quantized_value(control.kind, control.value);
  }
  for (const auto& [place, value] : controls) out.controls.push_back({to_beats(place.first), place.second, value});
  out.sort();
  return out;
}

}  // namespace figment::score
