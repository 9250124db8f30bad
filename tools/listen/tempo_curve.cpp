#include "tempo_curve.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace figment::listen {

score::TempoMap play_tempo(double bpm, double beats, double bar, Hands hands, Random random) {
  if (hands == Hands::Machine) return score::TempoMap{Bpm{bpm}};
  constexpr double kStep = 0.5;
  std::vector<score::TempoChange> changes;
  double wander = 0, drift = 0;
  const bool soloist = hands == Hands::Soloist;
  const double step = soloist ? random.uniform(0.006, 0.02) : random.uniform(0.0015, 0.008);
  const double keep = random.uniform(0.85, 0.97);
  const double slow = random.uniform(0, soloist ? 0.06 : 0.03);
  const double slow_period = random.uniform(24, 90), slow_phase = random.uniform(0, 6.28);
  const double breath = soloist ? random.uniform(0.01, 0.09) : 0;
  const double phrase = bar * (random.chance(0.5) ? 2 : 4);
  const bool ritardando = soloist ? random.chance(0.7) : random.chance(0.15);
  const double held = random.uniform(0.15, 0.45), held_over = random.uniform(2, 8);
  double jump_at = 1e9, jump = 0, slope = 0;
  if (hands == Hands::Changing) {
    if (random.chance(0.6)) {
      jump_at = bar * std::round(beats * random.uniform(0.3, 0.7) / bar);
      jump = random.uniform(0.08, 0.3) * (random.chance(0.5) ? 1 : -1);
    } else {
      slope = random.uniform(0.08, 0.25) * (random.chance(0.5) ? 1 : -1);
    }
  }
  for (double at = 0; at < beats + 8; at += kStep) {
    wander = keep * wander + step * random.normal();
    drift = slow * std::sin(2 * std::numbers::pi * at / slow_period + slow_phase);
    double change = wander + drift + slope * (at / beats - 0.5);
    // Faster towards the middle of a phrase, slower at its end.
    if (breath > 0) change -= breath * std::cos(2 * std::numbers::pi * at / phrase);
    if (at >= jump_at) change += jump;
    if (ritardando && at > beats - held_over) change -= held * std::min(1.0, (at - beats + held_over) / held_over);
    changes.push_back({Beats{at}, Bpm{std::clamp(bpm * std::exp(change), 20.0, 500.0)}});
  }
  return score::TempoMap{std::move(changes)};
}

Hands choose_hands(double human, Random& random) {
  const std::vector<double> weights{1 - 0.85 * human, 0.25 + 0.5 * std::min(1.0, 2 * human), 0.05 + 0.9 * human * human,
                                    0.14};
  return static_cast<Hands>(random.weighted(weights));
}

double swing(double at, double unit, double ratio) noexcept {
  const double pair = 2 * unit, base = std::floor(at / pair + 1e-9) * pair, x = (at - base) / pair;
  return base + pair * (x < 0.5 ? x * 2 * ratio : ratio + (x - 0.5) * 2 * (1 - ratio));
}

void humanize(score::Score& score, const score::TempoMap& tempo, double ms, Random random) {
  score.sort();
  double last = -1, offset = 0, wander = 0;
  for (score::Note& note : score.notes) {
    const double beat = 60 / tempo.tempo(note.start).value;
    if (note.start.value - last > 0.02) {
      wander = 0.8 * wander + 0.5 * ms * random.normal();
      offset = wander + 0.7 * ms * random.normal();
    }
    last = note.start.value;
    const double by = (offset + 0.25 * ms * random.normal()) / 1000 / beat;
    note.start = Beats{std::max(0.0, note.start.value + by)};
    note.velocity = std::clamp(note.velocity + static_cast<float>(0.05 * random.normal()), 0.05F, 1.0F);
  }
  score.sort();
}

}  // namespace figment::listen
