#include "instruments/drums_voice.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace figment::instruments {
namespace {

using drum_spec::Layer;
using drum_spec::Pad;
using parts::kChunk;

constexpr double kSilence = -91;  // dBFS where a layer ends

float factor(double seconds, double frames, float rate) noexcept {  // per `frames`, time constant `seconds`
  return static_cast<float>(std::exp(-frames / (std::max(seconds, 1e-5) * rate)));
}

// Seconds a layer can be heard in a voice that peaks at `peak_db`.
double audible(const Layer& layer, double decay, double peak_db) noexcept {
  const auto& e = layer.envelope;
  const double db = std::max(30.0, peak_db - kSilence + std::max(-60.0, 20 * std::log10(layer.gain + 1e-9)));
  double fall = e.decay;
  if (layer.kind == Layer::Kind::Modes) {
    fall = 0;
    for (const auto& mode : layer.modes) fall = std::max(fall, mode.decay);
  }
  double length = fall * decay * db / 60;
  if (e.tail > 0) length = std::max(length, e.tail_decay * decay * (db + 20 * std::log10(e.tail)) / 60);
  return e.attack + e.hold + (e.bursts - 1) * e.spacing * 1.2 + std::max(length, 0.0) + 0.01;
}

float wobble(Random& random) noexcept { return static_cast<float>(std::clamp(random.normal(), -2.0, 2.0)); }

}  // namespace

double longest(const Pad& pad) noexcept {
  double length = 0;
  for (const Layer& layer : pad.layers)
    length = std::max(length, audible(layer, pad.decay * 1.15, pad.level_db + pad.drive_db));
  return std::min(length, 20.0);
}

void DrumVoice::start(const Pad& pad, const DrumLevel& level, const DrumHit& hit, Random random, float rate) noexcept {
  pad_ = &pad;
  rate_ = rate;
  const float human = hit.human * static_cast<float>(pad.human);
  velocity_ = std::clamp(hit.velocity, 0.0F, 1.0F);
  const float soft = 1 - velocity_;
  decay_ = static_cast<float>(pad.decay) * (1 - static_cast<float>(pad.velocity_decay) * soft) *
           (1 + 0.04F * human * wobble(random));
  base_semitones_ = static_cast<float>(pad.tune) + hit.tune + 0.07F * human * wobble(random);
  base_tone_ =
      static_cast<float>(pad.tone) - static_cast<float>(pad.velocity_tone) * soft + 0.08F * human * wobble(random);
  retune_ = false;
  ratio_ = std::exp2((base_semitones_ + hit.bend) / 12);
  tone_ = std::exp2(base_tone_ + hit.brightness);

  layer_count_ = static_cast<int>(pad.layers.size());
  chunks_left_ = 0;
  for (std::size_t i = 0; i < pad.layers.size(); ++i) {
    const Layer& layer = pad.layers[i];
    const float gain = level.layer[i] * std::pow(std::max(velocity_, 1e-3F), static_cast<float>(layer.velocity)) *
                       (1 + 0.05F * human * wobble(random));
    start_layer(layers_[i], layer, gain, hit, random);
    chunks_left_ = std::max(chunks_left_, layers_[i].chunks_left);
  }

  out_hp_.reset();
  out_lp_.reset();
  if (pad.hp > 0) out_hp_.set(parts::Filter::Kind::Highpass, static_cast<float>(pad.hp), 0.707F, rate);
  if (pad.lp > 0) out_lp_.set(parts::Filter::Kind::Lowpass, static_cast<float>(pad.lp) * tone_, 0.707F, rate);
  drive_ = pad.drive_db > 0 ? static_cast<float>(std::pow(10.0, pad.drive_db / 20)) : 0;
  held_ = 0;
  hold_phase_ = 1;
  const float gain = level.voice * std::pow(std::max(velocity_, 1e-3F), static_cast<float>(pad.velocity_curve)) *
                     (1 + 0.04F * human * wobble(random));
  const auto pan = static_cast<float>(pad.pan);
  gain_left_ = gain * std::min(1.0F, 1 - pan);
  gain_right_ = gain * std::min(1.0F, 1 + pan);
  read_ = kChunk;
  fade_total_ = fade_left_ = 0;
}

