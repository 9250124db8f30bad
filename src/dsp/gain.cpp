#include "dsp/gain.h"

#include "dsp/effect.h"

namespace figment::dsp {
namespace {

constexpr Parameter kTable[] = {{"gain_db", -120, 48, 0, "level; -120: silence"}};

class Gain final : public Effect {
 public:
  Gain() : Effect(kTable) {}

 private:
  void configure() override { gain_.prepare(rate()); }
  void clear() noexcept override {}
  void begin_cell(bool snap) noexcept override {
    if (take_changes()) target_ = value(0) > -120 ? to_gain(Decibels{value(0)}) : 0.0;
    gain_.move(target_, snap);
  }
  void run(const Cell& cell) noexcept override {
    alignas(32) float gain[kCell];
    gain_.fill(gain, cell.at, cell.frames);
    for (int i = 0; i < cell.frames; ++i) {
      cell.left[i] *= gain[i];
      cell.right[i] *= gain[i];
    }
  }
  bool settle(int) noexcept override { return true; }

  Smooth gain_;
  double target_ = 1;
};

}  // namespace

std::unique_ptr<Processor> make_gain() { return std::make_unique<Gain>(); }

}  // namespace figment::dsp
