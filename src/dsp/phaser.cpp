#include "dsp/phaser.h"

#include <array>
#include <cmath>
#include <numbers>

#include "dsp/biquad.h"
#include "dsp/effect.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Rate, Centre, Depth, Feedback, Stages, Mix, Stereo, Count };

constexpr Parameter kTable[] = {
    {"rate_hz", 0.01, 8, 0.25, "sweeps per second"},
    {"centre_hz", 100, 6000, 900, "middle of the sweep"},
    {"depth_octaves", 0, 4, 1.5, "how far up and down"},
    {"feedback", -0.9, 0.9, 0.4, "resonance"},
    {"stages", 2, 12, 6, "all-passes, an even number: two make a notch"},
    {"mix", 0, 1, 0.5, "0 dry … 1 shifted only; 0.5: deepest notches"},
    {"stereo_degrees", 0, 180, 45, "how far right lags left in the sweep"},
};
static_assert(std::size(kTable) == Count);

class Phaser final : public Effect {
 public:
  Phaser() : Effect(kTable) {}
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{0.3}; }

 private:
  void configure() override {
    for (Smooth* s : {&centre_, &depth_, &feedback_, &mix_, &stereo_}) s->prepare(rate());
  }
  void clear() noexcept override {
    states_.fill(Pair{0, 0});
    last_ = Pair{0, 0};
    phase_ = turns_at_start(value(Rate));
  }
  void begin_cell(bool snap) noexcept override {
    centre_.move(std::log2(value(Centre)), snap);
    depth_.move(value(Depth), snap);
    feedback_.move(value(Feedback), snap);
    mix_.move(value(Mix), snap);
    stereo_.move(value(Stereo), snap);
    const int stages = 2 * static_cast<int>(value(Stages) / 2 + 0.25);
    if (stages != stages_) {
      std::fill(states_.begin() + std::min(stages, stages_), states_.end(), Pair{0, 0});
      stages_ = stages;
    }
    phase_ += value(Rate) * kCell / rate();
    phase_ -= std::floor(phase_);
    a_from_ = a_to_;
    for (int c = 0; c < 2; ++c) {
      const double turn = phase_ - (c == 1 ? stereo_.now() / 360 : 0.0);
      const double hz = std::exp2(centre_.now() + depth_.now() * std::sin(2 * std::numbers::pi * turn));
      const double t = std::tan(std::numbers::pi * std::min(hz, 0.45 * rate()) / rate());
      a_to_[c] = (t - 1) / (t + 1);
    }
    if (snap) a_from_ = a_to_;
  }
  void run(const Cell& cell) noexcept override {
    const Pair step = (a_to_ - a_from_) / kCell;
    const auto stages = static_cast<std::size_t>(stages_);
    alignas(32) float feedback[kCell], mix[kCell];
    feedback_.fill(feedback, cell.at, cell.frames);
    mix_.fill(mix, cell.at, cell.frames);
    for (int i = 0; i < cell.frames; ++i) {
      const Pair in{cell.left[i], cell.right[i]};
      const Pair a = a_from_ + step * static_cast<double>(cell.at + i + 1);
      Pair x = in + last_ * static_cast<double>(feedback[i]);
      for (std::size_t k = 0; k < stages; ++k) {  // y = a·x + s, s = x - a·y
        const Pair y = a * x + states_[k];
        states_[k] = x - a * y;
        x = y;
      }
      last_ = x;
      const Pair out = in + (x - in) * static_cast<double>(mix[i]);
      cell.left[i] = static_cast<float>(out[0]);
      cell.right[i] = static_cast<float>(out[1]);
    }
  }
  bool settle(int) noexcept override {
    double most = std::max(std::abs(last_[0]), std::abs(last_[1]));
    for (const Pair& s : states_) most = std::max({most, std::abs(s[0]), std::abs(s[1])});
    if (most > 1e-9) return false;
    states_.fill(Pair{0, 0});
    last_ = Pair{0, 0};
    return true;
  }

  Smooth centre_, depth_, feedback_, mix_, stereo_;
  std::array<Pair, 12> states_{};
  Pair last_{0, 0}, a_from_{0, 0}, a_to_{0, 0};
  double phase_ = 0;
  int stages_ = 0;
};

}  // namespace

std::unique_ptr<Processor> make_phaser() { return std::make_unique<Phaser>(); }

}  // namespace figment::dsp