void DrumVoice::start_layer(LayerRun& run, const Layer& layer, float gain, const DrumHit& hit,
                            Random& random) noexcept {
  const float human = hit.human * static_cast<float>(pad_->human);
  const auto& e = layer.envelope;
  run.spec = &layer;
  run.gain = gain;
  run.frame = 0;
  run.attack = static_cast<int>(e.attack * rate_);
  run.steady = run.attack + static_cast<int>(e.hold * rate_);
  run.bursts = std::clamp(e.bursts, 1, drum_spec::kMostBursts);
  run.next_burst = 1;
  for (int i = 0; i < run.bursts; ++i) {
    const double off = i == 0 ? 0.0 : 0.10 * human * wobble(random);
    run.burst_at[static_cast<std::size_t>(i)] = static_cast<int>((i + off) * e.spacing * rate_);
  }
  run.burst.start(1, static_cast<float>(e.burst_decay), rate_);
  run.decay.start(1 - static_cast<float>(e.tail), static_cast<float>(e.decay) * decay_, rate_);
  run.tail.start(static_cast<float>(e.tail), static_cast<float>(e.tail_decay) * decay_, rate_);
  const double peak_db =
      pad_->level_db + pad_->drive_db + 20 * pad_->velocity_curve * std::log10(std::max(velocity_, 1e-3F));
  run.chunks_left = static_cast<int>(std::min(20.0, audible(layer, decay_, peak_db)) * rate_ / kChunk) + 1;

  run.filter_sweep = static_cast<float>(layer.filter_sweep);
  run.filter_factor = factor(layer.filter_time, kChunk, rate_);
  for (auto* filter : {&run.hp, &run.hp2, &run.bp, &run.lp}) filter->reset();
  tune_filters(run);

  const float depth = static_cast<float>(pad_->sweep) * (0.75F + 0.25F * velocity_);
  run.sweep = static_cast<float>(layer.sweep) * depth;
  run.sweep2 = static_cast<float>(layer.sweep2) * depth;
  switch (layer.kind) {
    case Layer::Kind::Tone:
      run.sweep_factor = factor(layer.sweep_time, 8, rate_);
      run.sweep2_factor = factor(layer.sweep2_time, 8, rate_);
      run.phase = static_cast<float>(layer.phase);
      run.fm_phase = 0;
      run.fm_level = static_cast<float>(layer.fm_index) * velocity_;
      run.fm_factor = factor(layer.fm_decay * decay_, kChunk, rate_);
      break;
    case Layer::Kind::Modes: {
      run.sweep_factor = factor(layer.sweep_time, kChunk, rate_);
      std::array<parts::Mode, parts::ModalBank::kMost> modes;
      const auto count = std::min(layer.modes.size(), modes.size());
      // A softer stick is a duller one: it excites high modes less.
      const double dull = -0.5 * pad_->velocity_tone * (1 - velocity_);
      float asked = 0, drawn = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const auto& mode = layer.modes[i];
        modes[i].hertz = static_cast<float>(layer.freq * mode.ratio) * ratio_;
        // Every hit lands elsewhere on the skin: other modes, the same force.
        const auto plain = static_cast<float>(mode.gain * std::pow(mode.ratio / layer.modes[0].ratio, dull));
        modes[i].gain = plain * std::exp2(0.25F * human * wobble(random));
        modes[i].t60 = static_cast<float>(mode.decay) * decay_;
        asked += plain;
        drawn += modes[i].gain;
      }
      for (std::size_t i = 0; i < count; ++i) modes[i].gain *= asked / std::max(drawn, 1e-9F);
      std::sort(modes.begin(), modes.begin() + static_cast<std::ptrdiff_t>(count),
                [](const parts::Mode& a, const parts::Mode& b) { return a.t60 > b.t60; });
      run.modes.start(modes.data(), static_cast<int>(count), layer.cluster, run.sweep != 0, rate_, random);
      break;
    }
    case Layer::Kind::Metal: {
      std::array<float, parts::SquareCluster::kMost> hertz{};
      const auto count = std::min(layer.metal.size(), hertz.size());
      for (std::size_t i = 0; i < count; ++i) hertz[i] = static_cast<float>(layer.metal[i]);
      run.metal.start(hertz.data(), static_cast<int>(count), layer.ring, rate_, random);
      run.metal.transpose(ratio_);
      break;
    }
    case Layer::Kind::Noise:
      run.noise.seed(random);
      run.grain_level = 0;
      run.grain_factor = factor(layer.grain / 6.907755, 1, rate_);
      run.grain_wait = 0;
      break;
  }
}

