#include "instruments/fx_voice.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace figment::instruments {
namespace {

using fx_spec::Layer;
using parts::kChunk;

float gain_of(float decibels) noexcept { return decibels <= -79 ? 0.0F : std::exp2(decibels / 6.0206F); }
float wrapped(float phase) noexcept { return phase - std::floor(phase); }

}  // namespace

double tail_of(const fx_spec::Fx& fx) noexcept {
  double tail = 0.01;
  for (const Layer& layer : fx.layers) {
    tail = std::max(tail, static_cast<double>(layer.seconds ? layer.level.end() : 1.5F * layer.release));
  }
  return tail;
}

void FxVoice::start(const fx_spec::Fx& fx, const Levels& levels, int frames, float semitones, float gain, Random random,
                    float rate) noexcept {
  fx_ = &fx;
  rate_ = rate;
  gain_ = gain;
  semitones_ = semitones;
  frames_ = 0;
  frame_ = 0;
  read_ = kChunk;
  fade_total_ = fade_left_ = 0;
  for (std::size_t i = 0; i < fx.layers.size(); ++i) {
    start_layer(layers_[i], fx.layers[i], levels[i], std::max(frames, 64), random.fork(i));
    frames_ = std::max(frames_, layers_[i].frames);
  }
}

void FxVoice::start_layer(Run& run, const Layer& layer, float level, int frames, Random random) noexcept {
  run.spec = &layer;
  run.random = random;
  run.level = level;
  run.frame = 0;
  run.note_frames = layer.seconds ? static_cast<int>(layer.level.end() * rate_) : frames;
  run.frames = run.note_frames + (layer.seconds ? 0 : static_cast<int>(1.5F * layer.release * rate_));
  run.fade = 1;
  run.fade_factor = layer.release > 0 ? std::exp(-6.9078F / (layer.release * rate_)) : 0;
  run.lfo_phase = 0;
  run.lfo_from = static_cast<float>(random.uniform(-1, 1));
  run.lfo_to = static_cast<float>(random.uniform(-1, 1));
  run.fresh = true;
  run.wait = 0;
  run.drops.fill({});
  for (std::size_t side = 0; side < 2; ++side) {
    for (auto& filter : run.filters[side]) filter.reset();
    Random own = random.fork(side + 7);
    run.noise[side].seed(own);
    const bool square = layer.shape == Layer::Shape::Square;
    if (layer.kind == Layer::Kind::Tone)
      run.oscillators[side].start(static_cast<int>(layer.intervals.size()), square, own);
    for (auto& phase : run.phases[side]) phase = layer.intervals.size() > 1 ? static_cast<float>(own.uniform()) : 0.0F;
    if (layer.kind == Layer::Kind::Metal) {
      run.metal[side].start(layer.metal.data(), static_cast<int>(layer.metal.size()), layer.ring, rate_, own);
    }
    if (layer.kind == Layer::Kind::Modes) {
      std::array<parts::Mode, parts::ModalBank::kMost> modes;
      const auto count = std::min(layer.partials.size(), modes.size());
      for (std::size_t i = 0; i < count; ++i) {
        modes[i] = {layer.partials[i].ratio * static_cast<float>(own.uniform(0.998, 1.002)), layer.partials[i].gain,
                    1000};
      }
      run.modes[side].start(modes.data(), static_cast<int>(count), true, false, rate_, own);
    }
  }
}

// One step of the layer's own slow movement, -1 … 1.
float FxVoice::wander(Run& run, float rate_hz) noexcept {
  const float before = run.lfo_phase;
  run.lfo_phase += rate_hz * kChunk / rate_;
  const bool turned = run.lfo_phase >= 1;
  run.lfo_phase = wrapped(run.lfo_phase);
  if (turned) {
    run.lfo_from = run.lfo_to;
    run.lfo_to = static_cast<float>(run.random.uniform(-1, 1));
  }
  switch (run.spec->lfo) {
    case Layer::Wander::Sine:
      return std::sin(2 * parts::kPi * before);
    case Layer::Wander::Square:
      return before < 0.5F ? 1.0F : -1.0F;
    case Layer::Wander::Random: {
      const float x = before * before * (3 - 2 * before);
      return turned ? run.lfo_from : run.lfo_from + (run.lfo_to - run.lfo_from) * x;
    }
    case Layer::Wander::Steps:
      return run.lfo_from;
  }
  return 0;
}

