// Attack, decay, sustain, release, curved like a capacitor's charge.
//
//   Method   one-pole approach to a target: the attack aims 30 % too high and stops at 1 (straight, with a rounded
//            top), decay and release fall exponentially
//   Units    attack: seconds from 0 to 1. Decay and release: seconds to fall by 60 dB. Sustain 0 … 1
//   Ends     at -100 dB after the release; then `idle`
//   Threads  one at a time; real-time safe. Cost: one multiply-add a step

#pragma once

#include <cmath>

#include "instruments/voice_math.h"

namespace figment::instruments {

struct EnvelopeShape {
  float attack_s = 0.002F, decay_s = 0.3F, sustain = 1.0F, release_s = 0.1F;
  float hold_s = 0.0F;  // at the top, before the decay
};

class Envelope {
 public:
  // `step_rate`: how often `next` will be called a second. `speed` scales all times (2 = twice as fast).
  void start(const EnvelopeShape& shape, float step_rate, float speed = 1.0F, bool from_zero = true) noexcept {
    shape_ = &shape;
    attack_ = approach(shape.attack_s / speed * step_rate / 1.4663F);  // ln(1.3 / 0.3)
    decay_ = approach(shape.decay_s / speed * step_rate / 6.9078F);    // ln(1000)
    release_ = approach(shape.release_s / speed * step_rate / 6.9078F);
    hold_ = static_cast<int>(shape.hold_s / speed * step_rate);
    if (from_zero) value_ = 0;
    stage_ = Stage::Attack;
  }
  void release() noexcept {
    if (stage_ != Stage::Idle) stage_ = Stage::Release;
  }
  void stop() noexcept {
    stage_ = Stage::Idle;
    value_ = 0;
  }

  float next() noexcept {
    switch (stage_) {
      case Stage::Attack:
        value_ += (1.3F - value_) * attack_;
        if (value_ >= 1.0F) {
          value_ = 1.0F;
          stage_ = hold_ > 0 ? Stage::Hold : Stage::Decay;
        }
        break;
      case Stage::Hold:
        if (--hold_ <= 0) stage_ = Stage::Decay;
        break;
      case Stage::Decay:
        value_ += (shape_->sustain - value_) * decay_;
        // With nothing to sustain the note is over when it can no longer be heard.
        if (shape_->sustain <= 0.0F && value_ < kEnd) stop();
        break;
      case Stage::Release:
        value_ -= value_ * release_;
        if (value_ < kEnd) stop();
        break;
      case Stage::Idle:
        break;
    }
    return value_;
  }

  // `count` values at once; fewer, and their number, when it ends before. The same as calling `next` that often.
  int fill(float* out, int count) noexcept {
    int n = 0;
    while (n < count && stage_ != Stage::Idle) {
      float v = value_;
      if (stage_ == Stage::Decay && (shape_->sustain > 0.0F || v > 2 * kEnd)) {
        const float goal = shape_->sustain, k = decay_, least = shape_->sustain > 0.0F ? -1.0F : 2 * kEnd;
        for (; n < count && v > least; ++n) out[n] = v += (goal - v) * k;
        value_ = v;
      } else if (stage_ == Stage::Release && v > 2 * kEnd) {
        for (; n < count && v > 2 * kEnd; ++n) out[n] = v -= v * release_;
        value_ = v;
        if (v < kEnd) stop();
      } else {
        out[n++] = next();
      }
    }
    return n;
  }

  [[nodiscard]] float value() const noexcept { return value_; }
  [[nodiscard]] bool idle() const noexcept { return stage_ == Stage::Idle; }

  // Longest time from the release to `idle`, seconds.
  [[nodiscard]] static double release_time(const EnvelopeShape& shape) noexcept {
    return shape.release_s * 100.0 / 60.0;
  }

 private:
  static constexpr float kEnd = 1e-5F;
  enum class Stage { Idle, Attack, Hold, Decay, Release };

  static float approach(float steps) noexcept { return steps > 0.5F ? 1.0F - std::exp(-1.0F / steps) : 0.8647F; }

  const EnvelopeShape* shape_ = nullptr;
  float value_ = 0, attack_ = 1, decay_ = 1, release_ = 1;
  int hold_ = 0;
  Stage stage_ = Stage::Idle;
};

}  // namespace figment::instruments
