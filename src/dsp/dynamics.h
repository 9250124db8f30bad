// From a level to a gain: the static curve and the ballistics that the compressors share.
//
//   Source   Giannoulis, Massberg, Reiss (2012), "Digital Dynamic Range Compressor Design": quadratic soft knee, then a
//            branching one-pole in dB
//   Curve    levels below threshold - knee/2: 0 dB; above threshold + knee/2: (1/ratio - 1)·(level - threshold)

#pragma once

#include <algorithm>

#include "dsp/effect.h"

namespace figment::dsp {

class Dynamics {
 public:
  void set_curve(double threshold_db, double ratio, double knee_db) noexcept {
    threshold_ = static_cast<float>(threshold_db);
    knee_ = static_cast<float>(std::max(knee_db, 0.01));
    slope_ = static_cast<float>(1 / ratio - 1);
  }
  void set_times(double attack_seconds, double release_seconds, double rate) noexcept {
    attack_ = static_cast<float>(1 - one_pole_keep(attack_seconds, rate));
    release_ = static_cast<float>(1 - one_pole_keep(release_seconds, rate));
  }
  void reset() noexcept { reduction_ = 0; }

  // Levels in dB in, gains in dB (<= 0) out.
  void run(float* level, int frames) noexcept {
    const float threshold = threshold_, knee = knee_, slope = slope_, per_knee = 0.5F / knee_;
    for (int i = 0; i < frames; ++i) {
      const float over = level[i] - threshold;
      const float bend = std::min(std::max(over + 0.5F * knee, 0.0F), knee);
      level[i] = slope * (bend * bend * per_knee + std::max(over - 0.5F * knee, 0.0F));
    }
    float reduction = reduction_;
    for (int i = 0; i < frames; ++i) {
      // Both branches are computed and one chosen: no jump, and the recursion stays short.
      const float down = reduction + (level[i] - reduction) * attack_;
      const float up = reduction + (level[i] - reduction) * release_;
      reduction = level[i] < reduction ? down : up;
      level[i] = reduction;
    }
    reduction_ = reduction;
  }
  // True, and at rest, when it no longer does anything anyone could hear.
  bool settle() noexcept {
    if (reduction_ < -0.001F) return false;
    reduction_ = 0;
    return true;
  }

 private:
  float threshold_ = 0, knee_ = 0.01F, slope_ = 0, attack_ = 1, release_ = 1, reduction_ = 0;
};

}  // namespace figment::dsp
