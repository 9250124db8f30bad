#include "dsp/bitcrush.h"

#include <cmath>

#include "dsp/biquad.h"
#include "dsp/effect.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Bits, Rate, AntiAlias, Mix, Count };

constexpr Parameter kTable[] = {
    {"bits", 1, 24, 10, "resolution, also between whole bits"},
    {"rate_hz", 200, 96000, 16000, "samples per second; at or above the sound's own rate: off"},
    {"anti_alias", 0, 1, 0, "1: low-pass before taking fewer samples"},
    {"mix", 0, 1, 1, "0 dry … 1 crushed"},
};
static_assert(std::size(kTable) == Count);

class Bitcrush final : public Effect {
 public:
  Bitcrush() : Effect(kTable) {}
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{0.1}; }

 private:
  void configure() override { mix_.prepare(rate()); }
  void clear() noexcept override {
    state_[0] = state_[1] = {};
    phase_ = 1;
    held_left_ = held_right_ = 0;
  }
  void begin_cell(bool snap) noexcept override {
    mix_.move(value(Mix), snap);
    if (!take_changes()) return;
    step_ = std::min(1.0, value(Rate) / rate());
    fewer_ = step_ < 1;
    const double corner = 0.45 * value(Rate);
    filtered_ = on(AntiAlias) && fewer_;
    low_[0] = Biquad::low_pass(corner, 0.54119610, rate());
    low_[1] = Biquad::low_pass(corner, 1.30656296, rate());
    quantum_ = static_cast<float>(std::exp2(1 - value(Bits)));
    rounded_ = value(Bits) < 24;
  }
  void run(const Cell& cell) noexcept override {
    const int n = cell.frames;
    alignas(32) float left[kCell], right[kCell], wet[kCell];
    std::copy_n(cell.left, n, left);
    std::copy_n(cell.right, n, right);
    if (filtered_) {
      Pair frames[kCell];
      to_pairs(left, right, frames, n);
      run_cascade(low_, state_, 2, frames, n);
      from_pairs(frames, left, right, n);
    }
    if (fewer_) {
      for (int i = 0; i < n; ++i) {
        if (phase_ >= 1) {
          phase_ -= 1;
          held_left_ = left[i];
          held_right_ = right[i];
        }
        phase_ += step_;
        left[i] = held_left_;
        right[i] = held_right_;
      }
    }
    if (rounded_) {
      const float per = 1 / quantum_;
      for (int i = 0; i < n; ++i) {
        left[i] = std::nearbyint(left[i] * per) * quantum_;
        right[i] = std::nearbyint(right[i] * per) * quantum_;
      }
    }
    mix_.fill(wet, cell.at, n);
    for (int i = 0; i < n; ++i) {
      cell.left[i] = blend(cell.left[i], left[i], wet[i]);
      cell.right[i] = blend(cell.right[i], right[i], wet[i]);
    }
  }
  Smooth mix_;
  Biquad low_[2];
  BiquadState state_[2];
  double phase_ = 1, step_ = 1;
  float quantum_ = 1, held_left_ = 0, held_right_ = 0;
  bool fewer_ = false, filtered_ = false, rounded_ = true;
};

}  // namespace

std::unique_ptr<Processor> make_bitcrush() { return std::make_unique<Bitcrush>(); }

}  // namespace figment::dsp
