// One sounding effect: a note of the engine "fx".
//
//   Blocks     renders stereo chunks of parts::kChunk frames counted from its own start, whatever the caller's blocks
//   Real time  all noexcept, no allocation

#pragma once

#include <array>

#include "base/random.h"
#include "instruments/drums_parts.h"
#include "instruments/fx_spec.h"

namespace figment::instruments {

class FxVoice {
 public:
  using Levels = std::array<float, fx_spec::kMostLayers>;

  // `frames`: how long the note sounds; `gain` applies to the sum of layers.
  void start(const fx_spec::Fx& fx, const Levels& levels, int frames, float semitones, float gain, Random random,
             float rate) noexcept;
  void add(float* left, float* right, int frames) noexcept;  // `right` may be null: the mean of both
  void transpose(float semitones) noexcept { semitones_ = semitones; }
  void brighten(float octaves) noexcept { brightness_ = octaves; }
  void release(float seconds) noexcept;
  void stop() noexcept { fx_ = nullptr; }

  [[nodiscard]] bool active() const noexcept { return fx_ != nullptr; }
  [[nodiscard]] bool fading() const noexcept { return fade_total_ > 0; }

 private:
  static constexpr int kDrops = 24;
  struct Drop {
    float phase = 0, step = 0, step_factor = 1, level = 0, factor = 0, rise = 1, left = 0, right = 0, reach = 1;
  };
  struct Run {
    const fx_spec::Layer* spec = nullptr;
    int frames = 0, note_frames = 0, frame = 0;
    float level = 0, gain_left = 0, gain_right = 0, fade = 1, fade_factor = 1;
    float lfo_phase = 0, lfo_from = 0, lfo_to = 0, lfo_value = 0, freq = 0;
    bool fresh = true;
    Random random{0};
    std::array<parts::WhiteNoise, 2> noise;
    std::array<parts::BlepOscillators, 2> oscillators;
    std::array<std::array<float, fx_spec::kMostIntervals>, 2> phases{};
    std::array<parts::SquareCluster, 2> metal;
    std::array<parts::ModalBank, 2> modes;
    std::array<std::array<parts::Filter, 3>, 2> filters;
    std::array<Drop, kDrops> drops;
    float wait = 0;
  };

  void start_layer(Run& run, const fx_spec::Layer& layer, float level, int frames, Random random) noexcept;
  float wander(Run& run, float rate_hz) noexcept;
  void fill(Run& run, float time, float* a, float* b) noexcept;
  void fill_tone(Run& run, float from, float to, int side, float* out) noexcept;
  void fill_drops(Run& run, float time, float* left, float* right) noexcept;
  void render_layer(Run& run) noexcept;
  void render() noexcept;

  const fx_spec::Fx* fx_ = nullptr;
  float rate_ = 44100, gain_ = 1, semitones_ = 0, brightness_ = 0;
  std::array<Run, fx_spec::kMostLayers> layers_;
  int frames_ = 0, frame_ = 0, read_ = 0;
  int fade_total_ = 0, fade_left_ = 0;
  alignas(32) std::array<std::array<float, parts::kChunk>, 2> chunk_{};
};

// Longest sound after a note's end, in seconds.
[[nodiscard]] double tail_of(const fx_spec::Fx& fx) noexcept;

// Renders a second and sets levels so that layers and the whole peak as asked. `whole` gets the factor for the sum.
[[nodiscard]] FxVoice::Levels measure_fx(const fx_spec::Fx& fx, float rate, float& whole);

}  // namespace figment::instruments
