#include "dsp/flanger.h"

#include <array>
#include <cmath>
#include <numbers>

#include "dsp/delay_line.h"
#include "dsp/effect.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Rate, Delay, Depth, Feedback, Mix, Stereo, Count };

constexpr Parameter kTable[] = {
    {"rate_hz", 0.01, 8, 0.18, "sweeps per second"},
    {"delay_ms", 0.2, 10, 0.5, "shortest delay"},
    {"depth_ms", 0, 12, 4, "how much longer it gets"},
    {"feedback", -0.95, 0.95, 0.45, "resonance; negative: hollow"},
    {"mix", 0, 1, 0.5, "0 dry … 1 delayed only; 0.5: deepest comb"},
    {"stereo_degrees", 0, 180, 60, "how far right lags left in the sweep"},
};
static_assert(std::size(kTable) == Count);

class Flanger final : public Effect {
 public:
  Flanger() : Effect(kTable) {}
  [[nodiscard]] Seconds tail() const noexcept override {
    const double passes = std::log(1e-4) / std::log(std::max(std::abs(value(Feedback)), 0.01));
    return Seconds{0.05 + passes * (value(Delay) + value(Depth)) / 1000};
  }

 private:
  void configure() override {
    for (Smooth* s : {&delay_, &depth_, &stereo_}) s->prepare(rate(), Seconds{0.05});
    for (Smooth* s : {&feedback_, &mix_}) s->prepare(rate());
    for (auto& line : lines_) line.prepare(0.0225 * rate());
  }
  void clear() noexcept override {
    for (auto& line : lines_) line.clear();
    phase_ = turns_at_start(value(Rate));
    written_ = 0;
    quiet_ = 0;
  }
  void begin_cell(bool snap) noexcept override {
    delay_.move(value(Delay), snap);
    depth_.move(value(Depth), snap);
    stereo_.move(value(Stereo), snap);
    feedback_.move(value(Feedback), snap);
    mix_.move(value(Mix), snap);
    phase_ += value(Rate) * kCell / rate();
    phase_ -= std::floor(phase_);
    for (std::size_t c = 0; c < 2; ++c) {
      const double turn = phase_ - (c == 1 ? stereo_.now() / 360 : 0.0);
      const double lfo = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * turn);
      const double ms = delay_.now() * std::pow((delay_.now() + depth_.now()) / delay_.now(), lfo);
      const double place = std::max(ms * rate() / 1000, 1.0);
      from_[c] = snap ? place : to_[c];
      to_[c] = place;
    }
  }
  void run(const Cell& cell) noexcept override {
    const int n = cell.frames;
    alignas(32) float feedback[kCell], mix[kCell];
    float* io[2] = {cell.left, cell.right};
    feedback_.fill(feedback, cell.at, n);
    mix_.fill(mix, cell.at, n);
    for (std::size_t c = 0; c < 2; ++c) {
      const double step = (to_[c] - from_[c]) / kCell;
      for (int i = 0; i < n; ++i) {
        // The line is read before this frame is written, so its own delay counts one less.
        const float late = lines_[c].at(std::max(from_[c] + step * (cell.at + i + 1) - 1, 1.0));
        const float in = io[c][i] + feedback[i] * late;
        lines_[c].push(in);
        written_ = std::max(written_, std::abs(in));
        io[c][i] = blend(io[c][i], late, mix[i]);
      }
    }
  }
  bool settle(int) noexcept override {
    quiet_ = written_ < 1e-7F ? quiet_ + kCell : 0;
    written_ = 0;
    if (quiet_ < 0.0235 * rate()) return false;
    for (auto& line : lines_) line.clear();
    quiet_ = 0;
    return true;
  }

  Smooth delay_, depth_, stereo_, feedback_, mix_;
  std::array<DelayLine, 2> lines_;
  double phase_ = 0, from_[2] = {}, to_[2] = {};
  float written_ = 0;
  int quiet_ = 0;
};

}  // namespace

std::unique_ptr<Processor> make_flanger() { return std::make_unique<Flanger>(); }

}  // namespace figment::dsp
