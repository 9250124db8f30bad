// Follows how loud a sound is: fast up, slow down.
//
//   Method   branching one-pole (Giannoulis, Massberg, Reiss 2012, "Digital Dynamic Range Compressor Design"): the
//            time is what it takes to cover 63 % of a step

#pragma once

#include "dsp/effect.h"

namespace figment::dsp {

class Envelope {
 public:
  void set_times(double attack_seconds, double release_seconds, double rate) noexcept {
    attack_ = static_cast<float>(1 - one_pole_keep(attack_seconds, rate));
    release_ = static_cast<float>(1 - one_pole_keep(release_seconds, rate));
  }
  void reset(float value = 0) noexcept { value_ = value; }
  float follow(float x) noexcept {
    const float d = x - value_;
    value_ += d * (d > 0 ? attack_ : release_);
    return value_;
  }
  [[nodiscard]] float value() const noexcept { return value_; }

 private:
  float attack_ = 1, release_ = 1, value_ = 0;
};

}  // namespace figment::dsp
