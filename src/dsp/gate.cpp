#include "dsp/gate.h"

#include <cmath>

#include "dsp/effect.h"
#include "dsp/fast_math.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Threshold, Range, Attack, Hold, Release, Count };

constexpr Parameter kTable[] = {
    {"threshold_db", -90, 0, -45, "opens above this level"},
    {"range_db", 0, 90, 60, "how far it turns down when closed"},
    {"attack_ms", 0.05, 100, 0.5, "how fast it opens"},
    {"hold_ms", 0, 2000, 40, "how long it stays open at least"},
    {"release_ms", 5, 3000, 120, "how fast it closes"},
};
static_assert(std::size(kTable) == Count);
constexpr double kHysteresisDb = 4;

class Gate final : public Effect {
 public:
  Gate() : Effect(kTable) {}

 private:
  void configure() override {
    range_.prepare(rate());
    peak_keep_ = static_cast<float>(one_pole_keep(0.010, rate()));
  }
  void clear() noexcept override {
    peak_ = 0;
    closed_ = 1;
    held_ = 0;
    open_ = false;
  }

  void begin_cell(bool snap) noexcept override {
    range_.move(value(Range), snap);
    if (!take_changes()) return;
    attack_ = static_cast<float>(1 - one_pole_keep(value(Attack) / 1000, rate()));
    release_ = static_cast<float>(1 - one_pole_keep(value(Release) / 1000, rate()));
    hold_ = static_cast<int>(value(Hold) * rate() / 1000);
    open_level_ = static_cast<float>(to_gain(Decibels{value(Threshold)}));
    close_level_ = static_cast<float>(to_gain(Decibels{value(Threshold) - kHysteresisDb}));
  }

  void run(const Cell& cell) noexcept override {
    const int n = cell.frames;
    const float* left = cell.key_left != nullptr ? cell.key_left : cell.left;
    const float* right = cell.key_left != nullptr ? cell.key_right : cell.right;
    alignas(32) float closed[kCell], range[kCell];
    for (int i = 0; i < n; ++i) {
      peak_ = std::max(std::max(std::abs(left[i]), std::abs(right[i])), peak_ * peak_keep_);
      if (peak_ > open_level_) {
        open_ = true;
        held_ = hold_;
      } else if (peak_ < close_level_) {
        if (held_ > 0) {
          --held_;
        } else {
          open_ = false;
        }
      }
      closed_ += ((open_ ? 0.0F : 1.0F) - closed_) * (open_ ? attack_ : release_);
      closed[i] = closed_;
    }
    range_.fill(range, cell.at, n);
    for (int i = 0; i < n; ++i) {
      const float g = db_to_gain_fast(-range[i] * closed[i]);
      cell.left[i] *= g;
      cell.right[i] *= g;
    }
  }

  bool settle(int) noexcept override {
    if (open_ || closed_ < 0.9999F || peak_ > 1e-7F) return false;
    closed_ = 1;
    peak_ = 0;
    return true;
  }

  Smooth range_;
  float peak_ = 0, peak_keep_ = 0, closed_ = 1, attack_ = 1, release_ = 1, open_level_ = 1, close_level_ = 1;
  int held_ = 0, hold_ = 0;
  bool open_ = false;
};

}  // namespace

std::unique_ptr<Processor> make_gate() { return std::make_unique<Gate>(); }

}  // namespace figment::dsp
