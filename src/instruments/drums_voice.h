// One sounding hit of one pad.
//
//   Blocks     renders chunks of parts::kChunk frames counted from its own start, whatever the caller's blocks; bends
//              reach it at its next chunk (within 0.7 ms)
//   Real time  all noexcept, no allocation
//   Level      `Level` holds what `measure_levels` found: each layer alone is brought to its asked peak, then the whole

#pragma once

#include <array>

#include "base/random.h"
#include "instruments/drums_parts.h"
#include "instruments/drums_spec.h"

namespace figment::instruments {

struct DrumLevel {
  std::array<float, drum_spec::kMostLayers> layer{};
  float voice = 1;
};

struct DrumHit {
  float velocity = 1;
  float bend = 0;        // semitones
  float tune = 0;        // semitones a borrowed note adds
  float brightness = 0;  // octaves
  float human = 1;       // 0: as the recipe says, for measuring
};

class DrumVoice {
 public:
  void start(const drum_spec::Pad& pad, const DrumLevel& level, const DrumHit& hit, Random random, float rate) noexcept;
  // Adds `frames` frames. `right` may be null: mono.
  void add(float* left, float* right, int frames) noexcept;
  void release(float seconds) noexcept;  // fades out, from now
  void transpose(float semitones, float brightness_octaves) noexcept;
  void stop() noexcept { pad_ = nullptr; }

  [[nodiscard]] bool active() const noexcept { return pad_ != nullptr; }
  [[nodiscard]] bool fading() const noexcept { return fade_total_ > 0; }
  [[nodiscard]] const drum_spec::Pad* pad() const noexcept { return pad_; }
  [[nodiscard]] int chunks_left() const noexcept { return chunks_left_; }

 private:
  struct LayerRun {
    const drum_spec::Layer* spec = nullptr;
    float gain = 0;
    int chunks_left = 0;
    // envelope
    int frame = 0, attack = 0, steady = 0;  // frames: so far, of the attack, until the decay begins
    parts::Decay decay, tail, burst;
    std::array<int, drum_spec::kMostBursts> burst_at{};
    int bursts = 1, next_burst = 1;
    // filters
    parts::Filter hp, hp2, bp, lp;
    float filter_sweep = 0, filter_factor = 1;
    // sources
    parts::WhiteNoise noise;
    parts::SquareCluster metal;
    parts::ModalBank modes;
    float phase = 0, fm_phase = 0, fm_level = 0, fm_factor = 1;
    float sweep = 0, sweep_factor = 1, sweep2 = 0, sweep2_factor = 1;  // semitones, per eight frames
    float grain_level = 0, grain_factor = 0, grain_wait = 0;
  };

  void start_layer(LayerRun& run, const drum_spec::Layer& layer, float gain, const DrumHit& hit,
                   Random& random) noexcept;
  void tune_filters(LayerRun& run) noexcept;
  void fill_source(LayerRun& run, float* out) noexcept;
  void fill_tone(LayerRun& run, float* out) noexcept;
  void fill_grains(LayerRun& run, float* out) noexcept;
  void mix(LayerRun& run, float* io) noexcept;
  void render() noexcept;

  const drum_spec::Pad* pad_ = nullptr;
  float rate_ = 44100;
  float ratio_ = 1, base_semitones_ = 0;  // of all frequencies; what the hit itself adds to the bend
  float tone_ = 1, base_tone_ = 0;        // of filters; octaves
  float velocity_ = 1, decay_ = 1;
  bool retune_ = false;
  std::array<LayerRun, drum_spec::kMostLayers> layers_;
  int layer_count_ = 0;
  parts::Filter out_hp_, out_lp_;
  float drive_ = 0, held_ = 0, hold_phase_ = 1;
  float gain_left_ = 1, gain_right_ = 1;
  int chunks_left_ = 0, read_ = 0;
  int fade_total_ = 0, fade_left_ = 0;
  alignas(32) std::array<float, parts::kChunk> chunk_{};
};

// Longest sound of a pad at velocity 1, in seconds.
[[nodiscard]] double longest(const drum_spec::Pad& pad) noexcept;

// Renders the beginning of a hit, each layer alone and then the whole, and sets levels so that the peaks are as asked.
[[nodiscard]] DrumLevel measure_levels(const drum_spec::Pad& pad, float rate);

}  // namespace figment::instruments