void DrumVoice::tune_filters(LayerRun& run) noexcept {
  const Layer& layer = *run.spec;
  const float ratio = ratio_ * (run.filter_sweep != 0 ? std::exp2(run.filter_sweep) : 1.0F);
  const auto q = static_cast<float>(layer.q);
  using Kind = parts::Filter::Kind;
  if (layer.hp > 0) {
    // Brightness opens the top; it must not thin the sound out from below as fast.
    const float hz = static_cast<float>(layer.hp) * ratio * std::sqrt(std::max(tone_, 0.05F));
    run.hp.set(Kind::Highpass, hz, layer.bp > 0 ? 0.707F : q, rate_);
    if (layer.steep) run.hp2.set(Kind::Highpass, hz, 0.707F, rate_);
  }
  if (layer.bp > 0) run.bp.set(Kind::Bandpass, static_cast<float>(layer.bp) * ratio * tone_, q, rate_);
  if (layer.lp > 0) {
    run.lp.set(Kind::Lowpass, static_cast<float>(layer.lp) * ratio * tone_, layer.bp > 0 || layer.hp > 0 ? 0.707F : q,
               rate_);
  }
}

void DrumVoice::fill_tone(LayerRun& run, float* out) noexcept {
  const Layer& layer = *run.spec;
  const float base = static_cast<float>(layer.freq) * ratio_ / rate_;
  float phase[kChunk];
  float p = run.phase;
  float from = std::min(0.4F, base * std::exp2((run.sweep + run.sweep2) / 12));
  const float highest = from;
  if (std::abs(run.sweep) + std::abs(run.sweep2) < 1e-3F) run.sweep = run.sweep2 = 0;
  const bool moves = run.sweep != 0 || run.sweep2 != 0;
  for (int n = 0; n < kChunk; n += 8) {
    run.sweep *= run.sweep_factor;
    run.sweep2 *= run.sweep2_factor;
    const float to = moves ? std::min(0.4F, base * std::exp2((run.sweep + run.sweep2) / 12)) : from;
    const float slope = (to - from) * 0.125F;
    for (int j = 0; j < 8; ++j) {
      phase[n + j] = p;
      p += from + slope * static_cast<float>(j);
    }
    from = to;
  }
  run.phase = p - std::floor(p);
  if (layer.fm_index > 0 && run.fm_level > 1e-3F) {
    float wave[kChunk], modulator[kChunk];
    const float ratio = static_cast<float>(layer.fm_ratio);
    float m = run.fm_phase;
    for (int n = 0; n < kChunk; ++n) {
      modulator[n] = m;
      const float step = n + 1 < kChunk ? phase[n + 1] - phase[n] : p - phase[n];
      m += step * ratio;
    }
    run.fm_phase = m - std::floor(m);
    const float one = 1;
    parts::harmonics(modulator, &one, 1, wave);
    // The index falls along the chunk, so that it has no steps.
    const float end = run.fm_level * run.fm_factor;
    const float slope = (end - run.fm_level) / kChunk;
    for (int n = 0; n < kChunk; ++n) {
      phase[n] += wave[n] * (run.fm_level + slope * static_cast<float>(n)) * (0.5F / parts::kPi);
    }
    run.fm_level = end;
  }
  std::array<float, 16> weights{};
  int count = 0;
  for (std::size_t h = 0; h < std::min<std::size_t>(layer.harmonics.size(), 16); ++h) {
    const float room = std::clamp((0.45F - highest * static_cast<float>(h + 1)) * 20, 0.0F, 1.0F);
    weights[h] = static_cast<float>(layer.harmonics[h]) * (h == 0 ? 1.0F : room);
    if (room > 0 || h == 0) count = static_cast<int>(h) + 1;
  }
  parts::harmonics(phase, weights.data(), count, out);
}

void DrumVoice::fill_grains(LayerRun& run, float* out) noexcept {
  const Layer& layer = *run.spec;
  float chance[kChunk];
  run.noise.fill(out);
  run.noise.fill(chance);
  const float mean = rate_ / static_cast<float>(layer.density);
  const auto regular = static_cast<float>(layer.regular);
  for (int n = 0; n < kChunk; ++n) {
    run.grain_wait -= 1;
    if (run.grain_wait <= 0) {
      const float u = 0.5F + 0.4999F * chance[n];
      run.grain_wait += mean * (regular + (1 - regular) * -std::log(u));
      run.grain_level = std::max(run.grain_level, 0.55F + 0.45F * chance[kChunk - 1 - n]);
    }
    out[n] *= run.grain_level;
    run.grain_level *= run.grain_factor;
  }
}