void FxVoice::fill_tone(Run& run, float from, float to, int side, float* out) noexcept {
  const Layer& layer = *run.spec;
  std::array<float, fx_spec::kMostIntervals> ratios{};
  const auto count = std::min(layer.intervals.size(), ratios.size());
  for (std::size_t i = 0; i < count; ++i) {
    // The other side is a little out of tune, so that the image is wide.
    ratios[i] = std::exp2((layer.intervals[i] + (side == 1 ? 0.04F : 0.0F)) / 12);
  }
  const auto s = static_cast<std::size_t>(side);
  if (layer.shape == Layer::Shape::Saw || layer.shape == Layer::Shape::Square) {
    run.oscillators[s].fill(from, to, ratios.data(), out);
    return;
  }
  std::fill(out, out + kChunk, 0.0F);
  const std::array<float, 7> weights{1, 0, -1.0F / 9, 0, 1.0F / 25, 0, -1.0F / 49};
  for (std::size_t i = 0; i < count; ++i) {
    float phase[kChunk], wave[kChunk];
    float p = run.phases[s][i];
    const float first = std::min(0.45F, from * ratios[i]);
    const float slope = (std::min(0.45F, to * ratios[i]) - first) / kChunk;
    for (int n = 0; n < kChunk; ++n) {
      phase[n] = p;
      p += first + slope * static_cast<float>(n);
    }
    run.phases[s][i] = wrapped(p);
    const int harmonics = layer.shape == Layer::Shape::Triangle && first < 0.06F ? 7 : 1;
    parts::harmonics(phase, weights.data(), harmonics, wave);
    for (int n = 0; n < kChunk; ++n) out[n] += wave[n];
  }
}

void FxVoice::fill_drops(Run& run, float time, float* left, float* right) noexcept {
  const Layer& layer = *run.spec;
  std::fill(left, left + kChunk, 0.0F);
  std::fill(right, right + kChunk, 0.0F);
  const float density = layer.density.at(time) * std::exp2(layer.lfo_rate.empty() ? 0.0F : 1.5F * run.lfo_value);
  run.wait -= kChunk;
  while (density > 0 && run.wait < 0) {
    // At most one drop begins in a chunk for each turn; the place inside it does not matter to the ear.
    run.wait += rate_ / density * static_cast<float>(-std::log(1 - run.random.uniform()));
    auto drop = std::min_element(run.drops.begin(), run.drops.end(),
                                 [](const Drop& a, const Drop& b) { return a.level < b.level; });
    const float hz = layer.from_hz * std::pow(layer.to_hz / layer.from_hz, static_cast<float>(run.random.uniform()));
    const float pan = layer.width * static_cast<float>(run.random.uniform(-1, 1));
    drop->phase = 0;
    drop->step = hz / rate_;
    drop->step_factor = std::exp2(layer.drop_sweep * static_cast<float>(run.random.uniform(-0.4, 1)) / 12 /
                                  (std::max(layer.drop_decay, 0.001F) * rate_));
    drop->level = std::exp2(-layer.loud * static_cast<float>(run.random.uniform()) / 6.02F);
    drop->factor = std::exp(-6.9078F / (layer.drop_decay * static_cast<float>(run.random.uniform(0.6, 1.5)) * rate_));
    drop->reach = layer.drop_attack > 0 ? 0.0F : 1.0F;
    drop->rise = layer.drop_attack > 0 ? 1 / (layer.drop_attack * rate_) : 1;
    drop->left = std::min(1.0F, 1 - pan);
    drop->right = std::min(1.0F, 1 + pan);
  }
  for (Drop& drop : run.drops) {
    if (drop.level < 1e-5F) continue;
    for (int n = 0; n < kChunk; ++n) {
      // A parabola for each half wave, corrected: a sine to within 0.1 %.
      const float x = drop.phase - 0.5F;
      const float bow = 8 * x * (1 - 2 * std::abs(x));
      const float wave = (0.775F * bow + 0.225F * bow * std::abs(bow)) * drop.level * drop.reach;
      left[n] += drop.left * wave;
      right[n] += drop.right * wave;
      drop.phase += drop.step;
      drop.phase -= drop.phase >= 1 ? 1.0F : 0.0F;
      drop.step = std::min(0.45F, drop.step * drop.step_factor);
      if (drop.reach < 1) {
        drop.reach = std::min(1.0F, drop.reach + drop.rise);
      } else {
        drop.level *= drop.factor;
      }
    }
  }
}

