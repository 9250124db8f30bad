#include "dsp/clipper.h"

#include <array>
#include <cmath>

#include "dsp/effect.h"
#include "dsp/fast_math.h"
#include "dsp/oversampler.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Drive, Ceiling, Softness, Count };

constexpr Parameter kTable[] = {
    {"drive_db", 0, 24, 0, "level into it"},
    {"ceiling_db", -24, 0, -0.5, "nothing above"},
    {"softness", 0.02, 1, 0.3, "0.02 hard … 1 bends from the bottom"},
};
static_assert(std::size(kTable) == Count);

class Clipper final : public Effect {
 public:
  Clipper() : Effect(kTable) {}
  [[nodiscard]] Frames latency() const noexcept override { return Frames{latency_}; }
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{latency_ / rate()}; }

 private:
  void configure() override {
    for (Smooth* s : {&drive_, &ceiling_, &softness_}) s->prepare(rate());
    for (auto& o : over_) o.prepare(4);
    latency_ = over_[0].latency();
  }
  void clear() noexcept override {
    for (auto& o : over_) o.clear();
  }
  void begin_cell(bool snap) noexcept override {
    drive_.move(to_gain(Decibels{value(Drive)}), snap);
    ceiling_.move(to_gain(Decibels{value(Ceiling)}), snap);
    softness_.move(value(Softness), snap);
  }
  void run(const Cell& cell) noexcept override {
    const int n = cell.frames;
    alignas(32) float drive[kCell];
    drive_.fill(drive, cell.at, n);
    const auto ceiling = static_cast<float>(ceiling_.now());
    const auto knee = static_cast<float>(ceiling_.now() * (1 - softness_.now()));
    const float room = ceiling - knee, per_room = 1 / room;
    float* io[2] = {cell.left, cell.right};
    for (std::size_t c = 0; c < 2; ++c) {
      for (int i = 0; i < n; ++i) io[c][i] *= drive[i];
      float* x = over_[c].up(io[c], n);
      for (int i = 0; i < 4 * n; ++i) {
        const float size = std::abs(x[i]), over = std::max(size - knee, 0.0F);
        x[i] = std::copysign(std::min(size, knee) + room * tanh_fast(over * per_room), x[i]);
      }
      over_[c].down(n, io[c]);
    }
  }
  bool settle(int silent) noexcept override {
    if (silent < 4 * latency_) return false;
    clear();
    return true;
  }

  Smooth drive_, ceiling_, softness_;
  std::array<Oversampler, 2> over_;
  int latency_ = 0;
};

}  // namespace

std::unique_ptr<Processor> make_clipper() { return std::make_unique<Clipper>(); }

}  // namespace figment::dsp
