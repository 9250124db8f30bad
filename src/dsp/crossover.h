// Linkwitz-Riley crossover, 24 dB per octave: two to four bands whose sum is flat.
//
//   Source   S. Linkwitz, "Active Crossover Networks for Noncoincident Drivers" (1976). Low and high halves are two
//            Butterworth sections each and stay in phase, so that together they are a second-order all-pass. Bands
//            that miss a later split get that split's all-pass, so any number of bands sums to one all-pass chain
//   Sum      magnitude within 0.01 dB of 1 at every frequency; phase turns by 360° per split
//   Cost     6 sections per split of two bands (4 + compensation)

#pragma once

#include <array>

#include "dsp/biquad.h"

namespace figment::dsp {

class Crossover {
 public:
  static constexpr int kMaxBands = 4;
  static constexpr int kMaxBlock = 32;

  // `splits`: bands - 1 rising frequencies. Keeps the state, so it may be called while sound runs.
  void design(const double* splits, int bands, double rate) noexcept;
  void clear() noexcept;
  bool settle() noexcept;

  // `bands[b]` gets band b (0 = lowest) of `in`; at most kMaxBlock frames.
  void run(const Pair* in, Pair (*bands)[kMaxBlock], int frames) noexcept;

  [[nodiscard]] int bands() const noexcept { return bands_; }

 private:
  struct Split {
    Biquad low, high, all;
    BiquadState low_state[2], high_state[2], all_state[kMaxBands];
  };
  std::array<Split, kMaxBands - 1> splits_;
  int bands_ = 2;
};

}  // namespace figment::dsp