void FxVoice::fill(Run& run, float time, float* a, float* b) noexcept {
  const Layer& layer = *run.spec;
  const float transpose = layer.follow ? semitones_ / 12 : 0.0F;
  switch (layer.kind) {
    case Layer::Kind::Noise:
      run.noise[0].fill(a);
      run.noise[1].fill(b);
      break;
    case Layer::Kind::Tone: {
      const float hz = std::exp2(layer.freq.at(time) + transpose + run.lfo_value * layer.lfo_pitch / 12);
      const float to = std::min(0.45F, hz / rate_);
      const float from = run.fresh ? to : run.freq;
      run.freq = to;
      fill_tone(run, from, to, 0, a);
      if (layer.width > 0 && layer.intervals.size() > 1) {
        fill_tone(run, from, to, 1, b);
      } else {
        std::fill(b, b + kChunk, 0.0F);
      }
      break;
    }
    case Layer::Kind::Metal:
      for (std::size_t side = 0; side < 2; ++side) {
        run.metal[side].transpose(std::exp2(layer.freq.at(time) + transpose + run.lfo_value * layer.lfo_pitch / 12));
        run.metal[side].fill(side == 0 ? a : b);
      }
      break;
    case Layer::Kind::Modes:
      for (std::size_t side = 0; side < 2; ++side) {
        if (run.fresh) run.modes[side].transpose(std::exp2(transpose));
        run.modes[side].fill(side == 0 ? a : b);
      }
      break;
    case Layer::Kind::Drops:
      fill_drops(run, time, a, b);
      break;
  }
}

void FxVoice::render_layer(Run& run) noexcept {
  const Layer& layer = *run.spec;
  const float seconds = static_cast<float>(run.frame + kChunk) / rate_;
  const float time =
      layer.seconds ? seconds : static_cast<float>(run.frame + kChunk) / static_cast<float>(run.note_frames);
  if (!layer.lfo_rate.empty()) run.lfo_value = wander(run, std::exp2(layer.lfo_rate.at(time)));

  alignas(32) float side[2][kChunk];
  fill(run, time, side[0], side[1]);
  if (layer.kind != Layer::Kind::Drops) {
    const float c = std::cos(layer.width * parts::kPi / 4), s = std::sin(layer.width * parts::kPi / 4);
    for (int n = 0; n < kChunk; ++n) {
      const float a = side[0][n], b = side[1][n];
      side[0][n] = c * a + s * b;
      side[1][n] = c * a - s * b;
    }
  }
  using Kind = parts::Filter::Kind;
  const fx_spec::Curve* curves[] = {&layer.bandpass, &layer.highpass, &layer.lowpass};
  const Kind kinds[] = {Kind::Bandpass, Kind::Highpass, Kind::Lowpass};
  for (std::size_t i = 0; i < 3; ++i) {
    if (curves[i]->empty()) continue;
    const float hz = std::exp2(curves[i]->at(time) + run.lfo_value * layer.lfo_filter + (i == 1 ? 0.0F : brightness_));
    const float q = i == 0 || layer.bandpass.empty() ? layer.q : 0.707F;
    for (std::size_t channel = 0; channel < 2; ++channel) {
      run.filters[channel][i].set(kinds[i], hz, q, rate_);
      run.filters[channel][i].process(side[channel]);
    }
  }
  const float level = run.level * gain_of(layer.level.at(time) + layer.lfo_level * 0.5F * (run.lfo_value - 1));
  const float pan = std::clamp(layer.pan.at(time) + layer.lfo_pan * run.lfo_value, -1.0F, 1.0F);
  const float left = level * std::min(1.0F, 1 - pan), right = level * std::min(1.0F, 1 + pan);
  if (run.fresh) {
    run.gain_left = layer.level.empty() ? left : run.level * gain_of(layer.level.at(0)) * std::min(1.0F, 1 - pan);
    run.gain_right = layer.level.empty() ? right : run.level * gain_of(layer.level.at(0)) * std::min(1.0F, 1 + pan);
  }
  const float step_left = (left - run.gain_left) / kChunk, step_right = (right - run.gain_right) / kChunk;
  const float in = layer.fade_in * rate_, out = layer.fade_out * rate_;
  alignas(32) float gate[kChunk];
  const int begin = run.frame;
  if (static_cast<float>(begin) > in &&
      static_cast<float>(begin + kChunk) < static_cast<float>(run.note_frames) - out) {
    std::fill(gate, gate + kChunk, 1.0F);
  } else {
    for (int n = 0; n < kChunk; ++n) {
      const auto at = static_cast<float>(begin + n);
      float g = in > 0 && at < in ? at / in : 1.0F;
      const float left_over = static_cast<float>(run.note_frames) - at;
      if (layer.release > 0) {
        if (left_over <= 0) g *= run.fade *= run.fade_factor;
        if (begin + n >= run.frames) g = 0;
      } else {
        g *= std::clamp(left_over / out, 0.0F, 1.0F);
      }
      gate[n] = g;
    }
  }
  for (int n = 0; n < kChunk; ++n) {
    const auto at = static_cast<float>(n + 1);
    side[0][n] *= (run.gain_left + step_left * at) * gate[n];
    side[1][n] *= (run.gain_right + step_right * at) * gate[n];
  }
  run.gain_left = left;
  run.gain_right = right;
  run.fresh = false;
  if (layer.drive > 0) {
    parts::saturate(side[0], layer.drive);
    parts::saturate(side[1], layer.drive);
    const float back = 1 / layer.drive;
    for (auto& channel : side) {
      for (float& x : channel) x *= back;
    }
  }
  for (std::size_t n = 0; n < kChunk; ++n) {
    chunk_[0][n] += side[0][n];
    chunk_[1][n] += side[1][n];
  }
  run.frame += kChunk;
}