void DrumVoice::fill_source(LayerRun& run, float* out) noexcept {
  const Layer& layer = *run.spec;
  switch (layer.kind) {
    case Layer::Kind::Tone:
      fill_tone(run, out);
      break;
    case Layer::Kind::Modes:
      if (run.sweep != 0) {
        run.modes.transpose(std::exp2(run.sweep / 12));
        run.sweep *= run.sweep_factor;
        if (std::abs(run.sweep) < 0.01F) run.sweep = 0;
      }
      run.modes.fill(out);
      break;
    case Layer::Kind::Metal:
      run.metal.fill(out);
      break;
    case Layer::Kind::Noise:
      layer.density > 0 ? fill_grains(run, out) : run.noise.fill(out);
      break;
  }
}

// Adds the layer, shaped by its envelope, to the voice.
void DrumVoice::mix(LayerRun& run, float* io) noexcept {
  const bool rings = run.spec->kind == Layer::Kind::Modes;  // decays by itself
  if (run.frame >= run.steady && run.next_burst >= run.bursts) {
    if (rings) {
      for (std::size_t n = 0; n < kChunk; ++n) chunk_[n] += run.gain * io[n];
    } else {
      parts::Decay::shape(run.decay, run.tail, io, run.gain, chunk_.data());
    }
    run.frame += kChunk;
    return;
  }
  for (std::size_t n = 0; n < kChunk; ++n, ++run.frame) {
    float level = 1;
    if (run.next_burst < run.bursts) {
      level = run.burst.step();
      if (run.frame + 1 >= run.burst_at[static_cast<std::size_t>(run.next_burst)]) {
        ++run.next_burst;
        run.burst.start(1, static_cast<float>(run.spec->envelope.burst_decay), rate_);
      }
    } else if (run.frame >= run.steady && !rings) {
      level = run.decay.step() + run.tail.step();
    }
    if (run.frame < run.attack) {
      const float x = static_cast<float>(run.frame) / static_cast<float>(run.attack);
      level *= x * x * (3 - 2 * x);
    }
    chunk_[n] += run.gain * level * io[n];
  }
}

void DrumVoice::render() noexcept {
  if (retune_) {
    for (int i = 0; i < layer_count_; ++i) {
      LayerRun& run = layers_[static_cast<std::size_t>(i)];
      tune_filters(run);
      if (run.spec->kind == Layer::Kind::Metal) run.metal.transpose(ratio_);
    }
    if (pad_->lp > 0) out_lp_.set(parts::Filter::Kind::Lowpass, static_cast<float>(pad_->lp) * tone_, 0.707F, rate_);
    retune_ = false;
  }
  chunk_.fill(0);
  alignas(32) float buffer[kChunk];
  for (int i = 0; i < layer_count_; ++i) {
    LayerRun& run = layers_[static_cast<std::size_t>(i)];
    if (run.chunks_left <= 0 || run.gain == 0) continue;
    --run.chunks_left;
    const Layer& layer = *run.spec;
    if (run.filter_sweep != 0) {
      tune_filters(run);
      run.filter_sweep *= run.filter_factor;
      if (std::abs(run.filter_sweep) < 0.01F) run.filter_sweep = 0;
    }
    fill_source(run, buffer);
    if (layer.bp > 0) run.bp.process(buffer);
    if (layer.hp > 0) {
      run.hp.process(buffer);
      if (layer.steep) run.hp2.process(buffer);
    }
    if (layer.lp > 0) run.lp.process(buffer);
    mix(run, buffer);
  }
  if (drive_ > 0) parts::saturate(chunk_.data(), drive_);
  if (pad_->bits > 0 || pad_->rate_hz > 0) {
    const float step = pad_->rate_hz > 0 ? static_cast<float>(pad_->rate_hz) / rate_ : 1.0F;
    const float levels = pad_->bits > 0 ? static_cast<float>(std::exp2(pad_->bits - 1)) : 0.0F;
    for (float& x : chunk_) {
      hold_phase_ += step;
      if (hold_phase_ >= 1) {
        hold_phase_ -= static_cast<float>(static_cast<int>(hold_phase_));
        held_ = levels > 0 ? static_cast<float>(static_cast<int>(x * levels + (x < 0 ? -0.5F : 0.5F))) / levels : x;
      }
      x = held_;
    }
  }
  if (pad_->hp > 0) out_hp_.process(chunk_.data());
  if (pad_->lp > 0) out_lp_.process(chunk_.data());
  if (--chunks_left_ <= 0) {
    for (std::size_t n = 0; n < kChunk; ++n) chunk_[n] *= 1 - static_cast<float>(n + 1) / kChunk;
  }
  read_ = 0;
}

