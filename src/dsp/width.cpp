#include "dsp/width.h"

#include <cmath>

#include "dsp/biquad.h"
#include "dsp/effect.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Width, MonoBelow, Safe, Count };

constexpr Parameter kTable[] = {
    {"width", 0, 2, 1, "0 mono, 1 as it is, 2 the side doubled"},
    {"mono_below_hz", 10, 500, 10, "no width below; 10: off"},
    {"safe", 0, 1, 1, "1: mono fold-down never loses more than 3 dB for long"},
};
static_assert(std::size(kTable) == Count);

class WidthEffect final : public Effect {
 public:
  WidthEffect() : Effect(kTable) {}
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{0.1}; }

 private:
  void configure() override {
    width_.prepare(rate());
    keep_ = static_cast<float>(one_pole_keep(0.3, rate()));
    limit_.prepare(rate(), Seconds{0.05});
  }
  void clear() noexcept override {
    state_ = {};
    mid_power_ = side_power_ = 0;
  }
  void begin_cell(bool snap) noexcept override {
    width_.move(value(Width), snap);
    double most = 1;
    if (on(Safe) && side_power_ > mid_power_) most = std::sqrt((mid_power_ + 1e-12) / (side_power_ + 1e-12));
    limit_.move(most, snap);
    if (!take_changes()) return;
    mono_lows_ = value(MonoBelow) > 10.5;
    high_ = Biquad::high_pass(value(MonoBelow), 0.7071, rate());
  }
  void run(const Cell& cell) noexcept override {
    if (channels() == 1) return;
    const int n = cell.frames;
    alignas(32) float side[kCell], width[kCell], limit[kCell];
    for (int i = 0; i < n; ++i) side[i] = 0.5F * (cell.left[i] - cell.right[i]);
    if (mono_lows_) {
      double s1 = state_.s1[0], s2 = state_.s2[0];
      for (int i = 0; i < n; ++i) {
        const double x = side[i], y = high_.b0 * x + s1;
        s1 = high_.b1 * x - high_.a1 * y + s2;
        s2 = high_.b2 * x - high_.a2 * y;
        side[i] = static_cast<float>(y);
      }
      state_.s1[0] = s1, state_.s2[0] = s2;
    }
    width_.fill(width, cell.at, n);
    limit_.fill(limit, cell.at, n);
    for (int i = 0; i < n; ++i) {
      const float mid = 0.5F * (cell.left[i] + cell.right[i]);
      side[i] *= width[i];
      mid_power_ = mid * mid + (mid_power_ - mid * mid) * keep_;
      side_power_ = side[i] * side[i] + (side_power_ - side[i] * side[i]) * keep_;
      cell.left[i] = mid + limit[i] * side[i];
      cell.right[i] = mid - limit[i] * side[i];
    }
  }
  bool settle(int) noexcept override {
    if (mid_power_ > 1e-14F || side_power_ > 1e-14F || !dsp::settle(&state_, 1)) return false;
    mid_power_ = side_power_ = 0;
    return true;
  }

  Smooth width_, limit_;
  Biquad high_;
  BiquadState state_;
  float mid_power_ = 0, side_power_ = 0, keep_ = 0;
  bool mono_lows_ = false;
};

}  // namespace

std::unique_ptr<Processor> make_width() { return std::make_unique<WidthEffect>(); }

}  // namespace figment::dsp