void FxVoice::render() noexcept {
  for (auto& channel : chunk_) channel.fill(0);
  for (std::size_t i = 0; i < fx_->layers.size(); ++i) {
    if (layers_[i].frame < layers_[i].frames && layers_[i].level > 0) render_layer(layers_[i]);
  }
  frame_ += kChunk;
  read_ = 0;
}

void FxVoice::add(float* left, float* right, int frames) noexcept {
  while (frames > 0 && fx_ != nullptr) {
    if (read_ >= kChunk) {
      if (frame_ >= frames_) {
        fx_ = nullptr;
        return;
      }
      render();
    }
    int count = std::min(frames, kChunk - read_);
    if (fade_total_ > 0) count = std::min(count, fade_left_);
    for (int n = 0; n < count; ++n) {
      const float gain =
          fade_total_ > 0 ? gain_ * static_cast<float>(fade_left_ - n) / static_cast<float>(fade_total_) : gain_;
      const auto at = static_cast<std::size_t>(read_ + n);
      if (right != nullptr) {
        left[n] += gain * chunk_[0][at];
        right[n] += gain * chunk_[1][at];
      } else {
        left[n] += gain * 0.5F * (chunk_[0][at] + chunk_[1][at]);
      }
    }
    if (fade_total_ > 0 && (fade_left_ -= count) <= 0) {
      fx_ = nullptr;
      return;
    }
    read_ += count;
    frames -= count;
    left += count;
    if (right != nullptr) right += count;
  }
}

void FxVoice::release(float seconds) noexcept {
  if (fx_ == nullptr || fade_total_ > 0) return;
  fade_total_ = fade_left_ = std::max(16, static_cast<int>(seconds * rate_));
}

FxVoice::Levels measure_fx(const fx_spec::Fx& fx, float rate, float& whole) {
  auto voice = std::make_unique<FxVoice>();
  const auto peak = [&](const fx_spec::Fx& of, const FxVoice::Levels& levels) {
    const int frames = static_cast<int>(rate);
    voice->start(of, levels, frames, 0, 1, Random(1).fork("measure"), rate);
    float most = 1e-6F;
    for (int left = frames; left > 0 && voice->active(); left -= 256) {
      std::array<float, 256> a{}, b{};
      voice->add(a.data(), b.data(), 256);
      for (std::size_t n = 0; n < 256; ++n) most = std::max({most, std::abs(a[n]), std::abs(b[n])});
    }
    voice->stop();
    return most;
  };
  // Slow movements would leave the peak to chance: measured without them, and without fades.
  fx_spec::Fx plain = fx;
  for (Layer& layer : plain.layers) {
    layer.lfo_level = layer.lfo_pan = 0;
    layer.fade_in = std::min(layer.fade_in, 0.005F);
    layer.fade_out = std::min(layer.fade_out, 0.005F);
  }
  FxVoice::Levels levels{};
  for (std::size_t i = 0; i < fx.layers.size(); ++i) {
    fx_spec::Fx alone = plain;
    alone.layers = {plain.layers[i]};
    alone.layers[0].drive = 0;
    FxVoice::Levels unit{};
    unit[0] = 1;
    // The loudest drop, whose level is 1, may not fall within the second.
    const float floor = fx.layers[i].kind == Layer::Kind::Drops ? 0.5F : 1e-6F;
    levels[i] = fx.layers[i].gain / std::max(floor, peak(alone, unit));
  }
  float loudest_drop = 1e-6F;
  for (std::size_t i = 0; i < fx.layers.size(); ++i) {
    if (fx.layers[i].kind == Layer::Kind::Drops) loudest_drop = std::max(loudest_drop, 0.5F * fx.layers[i].gain);
  }
  whole = std::pow(10.0F, fx.level_db / 20) / std::max(loudest_drop, peak(plain, levels));
  return levels;
}

}  // namespace figment::instruments
