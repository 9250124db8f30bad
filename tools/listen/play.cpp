#include <algorithm>
#include <cmath>

#include "analysis/gated_loudness.h"
#include "base/denormals.h"
#include "base/error.h"
#include "dsp/biquad.h"
#include "example.h"
#include "instruments/preset.h"
#include "instruments/render.h"

namespace figment::listen {
namespace {

constexpr Hertz kRate{44100};

// A tempo for every half beat.
score::TempoMap tempo_of(const Piece& piece, Random& random) {
  const double length = piece.end - piece.begin;
  std::vector<score::TempoChange> changes;
  const int way = static_cast<int>(random.weighted(std::vector<double>{0.5, 0.25, 0.15, 0.1}));
  double walk = 0;
  const double size = random.uniform(0.002, 0.012), depth = random.uniform(0.02, 0.07), wave = random.uniform(6, 24), middle = length * random.uniform(0.3, 0.7), jump = random.chance(0.5) ? random.uniform(0.75, 0.95) : random.uniform(1.05, 1.33);
  for (double at = 0; at < length; at += 0.5) {
    double factor = 1;
    if (way == 1) {
      walk = 0.98 * walk + size * random.normal();
      factor = std::exp(walk);
    } else if (way == 2) {
      factor = std::exp(depth * std::sin(2 * M_PI * at / wave) + 0.005 * random.normal()) * (at > length - 6 ? 1 - 0.25 * (at - length + 6) / 6 : 1);
    } else if (way == 3 && at > middle) {
      factor = jump;
    }
    changes.push_back({Beats{at}, Bpm{std::clamp(piece.bpm * factor, 25.0, 300.0)}});
    if (way == 0) break;
  }
  return score::TempoMap(changes);
}

void filter(std::vector<float>& sound, const dsp::Biquad& biquad) {
  dsp::BiquadState state;
  for (float& x : sound) x = static_cast<float>(dsp::step(biquad, state, dsp::Pair{x, x})[0]);
}

void colour(std::vector<float>& sound, Random random) {
  const double rate = kRate.value;
  filter(sound, dsp::Biquad::low_shelf(random.uniform(80, 400), random.uniform(-9, 7), 0.7, rate));
  filter(sound, dsp::Biquad::high_shelf(random.uniform(1500, 8000), random.uniform(-10, 7), 0.7, rate));
  for (int i = 0; i < 2; ++i) filter(sound, dsp::Biquad::bell(200 * std::exp2(random.uniform(0, 5)), random.uniform(-8, 8), random.uniform(0.5, 2.5), rate));
  if (random.chance(0.25)) {
    const double cut = random.uniform(3000, 14000);
    for (int i = 0; i < 2; ++i) filter(sound, dsp::Biquad::low_pass(cut, 0.7, rate));
  }
  if (random.chance(0.2)) filter(sound, dsp::Biquad::high_pass(random.uniform(40, 200), 0.7, rate));
  if (random.chance(0.4)) {   // a room: sparse echoes that fade
    const double size = random.uniform(0.1, 0.6), wet = random.uniform(0.05, 0.3);
    std::vector<std::pair<std::size_t, float>> taps;
    for (int i = 0; i < 60; ++i) {
      const double at = random.uniform(0.003, size);
      taps.emplace_back(static_cast<std::size_t>(at * rate), static_cast<float>(wet * random.normal() * std::exp(-4 * at / size) / 4));
    }
    const std::vector<float> dry = sound;
    for (const auto& [delay, gain] : taps)
      for (std::size_t n = delay; n < sound.size(); ++n) sound[n] += gain * dry[n - delay];
  }
  float peak = 1e-6F;
  for (const float x : sound) peak = std::max(peak, std::abs(x));
  const double drive = random.chance(0.4) ? random.uniform(1, 6) : 0.5;
  for (float& x : sound) x = static_cast<float>(std::tanh(drive * x / peak) / std::tanh(drive));
  const double level = std::pow(10, random.uniform(-18, -0.5) / 20), noise = std::pow(10, random.uniform(-75, -35) / 20);
  for (float& x : sound) x = static_cast<float>(level * x + noise * level * random.normal());
}

}  // namespace

Example play(const Piece& piece, const std::filesystem::path& data_dir, Random random, bool plain) {
  const NoDenormals guard;
  Example example;
  example.name = piece.name;
  const score::TempoMap tempo = tempo_of(piece, random);
  const double lead = random.uniform(0, 1.2);           // s before the first beat
  const double seconds = tempo.seconds(Beats{piece.end - piece.begin}).value;
  const auto skip = static_cast<std::size_t>(lead * kRate.value);
  example.mono.assign(skip + static_cast<std::size_t>((seconds + 0.3) * kRate.value), 0.0F);
  Random levels = random.fork("levels");
  for (const Part& part : piece.parts) {
    score::Score notes{part.notes.name, part.notes.percussion, {}, {}};
    for (score::Note n : part.notes.notes) {
      if (n.start.value < piece.begin - 0.02 || n.start.value >= piece.end) continue;
      n.start = Beats{std::max(0.0, n.start.value - piece.begin)};
      notes.notes.push_back(n);
    }
    if (notes.notes.empty()) continue;
    notes.sort();
    notes = score::quantized(notes);
    try {
      const auto instrument = instruments::make_instrument(data_dir, part.preset, levels.next(), 0);
      const audio::AudioBuffer sound = instruments::render_to_buffer(*instrument, notes, tempo, kRate, Frames{static_cast<std::int64_t>(example.mono.size() - skip)}, Progress());
      analysis::GatedLoudnessMeter meter(kRate);
      meter.add(sound.view());
      if (meter.result().value < -100) continue;
      const double want = part.drums ? levels.uniform(-26, -12) : levels.uniform(-30, -14);
      const auto gain = static_cast<float>(std::pow(10, (want - meter.result().value) / 20) / sound.channels());
      for (int c = 0; c < sound.channels(); ++c)
        for (std::size_t n = 0; n < example.mono.size() - skip; ++n) example.mono[skip + n] += gain * sound.channel(c)[n];
    } catch (const Error&) {
      // A preset that cannot play this part is left out.
    }
  }
  if (!plain) colour(example.mono, random.fork("colour"));
  for (double beat = 0; beat < piece.end - piece.begin - 1e-6; beat += piece.pulse) {
    const double in_bar = piece.bar > 0 ? std::fmod(piece.begin + beat - piece.first_bar + 1000 * piece.bar + 1e-6, piece.bar) : -1;
    example.beats.push_back({lead + tempo.seconds(Beats{beat}).value, piece.bar > 0 ? 1 + static_cast<int>(in_bar / piece.pulse) : 0});
  }
  return example;
}

}  // namespace figment::listen
