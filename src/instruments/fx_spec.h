// An effect as data: what a preset's `[fx]` table says, checked. presets/fx/riser.toml explains the keys.

#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace figment::instruments::fx_spec {

inline constexpr int kMostLayers = 6;
inline constexpr int kMostIntervals = 8;

// A line through points of rising time; constant before the first and after the last.
struct Curve {
  std::vector<float> times, values;

  [[nodiscard]] bool empty() const noexcept { return times.empty(); }
  [[nodiscard]] float at(float time) const noexcept;  // 0 when empty
  [[nodiscard]] float end() const noexcept { return times.empty() ? 0.0F : times.back(); }
};

struct Layer {
  enum class Kind : std::uint8_t { Noise, Tone, Metal, Modes, Drops };
  enum class Shape : std::uint8_t { Sine, Triangle, Square, Saw };
  enum class Wander : std::uint8_t { Sine, Square, Random, Steps };
  Kind kind = Kind::Noise;
  float gain = 1;        // peak of the layer alone; measured, then applied
  bool seconds = false;  // curves run in seconds from the start, and on past the note's end; else 0 … 1 of its length
  Curve level, pan;      // dB; -1 … 1
  Curve freq;            // log2 of Hz
  Curve lowpass, highpass, bandpass;  // log2 of Hz
  float q = 0.707F;
  float width = 0.5F;                                      // 0 = mono, 1 = both sides independent
  float fade_in = 0.003F, fade_out = 0.004F, release = 0;  // seconds; release: T60 after the note's end
  float drive = 0;                                         // gain before saturation, 0 = none
  bool follow = true;                                      // the note's pitch transposes
  Shape shape = Shape::Sine;
  std::vector<float> intervals{0};  // semitones: chords, or detuned copies
  Curve lfo_rate;                   // Hz
  Wander lfo = Wander::Sine;
  float lfo_pitch = 0, lfo_level = 0, lfo_filter = 0, lfo_pan = 0;  // semitones, dB, octaves, 0 … 1
  std::vector<float> metal;
  bool ring = false;
  struct Partial {
    float ratio, gain;
  };
  std::vector<Partial> partials;
  // Drops: decaying sines or ticks at random
  Curve density;  // a second
  float from_hz = 1000, to_hz = 4000, drop_decay = 0.02F, drop_attack = 0, drop_sweep = 0, loud = 1;
};

struct Fx {
  float level_db = -6;
  std::vector<Layer> layers;
};

[[nodiscard]] Fx read_fx(const nlohmann::json& fx, const std::string& where);

}  // namespace figment::instruments::fx_spec
