// The parts drum and effect voices are made of, all working in chunks of `kChunk` frames counted from a voice's own
// start. Because a voice never sees where blocks begin, its sound cannot depend on them.
//
//   WhiteNoise     uniform in (-1, 1); eight xorshift generators side by side (Marsaglia 2003)
//   Filter         state-variable, trapezoidal integration (Zavalishin 2012, "The Art of VA Filter Design"), 12 dB/oct
//   Decay          exp(-t), a chunk at a time
//   SquareCluster  up to eight square waves, summed or multiplied in pairs (a ring modulator makes a denser spectrum);
//                  every edge is a band-limited step, images below -80 dB; 7 frames late
//   ModalBank      decaying sinusoids by complex rotation (Mathews and Smith 2003, "Methods for Synthesizing Very High
//                  Q Parametrically Well Behaved Two Pole Filters"), eight at a time
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
  void process(float* io, int frames = kChunk) noexcept;

 private:
  Kind kind_ = Kind::Lowpass;
  float a1_ = 0, a2_ = 0, a3_ = 0, k_ = 1;
  float s1_ = 0, s2_ = 0;
};

// level * factor^n, n = 0, 1, … kChunk - 1, added to `out`; moves on by kChunk.
class Decay {
 public:
  void start(float level, float t60_seconds, float rate) noexcept;
  void add(float* out) noexcept;
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
  std::array<float, kChunk + kTaps + 1> residual_{}, jumps_{};
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
  std::array<float, kChunk + SquareCluster::kTaps + 1> residual_{};
  std::array<float, kChunk + kLate> plain_{};
};

struct Mode {
  float hertz = 0, gain = 0, t60 = 0;
};

class ModalBank {
 public:
  static constexpr int kMost = 96;

  // Modes must come with the longest decay first: groups of eight stop when their longest is below -96 dB.
  // `phases` random: for clusters; else all begin as a sine, at 0.
  void start(const Mode* modes, int count, bool random_phases, float rate, Random& random) noexcept;
  void transpose(float ratio) noexcept;  // against the pitches given to `start`
  void rebase(float ratio) noexcept;     // changes the pitches given to `start`
  void fill(float* out) noexcept;

 private:
  void turn(int group) noexcept;

  int groups_ = 0;
  float rate_ = 44100;
  float ratio_ = 1;
  std::array<int, kMost / 8> chunks_left_{};
  alignas(32) std::array<float, kMost> re_{}, im_{}, cos_{}, sin_{}, hertz_{}, radius_{};
};

}  // namespace figment::instruments::parts
