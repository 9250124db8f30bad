#include "dsp/crossover.h"

#include <algorithm>
#include <numbers>

namespace figment::dsp {

void Crossover::design(const double* splits, int bands, double rate) noexcept {
  bands_ = std::clamp(bands, 2, kMaxBands);
  constexpr double q = std::numbers::sqrt2 / 2;
  for (int k = 0; k + 1 < bands_; ++k) {
    auto& split = splits_[static_cast<std::size_t>(k)];
    split.low = Biquad::low_pass(splits[k], q, rate);
    split.high = Biquad::high_pass(splits[k], q, rate);
    split.all = Biquad::all_pass(splits[k], q, rate);
  }
}

void Crossover::clear() noexcept {
  for (auto& split : splits_) {
    std::fill_n(split.low_state, 2, BiquadState{});
    std::fill_n(split.high_state, 2, BiquadState{});
    std::fill_n(split.all_state, kMaxBands, BiquadState{});
  }
}

bool Crossover::settle() noexcept {
  bool quiet = true;
  for (auto& split : splits_) {
    quiet = dsp::settle(split.low_state, 2) && dsp::settle(split.high_state, 2) &&
            dsp::settle(split.all_state, kMaxBands) && quiet;
  }
  return quiet;
}

void Crossover::run(const Pair* in, Pair (*bands)[kMaxBlock], int frames) noexcept {
  // Split from below: what is above split k goes on to split k + 1; bands already taken get that split's all-pass.
  std::copy_n(in, frames, bands[0]);
  for (int k = 0; k + 1 < bands_; ++k) {
    auto& split = splits_[static_cast<std::size_t>(k)];
    Pair* low = bands[k];
    Pair* high = bands[k + 1];
    BiquadState l0 = split.low_state[0], l1 = split.low_state[1], h0 = split.high_state[0], h1 = split.high_state[1];
    for (int i = 0; i < frames; ++i) {
      const Pair x = low[i];
      high[i] = step(split.high, h1, step(split.high, h0, x));
      low[i] = step(split.low, l1, step(split.low, l0, x));
    }
    split.low_state[0] = l0, split.low_state[1] = l1, split.high_state[0] = h0, split.high_state[1] = h1;
    for (int b = 0; b < k; ++b) run_cascade(&split.all, &split.all_state[b], 1, bands[b], frames);
  }
}

}  // namespace figment::dsp
