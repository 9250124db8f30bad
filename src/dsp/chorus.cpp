#include "dsp/chorus.h"

#include <array>
#include <cmath>
#include <numbers>

#include "dsp/biquad.h"
#include "dsp/delay_line.h"
#include "dsp/effect.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Rate, Depth, Delay, Mix, Width, LowCut, Count };

constexpr Parameter kTable[] = {
    {"rate_hz", 0.02, 8, 0.6, "how fast the voices wander"},           {"depth_ms", 0, 10, 2.2, "how far they wander"},
    {"delay_ms", 2, 40, 11, "how far behind they are on average"},     {"mix", 0, 1, 0.4, "0 dry … 1 voices only"},
    {"width", 0, 1, 1, "0: voices in the middle … 1: left and right"}, {"low_cut_hz", 10, 1000, 120, "no voices below"},
};
static_assert(std::size(kTable) == Count);
constexpr int kVoices = 3;

class Chorus final : public Effect {
 public:
  Chorus() : Effect(kTable) {}
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{0.1}; }

 private:
  void configure() override {
    for (Smooth* s : {&depth_, &delay_}) s->prepare(rate(), Seconds{0.05});
    for (Smooth* s : {&mix_, &width_}) s->prepare(rate());
    for (auto& line : lines_) line.prepare(0.052 * rate());
  }
  void clear() noexcept override {
    for (auto& line : lines_) line.clear();
    low_state_ = {};
    phase_ = turns_at_start(value(Rate));
  }
  void begin_cell(bool snap) noexcept override {
    depth_.move(value(Depth), snap);
    delay_.move(value(Delay), snap);
    mix_.move(value(Mix), snap);
    width_.move(value(Width), snap);
    if (take_changes()) low_ = Biquad::high_pass_1(value(LowCut), rate());
    phase_ += value(Rate) * kCell / rate();
    phase_ -= std::floor(phase_);
    for (std::size_t c = 0; c < 2; ++c) {
      for (std::size_t v = 0; v < kVoices; ++v) {
        // Each voice sits a little elsewhere, so that three of them never meet.
        const double turn = phase_ + static_cast<double>(v) / kVoices + 0.25 * static_cast<double>(c);
        const double ms =
            delay_.now() * (1 + 0.13 * static_cast<double>(v)) + depth_.now() * std::sin(2 * std::numbers::pi * turn);
        const double place = std::clamp(ms * rate() / 1000, 2.0, 0.05 * rate());
        from_[c][v] = snap ? place : to_[c][v];
        to_[c][v] = place;
      }
    }
  }
  void run(const Cell& cell) noexcept override {
    const int n = cell.frames;
    alignas(32) float wet[2][kCell] = {}, mix[kCell], width[kCell];
    const float* in[2] = {cell.left, cell.right};
    for (std::size_t c = 0; c < 2; ++c) {
      double step[kVoices];
      for (std::size_t v = 0; v < kVoices; ++v) step[v] = (to_[c][v] - from_[c][v]) / kCell;
      for (int i = 0; i < n; ++i) {
        lines_[c].push(in[c][i]);
        float sum = 0;
        for (std::size_t v = 0; v < kVoices; ++v) sum += lines_[c].at(from_[c][v] + step[v] * (cell.at + i + 1));
        wet[c][i] = sum * 0.57735027F;
      }
    }
    Pair frames[kCell];
    to_pairs(wet[0], wet[1], frames, n);
    run_cascade(&low_, &low_state_, 1, frames, n);
    from_pairs(frames, wet[0], wet[1], n);
    mix_.fill(mix, cell.at, n);
    width_.fill(width, cell.at, n);
    for (int i = 0; i < n; ++i) {
      const float mid = 0.5F * (wet[0][i] + wet[1][i]), side = 0.5F * (wet[0][i] - wet[1][i]) * width[i];
      cell.left[i] = blend(cell.left[i], mid + side, mix[i]);
      cell.right[i] = blend(cell.right[i], mid - side, mix[i]);
    }
  }
  bool settle(int silent) noexcept override {
    if (silent < 0.06 * rate()) return false;
    if (!dsp::settle(&low_state_, 1)) return false;
    for (auto& line : lines_) line.clear();
    return true;
  }

  Smooth depth_, delay_, mix_, width_;
  std::array<DelayLine, 2> lines_;
  Biquad low_;
  BiquadState low_state_;
  double phase_ = 0, from_[2][kVoices] = {}, to_[2][kVoices] = {};
};

}  // namespace

std::unique_ptr<Processor> make_chorus() { return std::make_unique<Chorus>(); }

}  // namespace figment::dsp
