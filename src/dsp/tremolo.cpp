#include "dsp/tremolo.h"

#include <cmath>
#include <numbers>

#include "dsp/effect.h"
#include "dsp/fast_math.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Mode, Sync, CycleBeats, Rate, Depth, Shape, Count };

constexpr Parameter kTable[] = {
    {"mode", 0, 1, 0, "0 amplitude, 1 pan"},
    {"sync", 0, 1, 1, "1: cycle_beats; 0: rate_hz"},
    {"cycle_beats", 0.0625, 64, 1, "length of one cycle; 1 is a quarter note"},
    {"rate_hz", 0.02, 40, 5, "cycles per second"},
    {"depth", 0, 1, 0.5, "how much"},
    {"shape", 0, 1, 0, "0 sine … 1 nearly square"},
};
static_assert(std::size(kTable) == Count);

class Tremolo final : public Effect {
 public:
  Tremolo() : Effect(kTable) {}
  void set_tempo(Bpm tempo) noexcept override {
    if (tempo.value > 0) tempo_ = tempo.value;
  }

 private:
  void configure() override {
    for (Smooth* s : {&depth_, &shape_}) s->prepare(rate());
  }
  void clear() noexcept override {
    phase_ = turns_at_start(wanted_hz());
    step_ = 0;
  }
  [[nodiscard]] double wanted_hz() const noexcept { return on(Sync) ? tempo_ / 60 / value(CycleBeats) : value(Rate); }
  void begin_cell(bool snap) noexcept override {
    depth_.move(value(Depth), snap);
    shape_.move(value(Shape), snap);
    phase_ += step_ * kCell;
    phase_ -= std::floor(phase_);
    step_ = std::min(wanted_hz() / rate(), 0.25);
    pan_ = on(Mode) && channels() == 2;
  }
  void run(const Cell& cell) noexcept override {
    const int n = cell.frames;
    alignas(32) float depth[kCell], shape[kCell], wave[kCell];
    depth_.fill(depth, cell.at, n);
    shape_.fill(shape, cell.at, n);
    const auto start = static_cast<float>(phase_ + (pan_ ? 0.0 : 0.25)), step = static_cast<float>(step_);
    for (int i = 0; i < n; ++i) {
      const float s = sin_turns(start + step * static_cast<float>(cell.at + i));
      const float k = 0.05F + 6 * shape[i];
      wave[i] = tanh_fast(k * s) / tanh_fast(k);
    }
    if (pan_) {
      for (int i = 0; i < n; ++i) {  // an eighth of a turn each side of the middle; 1 in the middle
        const float angle = 0.125F * (1 + depth[i] * wave[i]);
        cell.left[i] *= 1.41421356F * sin_turns(0.25F - angle);
        cell.right[i] *= 1.41421356F * sin_turns(angle);
      }
    } else {
      for (int i = 0; i < n; ++i) {
        const float g = 1 - 0.5F * depth[i] * (1 - wave[i]);
        cell.left[i] *= g;
        cell.right[i] *= g;
      }
    }
  }
  bool settle(int) noexcept override { return true; }

  Smooth depth_, shape_;
  double phase_ = 0, step_ = 0, tempo_ = 120;
  bool pan_ = false;
};

}  // namespace

std::unique_ptr<Processor> make_tremolo() { return std::make_unique<Tremolo>(); }

}  // namespace figment::dsp
