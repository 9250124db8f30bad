#include "dsp/ducker.h"

#include <cmath>

#include "dsp/effect.h"
#include "dsp/fast_math.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Depth, Threshold, Attack, Hold, Release, Count };

constexpr Parameter kTable[] = {
    {"depth_db", 0, 60, 9, "how far down"},
    {"threshold_db", -80, 0, -30, "how loud the key must be"},
    {"attack_ms", 0.1, 200, 3, "time to go down"},
    {"hold_ms", 0, 1000, 20, "time to stay down after the key"},
    {"release_ms", 5, 3000, 180, "time to come back"},
};
static_assert(std::size(kTable) == Count);

class Ducker final : public Effect {
 public:
  Ducker() : Effect(kTable) {}

 private:
  void configure() override {
    depth_.prepare(rate());
    peak_keep_ = static_cast<float>(one_pole_keep(0.010, rate()));
  }
  void clear() noexcept override {
    peak_ = down_ = 0;
    held_ = 0;
  }

  void begin_cell(bool snap) noexcept override {
    depth_.move(value(Depth), snap);
    if (!take_changes()) return;
    const double per_ms = rate() / 1000;
    fall_ = static_cast<float>(1 / std::max(1.0, value(Attack) * per_ms));
    rise_ = static_cast<float>(1 / std::max(1.0, value(Release) * per_ms));
    hold_ = static_cast<int>(value(Hold) * per_ms);
    threshold_ = static_cast<float>(to_gain(Decibels{value(Threshold)}));
  }

  void run(const Cell& cell) noexcept override {
    const int n = cell.frames;
    alignas(32) float gain[kCell], depth[kCell];
    for (int i = 0; i < n; ++i) {
      const float key =
          cell.key_left != nullptr ? std::max(std::abs(cell.key_left[i]), std::abs(cell.key_right[i])) : 0.0F;
      peak_ = std::max(key, peak_ * peak_keep_);
      if (peak_ > threshold_) held_ = hold_ + 1;
      if (held_ > 0) {
        --held_;
        down_ = std::min(1.0F, down_ + fall_);
      } else {
        down_ = std::max(0.0F, down_ - rise_);
      }
      gain[i] = down_;
    }
    depth_.fill(depth, cell.at, n);
    for (int i = 0; i < n; ++i) {
      const float s = gain[i] * gain[i] * (3 - 2 * gain[i]);
      const float g = db_to_gain_fast(-depth[i] * s);
      cell.left[i] *= g;
      cell.right[i] *= g;
    }
  }

  bool settle(int) noexcept override {
    if (down_ > 0 || held_ > 0 || peak_ > 1e-6F) return false;
    peak_ = 0;
    return true;
  }

  Smooth depth_;
  float peak_ = 0, peak_keep_ = 0, down_ = 0, fall_ = 1, rise_ = 1, threshold_ = 1;
  int held_ = 0, hold_ = 0;
};

}  // namespace

std::unique_ptr<Processor> make_ducker() { return std::make_unique<Ducker>(); }

}  // namespace figment::dsp
