// The parts drum and effect voices are made of, all working in chunks of `kChunk` frames counted from a voice's own
// start. Because a voice never sees where blocks begin, its sound cannot depend on them.
//
//   WhiteNoise     uniform in (-1, 1); eight xorshift generators side by side (Marsaglia 2003)
//   Filter         state-variable, trapezoidal integration (Zavalishin 2012, "The Art of VA Filter Design"), 12 dB/oct
//   Decay          exp(-t), a chunk at a time
//   SquareCluster  up to eight square waves, summed or multiplied in pairs (a ring modulator makes a denser spectrum);
//                  every edge is a band-limited step, images below -80 dB; 7 frames late
//   ModalBank      decaying sinusoids; where pitch is low or moves by complex rotation (Mathews and Smith 2003,
//                  "Methods for Synthesizing Very High Q Parametrically Well Behaved Two Pole Filters"), else by
//                  two-pole recursion at half the cost; sixteen at a time
//
//   Real time  everything here is noexcept and allocates nothing, except `BlepTable::get` the first time

#pragma once

#include <array>
#include <cstdint>

#include "base/random.h"

namespace figment::instruments::parts {

inline constexpr int kChunk = 32;
inline constexpr float kPi = 3.14159265F;

class WhiteNoise {
 public:
  void seed(Random& random) noexcept;
  void fill(float* out) noexcept;  // kChunk values

 private:
  std::array<std::uint32_t, 8> state_{1, 2, 3, 4, 5, 6, 7, 8};
};

class Filter {
 public:
  enum class Kind : std::uint8_t { Lowpass, Highpass, Bandpass };  // Bandpass has a gain of 1 at its centre

  void set(Kind kind, float hz, float q, float rate) noexcept;  // keeps the state; hz is clamped to 0.47 of the rate
  void reset() noexcept { s1_ = s2_ = 0; }
  void process(float* io) noexcept;  // kChunk frames

 private:
  // Four frames at a time: y = state * from_state + sum of x[k] * from_input[k]; and the state four frames on.
  alignas(16) std::array<std::array<float, 4>, 2> from_state_{};
  alignas(16) std::array<std::array<float, 4>, 4> from_input_{};
  alignas(16) std::array<std::array<float, 4>, 6> next_{};  // of s1 and s2 (the others are 0), from s1, s2, x0 … x3
  float s1_ = 0, s2_ = 0;
};

// level * factor^n, n = 0, 1, …
class Decay {
 public:
  void start(float level, float t60_seconds, float rate) noexcept;
  // out += gain * io * (this + other), and both move on.
  static void shape(Decay& first, Decay& second, const float* io, float gain, float* out) noexcept;
  float step() noexcept {
    const float v = level_;
    level_ *= factor_;
    return v;
  }
  [[nodiscard]] float level() const noexcept { return level_; }

 private:
  float level_ = 0, factor_ = 0;
};

// out[n] = sum over harmonics h of weights[h] * sin(2 pi (h + 1) phase[n]); phases are in cycles, any finite value.
void harmonics(const float* phase, const float* weights, int count, float* out) noexcept;
// A smooth saturation, odd, slope 1 at 0, within 2.5 % of tanh.
void saturate(float* io, float gain) noexcept;

class SquareCluster {
 public:
  static constexpr int kMost = 8;
  static constexpr int kTaps = 16;

  void start(const float* hertz, int count, bool ring, float rate, Random& random) noexcept;  // phases are random
  void transpose(float ratio) noexcept;  // against the pitches given to `start`
  void fill(float* out) noexcept;

 private:
  void step(float at, float height) noexcept;

  int count_ = 0;
  bool ring_ = false;
  float level_ = 0;
  std::array<float, kMost> base_{}, half_{}, next_{};  // half periods and time to the next edge, in frames
  std::array<float, kMost> sign_{};
  alignas(16) std::array<float, kChunk + kTaps> residual_{}, jumps_{};
};

// Saw or square oscillators sharing one output, with the same band-limited edges; frequency may move freely.
class BlepOscillators {
 public:
  static constexpr int kMost = 8;

  void start(int count, bool square, Random& random) noexcept;  // phases are random
  // Frequency of voice i runs from `from` * ratios[i] to `to` * ratios[i] (cycles per frame) along the chunk.
  void fill(float from, float to, const float* ratios, float* out) noexcept;

 private:
  static constexpr int kLate = 7;
  int count_ = 0;
  bool square_ = false;
  std::array<float, kMost> phase_{};
  alignas(16) std::array<float, kChunk + SquareCluster::kTaps> residual_{};
  std::array<float, kChunk + kLate> plain_{};
};

struct Mode {
  float hertz = 0, gain = 0, t60 = 0;
};

class ModalBank {
 public:
  static constexpr int kMost = 96;
  static constexpr int kGroup = 16;

  // Modes must come with the longest decay first: a group stops when its longest is inaudible beside the loudest.
  // `phases` random: for clusters; else all begin as a sine, at 0. `moves`: the pitch will glide.
  void start(const Mode* modes, int count, bool random_phases, bool moves, float rate, Random& random) noexcept;
  void transpose(float ratio) noexcept;  // against the pitches given to `start`
  void rebase(float ratio) noexcept;     // changes the pitches given to `start`
  void fill(float* out) noexcept;

 private:
  void turn(int group) noexcept;

  int groups_ = 0;
  bool rotates_ = true;
  float rate_ = 44100;
  float ratio_ = 1;
  std::array<int, kMost / kGroup> chunks_left_{};
  // Rotating: the phasor (re, im) and its step. Recursing: the frame before, the frame now, 2 r cos, r * r.
  alignas(32) std::array<float, kMost> re_{}, im_{}, cos_{}, sin_{}, hertz_{}, radius_{};
};

}  // namespace figment::instruments::parts
