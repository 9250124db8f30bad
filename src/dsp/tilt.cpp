#include "dsp/tilt.h"

#include <array>
#include <cmath>

#include "dsp/biquad.h"
#include "dsp/effect.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Slope, Pivot, Count };

constexpr Parameter kTable[] = {
    {"tilt_db_per_octave", -6, 6, 0, "above 0: brighter, below: darker"},
    {"pivot_hz", 100, 5000, 800, "stays where it is"},
};
static_assert(std::size(kTable) == Count);
constexpr std::array<double, 5> kCorners = {40, 160, 640, 2560, 10240};

class Tilt final : public Effect {
 public:
  Tilt() : Effect(kTable) {}
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{0.2}; }

 private:
  void configure() override {
    slope_.prepare(rate());
    pivot_.prepare(rate());
  }
  void clear() noexcept override { states_.fill({}); }
  void begin_cell(bool snap) noexcept override {
    slope_.move(value(Slope), snap);
    pivot_.move(value(Pivot), snap);
    if (!snap && !slope_.moving() && !pivot_.moving()) return;
    double level = 1;
    for (std::size_t k = 0; k < kCorners.size(); ++k) {
      shelves_[k] = Biquad::high_shelf(std::min(kCorners[k], 0.4 * rate()), 2 * slope_.now(), 0.38, rate());
      level *= std::abs(shelves_[k].response(pivot_.now(), rate()));
    }
    shelves_[0].b0 /= level, shelves_[0].b1 /= level, shelves_[0].b2 /= level;
  }
  void run(const Cell& cell) noexcept override {
    if (!slope_.moving() && slope_.now() == 0) return;
    Pair frames[kCell];
    to_pairs(cell.left, cell.right, frames, cell.frames);
    run_cascade(shelves_.data(), states_.data(), shelves_.size(), frames, cell.frames);
    from_pairs(frames, cell.left, cell.right, cell.frames);
  }
  bool settle(int) noexcept override { return dsp::settle(states_.data(), states_.size()); }

  Smooth slope_, pivot_;
  std::array<Biquad, 5> shelves_;
  std::array<BiquadState, 5> states_;
};

}  // namespace

std::unique_ptr<Processor> make_tilt() { return std::make_unique<Tilt>(); }

}  // namespace figment::dsp
