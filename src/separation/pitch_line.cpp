#include "separation/pitch_line.h"

#include <algorithm>
#include <cmath>

#include "base/executor.h"

namespace figment::separation {
namespace {

constexpr int kStepsAnOctave = 60;
constexpr int kGlide = 3;            // steps a frame that cost little
constexpr float kGlideCost = 0.01F;   // in salience a step
constexpr double kSilent = 1e-4;      // of the sum of magnitudes

}  // namespace

PitchLine find_line(const Plane& m, const Plane& among, int size, Hertz rate, const PitchSearch& search) {
  const int count = static_cast<int>(std::log2(search.highest.value / search.lowest.value) * kStepsAnOctave) + 1;
  std::vector<double> fundamental(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) fundamental[static_cast<std::size_t>(i)] = search.lowest.value * std::exp2(static_cast<double>(i) / kStepsAnOctave) * size / rate.value;
  Plane salience(m.frames, count);
  parallel_for(static_cast<std::size_t>(m.frames), [&](std::size_t frame) {
    const auto t = static_cast<std::int64_t>(frame);
    std::vector<float> level(static_cast<std::size_t>(m.bins));
    const double top = fundamental.back() * search.harmonics + 2;
    const int last = std::min(m.bins - 2, static_cast<int>(top));
    // Roots, so that one loud partial makes no tone.
    double sum = 0;
    for (int k = 0; k <= last; ++k) {
      level[static_cast<std::size_t>(k)] = std::sqrt(m.row(t)[k]);
      sum += among.row(t)[k];
    }
    // What rounding leaves of a sound whose peak is near 1 is no tone; and a silent frame's row of zeros lies below the rest.
    if (sum < kSilent) return;
    const auto norm = static_cast<float>(1 / std::sqrt(sum));
    const auto at = [&](double bin) {
      const int k = static_cast<int>(bin);
      if (k + 1 > last) return 0.0F;
      const auto share = static_cast<float>(bin - k);
      return level[static_cast<std::size_t>(k)] * (1 - share) + level[static_cast<std::size_t>(k) + 1] * share;
    };
    float* out = salience.row(t);
    for (int i = 0; i < count; ++i) {
      const double f = fundamental[static_cast<std::size_t>(i)];
      double value = 0, weight = 1, total = 0;
      for (int h = 1; h <= search.harmonics; ++h) {
        value += weight * at(h * f);
        if (f > 5) value -= 0.5 * weight * at((h - 0.5) * f);
        total += weight * weight;
        weight *= search.falloff;
      }
      const double octave = static_cast<double>(i) / kStepsAnOctave;
      out[i] = std::max(0.0F, static_cast<float>(value / std::sqrt(total)) * norm) + static_cast<float>(search.tilt * octave);
    }
  });

  // States 0 … count - 1 are tones, `count` is rest.
  const auto n = static_cast<std::size_t>(count);
  std::vector<float> score(n + 1, 0.0F), next(n + 1);
  std::vector<std::int16_t> from(static_cast<std::size_t>(m.frames) * (n + 1));
  const auto jump = static_cast<float>(search.jump), rest = static_cast<float>(search.rest);
  for (std::int64_t t = 0; t < m.frames; ++t) {
    std::int16_t* back = from.data() + static_cast<std::size_t>(t) * (n + 1);
    const std::size_t best = static_cast<std::size_t>(std::max_element(score.begin(), score.end()) - score.begin());
    for (int i = 0; i <= count; ++i) {
      const auto s = static_cast<std::size_t>(i);
      float most = score[best] - jump;
      auto who = static_cast<std::int16_t>(best);
      if (i < count) {
        for (int j = std::max(0, i - kGlide); j <= std::min(count - 1, i + kGlide); ++j) {
          const float glide = score[static_cast<std::size_t>(j)] - kGlideCost * static_cast<float>(std::abs(i - j));
          if (glide > most) most = glide, who = static_cast<std::int16_t>(j);
        }
        next[s] = most + salience.row(t)[i];
      } else {
        if (score[n] > most) most = score[n], who = static_cast<std::int16_t>(n);
        next[s] = most + rest;
      }
      back[s] = who;
    }
    score.swap(next);
  }
  PitchLine line;
  line.hertz.assign(static_cast<std::size_t>(m.frames), 0);
  std::size_t state = static_cast<std::size_t>(std::max_element(score.begin(), score.end()) - score.begin());
  for (std::int64_t t = m.frames - 1; t >= 0; --t) {
    if (state < n) line.hertz[static_cast<std::size_t>(t)] = static_cast<float>(fundamental[state] * rate.value / size);
    state = static_cast<std::size_t>(from[static_cast<std::size_t>(t) * (n + 1) + state]);
  }
  return line;
}

OnHarmonic on_harmonic(int bin, double fundamental, double width, double sag) noexcept {
  OnHarmonic on;
  on.harmonic = std::max(1, static_cast<int>(std::lround(bin / fundamental)));
  const double off = std::abs(bin - on.harmonic * fundamental) / width;
  if (off < 1) on.weight = static_cast<float>(1 - sag * off * off);
  return on;
}

}  // namespace figment::separation
