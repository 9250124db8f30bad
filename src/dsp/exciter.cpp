#include "dsp/exciter.h"

#include <array>
#include <cmath>

#include "dsp/biquad.h"
#include "dsp/delay_line.h"
#include "dsp/effect.h"
#include "dsp/fast_math.h"
#include "dsp/oversampler.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Frequency, Drive, Amount, Count };

constexpr Parameter kTable[] = {
    {"frequency_hz", 1000, 12000, 3500, "what lies above is excited"},
    {"drive_db", 0, 36, 18, "how rich in harmonics"},
    {"amount", 0, 1, 0.25, "how much of them is added"},
};
static_assert(std::size(kTable) == Count);
constexpr float kBias = 2.22554093F;  // e^(2 · 0.4)

class Exciter final : public Effect {
 public:
  Exciter() : Effect(kTable) {}
  [[nodiscard]] Frames latency() const noexcept override { return Frames{latency_}; }
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{0.1}; }

 private:
  void configure() override {
    for (Smooth* s : {&octave_, &drive_, &amount_}) s->prepare(rate());
    for (auto& o : over_) o.prepare(2);
    latency_ = over_[0].latency();
    for (auto& line : dry_) line.prepare(latency_);
  }
  void clear() noexcept override {
    for (auto& o : over_) o.clear();
    for (auto& line : dry_) line.clear();
    before_ = after_ = {};
  }
  void begin_cell(bool snap) noexcept override {
    octave_.move(std::log2(std::min(value(Frequency), 0.4 * rate())), snap);
    drive_.move(to_gain(Decibels{value(Drive)}), snap);
    amount_.move(value(Amount), snap);
    if (!snap && !octave_.moving()) return;
    const double hz = std::exp2(octave_.now());
    split_[0] = Biquad::high_pass(hz, 0.54119610, rate());
    split_[1] = Biquad::high_pass(hz, 1.30656296, rate());
  }
  void run(const Cell& cell) noexcept override {
    const int n = cell.frames;
    alignas(32) float high[2][kCell], drive[kCell], amount[kCell];
    Pair frames[kCell];
    to_pairs(cell.left, cell.right, frames, n);
    run_cascade(split_.data(), before_.data(), 2, frames, n);
    from_pairs(frames, high[0], high[1], n);
    drive_.fill(drive, cell.at, n);
    amount_.fill(amount, cell.at, n);
    for (std::size_t c = 0; c < 2; ++c) {
      for (int i = 0; i < n; ++i) high[c][i] *= drive[i];
      float* x = over_[c].up(high[c], n);
      for (int i = 0; i < 2 * n; ++i) x[i] = biased_tanh_fast(x[i], kBias);
      over_[c].down(n, high[c]);
    }
    to_pairs(high[0], high[1], frames, n);
    run_cascade(split_.data(), after_.data(), 2, frames, n);
    from_pairs(frames, high[0], high[1], n);
    float* io[2] = {cell.left, cell.right};
    for (std::size_t c = 0; c < 2; ++c) {
      for (int i = 0; i < n; ++i) {
        dry_[c].push(io[c][i]);
        // Divided by the root of the drive: harder drive is richer rather than simply louder.
        io[c][i] = dry_[c].at(static_cast<std::size_t>(latency_)) + amount[i] * high[c][i] / std::sqrt(drive[i]);
      }
    }
  }
  bool settle(int silent) noexcept override {
    if (silent < 4 * latency_ || !dsp::settle(before_.data(), 2) || !dsp::settle(after_.data(), 2)) return false;
    clear();
    return true;
  }

  Smooth octave_, drive_, amount_;
  std::array<Oversampler, 2> over_;
  std::array<DelayLine, 2> dry_;
  std::array<Biquad, 2> split_;
  std::array<BiquadState, 2> before_, after_;
  int latency_ = 0;
};

}  // namespace

std::unique_ptr<Processor> make_exciter() { return std::make_unique<Exciter>(); }

}  // namespace figment::dsp
