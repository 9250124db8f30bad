#include "dsp/compressor.h"

#include <cmath>

#include "dsp/biquad.h"
#include "dsp/dynamics.h"
#include "dsp/effect.h"
#include "dsp/fast_math.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Threshold, Ratio, Knee, Attack, Release, Makeup, Mix, Detector, SidechainHp, Count };

constexpr Parameter kTable[] = {
    {"threshold_db", -60, 0, -18, "above this level it turns down"},
    {"ratio", 1, 50, 3, "how many dB more in give 1 dB more out"},
    {"knee_db", 0, 24, 6, "width of the bend at the threshold"},
    {"attack_ms", 0.05, 500, 10, "how fast it turns down"},
    {"release_ms", 5, 3000, 120, "how fast it comes back"},
    {"makeup_db", -12, 36, 0, "level afterwards"},
    {"mix", 0, 1, 1, "0 dry … 1 compressed; between: parallel compression"},
    {"detector", 0, 1, 0, "0 peak, 1 rms"},
    {"sidechain_hp_hz", 10, 1000, 10, "lows below this do not make it work; 10: off"},
};
static_assert(std::size(kTable) == Count);

class Compressor final : public Effect {
 public:
  Compressor() : Effect(kTable) {}

 private:
  void configure() override {
    for (Smooth* s : {&threshold_, &ratio_, &knee_, &makeup_, &mix_}) s->prepare(rate());
    square_keep_ = static_cast<float>(one_pole_keep(0.010, rate()));
  }
  void clear() noexcept override {
    dynamics_.reset();
    square_ = 0;
    high_state_ = {};
  }

  void begin_cell(bool snap) noexcept override {
    threshold_.move(value(Threshold), snap);
    ratio_.move(value(Ratio), snap);
    knee_.move(value(Knee), snap);
    makeup_.move(value(Makeup), snap);
    mix_.move(value(Mix), snap);
    dynamics_.set_curve(threshold_.now(), ratio_.now(), knee_.now());
    if (!take_changes()) return;
    dynamics_.set_times(value(Attack) / 1000, value(Release) / 1000, rate());
    high_ = Biquad::high_pass(value(SidechainHp), 0.7071, rate());
    filtered_ = value(SidechainHp) > 10.5;
    rms_ = on(Detector);
  }

  void run(const Cell& cell) noexcept override {
    const int n = cell.frames;
    const float* left = cell.key_left != nullptr ? cell.key_left : cell.left;
    const float* right = cell.key_left != nullptr ? cell.key_right : cell.right;
    alignas(32) float side_left[kCell], side_right[kCell], level[kCell], gain[kCell], wet[kCell];
    if (filtered_) {
      Pair frames[kCell];
      to_pairs(left, right, frames, n);
      run_cascade(&high_, &high_state_, 1, frames, n);
      from_pairs(frames, side_left, side_right, n);
      left = side_left, right = side_right;
    }
    if (rms_) {
      float square = square_;
      for (int i = 0; i < n; ++i) {
        const float now = 0.5F * (left[i] * left[i] + right[i] * right[i]);
        square = now + (square - now) * square_keep_;
        level[i] = square;
      }
      square_ = square;
      for (int i = 0; i < n; ++i) level[i] = power_to_db_fast(level[i]);
    } else {
      for (int i = 0; i < n; ++i) level[i] = gain_to_db_fast(std::max(std::abs(left[i]), std::abs(right[i])));
    }
    std::copy_n(level, n, gain);
    dynamics_.run(gain, n);
    makeup_.fill(level, cell.at, n);
    mix_.fill(wet, cell.at, n);
    for (int i = 0; i < n; ++i) {
      const float g = 1 + wet[i] * (db_to_gain_fast(gain[i] + level[i]) - 1);
      cell.left[i] *= g;
      cell.right[i] *= g;
    }
  }

  bool settle(int) noexcept override {
    if (square_ > 1e-16F || !dsp::settle(&high_state_, 1) || !dynamics_.settle()) return false;
    square_ = 0;
    return true;
  }

  Smooth threshold_, ratio_, knee_, makeup_, mix_;
  Biquad high_;
  BiquadState high_state_;
  Dynamics dynamics_;
  float square_ = 0, square_keep_ = 0;
  bool filtered_ = false, rms_ = false;
};

}  // namespace

std::unique_ptr<Processor> make_compressor() { return std::make_unique<Compressor>(); }

}  // namespace figment::dsp
