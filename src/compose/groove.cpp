#include "compose/groove.h"

#include <algorithm>
#include <cmath>

#include "compose/drums.h"

namespace figment::compose {
namespace {

constexpr double kMostMilliseconds = 9;

// A standard normal that depends on a place only.
double noise_at(const Random& stream, double beat) {
  Random r = stream.fork(static_cast<std::uint64_t>(std::llround(beat * 96)));
  return r.normal();
}

}  // namespace

double swing_ratio(double swing) noexcept { return 0.5 + std::clamp(swing, 0.0, 1.0) / 6.0; }

double swung(double beats, double swing, int unit, double bar_length) noexcept {
  if (swing <= 0 || beats < 0) return beats;
  const double pair = 8.0 / unit;  // in beats: two eighths are one, two sixteenths half
  const double bar = std::floor(beats / bar_length + 1e-9);
  const double in_bar = beats - bar * bar_length;
  const double index = std::floor(in_bar / pair + 1e-9);
  const double start = bar * bar_length + index * pair;
  if ((index + 1) * pair > bar_length + 1e-6) return beats;
  const double x = std::clamp((beats - start) / pair, 0.0, 1.0);
  const double ratio = swing_ratio(swing);
  const auto map = [&](double at) { return at < 0.5 ? at * 2 * ratio : ratio + (at - 0.5) * 2 * (1 - ratio); };
  const auto near = [&](double grid) { return std::abs(x * grid - std::round(x * grid)) < 0.02 * grid / 8; };
  if (!near(16) && (near(12) || near(6))) return beats;  // a triplet
  if (near(16)) return start + pair * map(x);
  // Between the grid (strings of a strum): as its neighbour on the grid.
  const double neighbour = std::round(x * 8) / 8;
  return start + pair * (map(neighbour) + x - neighbour);
}

score::Score with_groove(const Plan& plan, const Member& member, score::Score score) {
  const double bar_length = plan.metre.bar().value;
  const double song_end = plan.bar_start(plan.bars).value;
  const auto& role = member.part->role;
  const bool foundation = role == "kick" || role == "bass" || role == "drums";
  const bool still = role == "effects" || role == "texture";
  const double looseness = std::clamp(plan.style->mix.looseness, 0.0, 1.0);
  const double human = std::clamp(member.part->part.humanize, 0.0, 1.0);
  const double spread_ms = still ? 0 : 7.0 * looseness * (0.4 + 0.6 * human);
  // Backbeats lean back, leads a little less; the more so the looser the band.
  const double lean_ms = role == "snare" ? 2.5 * looseness : role == "lead" ? 1.5 * looseness : 0;
  const Random together = plan.random.fork(foundation ? "feel/foundation" : "feel/band");
  const Random alone = plan.random.fork("feel/" + member.id);
  Random touch = plan.random.fork("touch/" + member.id);
  const double beats_per_ms = plan.tempo.value / 60000.0;
  const double shared = foundation ? 1.0 : 0.6, own = foundation ? 0.0 : 0.7;

  score.sort();
  double cluster = -1e9, offset = 0, last_start = -1e9;
  const auto offset_at = [&](double beat) {
    double ms = spread_ms * (shared * noise_at(together, beat) + own * noise_at(alone, beat)) + lean_ms;
    return std::clamp(ms, -kMostMilliseconds, kMostMilliseconds) * beats_per_ms;
  };
  // Lengths keep their meaning when ends are moved like starts: what touched still touches.
  std::vector<double> starts;
  for (auto& n : score.notes) {
    const double at = n.start.value, end = n.end().value;
    if (at - last_start > 0.13) cluster = at, offset = offset_at(cluster);
    last_start = at;
    const double new_at = std::max(0.0, swung(at, plan.swing, plan.swing_unit, bar_length) + offset);
    double new_end = swung(end, plan.swing, plan.swing_unit, bar_length) + offset;
    new_end = std::min(std::max(new_end, new_at + 0.02), song_end);
    n.start = Beats{std::min(new_at, song_end - 0.02)};
    n.length = Beats{std::max(0.01, new_end - n.start.value)};
    if (!still) {
      const int bar = std::clamp(static_cast<int>(at / bar_length + 1e-9), 0, plan.bars - 1);
      const double energy = plan.section_at(bar).energy;
      const double lift = 0.84 + 0.18 * energy;
      const double spread = 0.09 * human * touch.normal() * (n.velocity > 0.9F ? 0.5 : 1.0);
      n.velocity = static_cast<float>(std::clamp(n.velocity * lift * (1 + spread), 0.08, 1.0));
    }
  }
  for (auto& c : score.controls)
    c.at = Beats{std::clamp(
        swung(c.at.value, plan.swing, plan.swing_unit, bar_length) + (c.kind == score::Controller::Bend ? -0.002 : 0.0),
        0.0, song_end)};
  // The same key cannot be struck while it is still held.
  score.sort();
  std::vector<std::ptrdiff_t> last(128, -1);
  for (std::size_t i = 0; i < score.notes.size(); ++i) {
    auto& n = score.notes[i];
    if (const auto before = last[n.pitch]; before >= 0) {
      auto& b = score.notes[static_cast<std::size_t>(before)];
      if (b.end() > n.start) b.length = Beats{std::max(0.005, (n.start - b.start).value)};
    }
    last[n.pitch] = static_cast<std::ptrdiff_t>(i);
  }
  return score;
}

}  // namespace figment::compose
