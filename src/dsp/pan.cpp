#include "dsp/pan.h"

#include <cmath>
#include <numbers>

#include "dsp/effect.h"

namespace figment::dsp {
namespace {

constexpr Parameter kTable[] = {{"pan", -1, 1, 0, "-1 left, 0 middle, 1 right"}};

class Pan final : public Effect {
 public:
  Pan() : Effect(kTable) {}

 private:
  void configure() override {
    left_.prepare(rate());
    right_.prepare(rate());
  }
  void clear() noexcept override {}
  void begin_cell(bool snap) noexcept override {
    if (take_changes()) {
      const double angle = (value(0) + 1) * std::numbers::pi / 4;
      left_target_ = value(0) == 0 ? 1 : std::numbers::sqrt2 * std::max(std::cos(angle), 1e-17);
      right_target_ = value(0) == 0 ? 1 : std::numbers::sqrt2 * std::sin(angle);
      if (value(0) == 1) left_target_ = 0;
    }
    left_.move(left_target_, snap);
    right_.move(right_target_, snap);
  }
  void run(const Cell& cell) noexcept override {
    if (channels() == 1) return;
    alignas(32) float left[kCell], right[kCell];
    left_.fill(left, cell.at, cell.frames);
    right_.fill(right, cell.at, cell.frames);
    for (int i = 0; i < cell.frames; ++i) {
      cell.left[i] *= left[i];
      cell.right[i] *= right[i];
    }
  }
  bool settle(int) noexcept override { return true; }

  Smooth left_, right_;
  double left_target_ = 1, right_target_ = 1;
};

}  // namespace

std::unique_ptr<Processor> make_pan() { return std::make_unique<Pan>(); }

}  // namespace figment::dsp