void DrumVoice::add(float* left, float* right, int frames) noexcept {
  while (frames > 0 && pad_ != nullptr) {
    if (read_ >= kChunk) {
      if (chunks_left_ <= 0) {
        pad_ = nullptr;
        return;
      }
      render();
    }
    int count = std::min(frames, kChunk - read_);
    const float* from = chunk_.data() + read_;
    if (fade_total_ > 0) {
      count = std::min(count, fade_left_);
      for (int n = 0; n < count; ++n) {
        const float fade = static_cast<float>(fade_left_ - n) / static_cast<float>(fade_total_);
        left[n] += gain_left_ * fade * fade * from[n];
        if (right != nullptr) right[n] += gain_right_ * fade * fade * from[n];
      }
      fade_left_ -= count;
      if (fade_left_ <= 0) {
        pad_ = nullptr;
        return;
      }
    } else {
      for (int n = 0; n < count; ++n) left[n] += gain_left_ * from[n];
      if (right != nullptr) {
        for (int n = 0; n < count; ++n) right[n] += gain_right_ * from[n];
      }
    }
    read_ += count;
    frames -= count;
    left += count;
    if (right != nullptr) right += count;
  }
}

void DrumVoice::release(float seconds) noexcept {
  if (pad_ == nullptr || fade_total_ > 0) return;
  fade_total_ = fade_left_ = std::max(16, static_cast<int>(seconds * rate_));
}

void DrumVoice::transpose(float semitones, float brightness_octaves) noexcept {
  if (pad_ == nullptr) return;
  const float before = ratio_;
  ratio_ = std::exp2((base_semitones_ + semitones) / 12);
  tone_ = std::exp2(base_tone_ + brightness_octaves);
  retune_ = true;
  if (before != ratio_) {
    for (int i = 0; i < layer_count_; ++i) {
      LayerRun& run = layers_[static_cast<std::size_t>(i)];
      if (run.spec->kind == Layer::Kind::Modes) run.modes.rebase(ratio_ / before);
    }
  }
}

DrumLevel measure_levels(const Pad& pad, float rate) {
  auto voice = std::make_unique<DrumVoice>();
  const Random random = Random(1).fork("measure");
  const DrumHit hit{1, 0, 0, 0, 0};
  // The mean of four hits, as noise and phases differ from one to the next. The balance law leaves one side as it is.
  const auto peak = [&](const Pad& of, const DrumLevel& level, double seconds) {
    constexpr std::uint64_t kTrials = 4;
    double logs = 0;
    for (std::uint64_t trial = 0; trial < kTrials; ++trial) {
      float most = 1e-6F;
      voice->start(of, level, hit, random.fork(trial), rate);
      for (auto left = static_cast<int>(seconds * rate); left > 0 && voice->active(); left -= 256) {
        std::array<float, 256> block{};
        voice->add(block.data(), nullptr, 256);
        for (float x : block) most = std::max(most, std::abs(x));
      }
      logs += std::log(static_cast<double>(most));
    }
    voice->stop();
    return static_cast<float>(std::exp(logs / kTrials));
  };
  DrumLevel out;
  double longest_window = 0;
  for (std::size_t i = 0; i < pad.layers.size(); ++i) {
    const auto& e = pad.layers[i].envelope;
    const double window = std::min(1.0, e.attack + e.hold + (e.bursts > 1 ? e.bursts * e.spacing : 0) + 0.05);
    longest_window = std::max(longest_window, window);
    Pad alone = pad;  // without what would hide how loud the layer is
    alone.layers = {pad.layers[i]};
    alone.drive_db = alone.bits = alone.rate_hz = alone.hp = alone.lp = alone.pan = 0;
    DrumLevel unit;
    unit.layer.fill(1);
    out.layer[i] = static_cast<float>(pad.layers[i].gain) / peak(alone, unit, window);
  }
  Pad centred = pad;
  centred.pan = 0;
  out.voice = static_cast<float>(std::pow(10.0, pad.level_db / 20)) / peak(centred, out, longest_window);
  return out;
}

}  // namespace figment::instruments
