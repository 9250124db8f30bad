// What instruments of one-shot sounds share (drum kits, effects, samplers): blocks cut at their events, a fixed
// set of voices, the expression fader. What an event does to the voices is theirs.
//
//   Expression  gain, in a straight line over 10 ms from each change
//   Threads     one at a time; real-time safe
//
// Voice is a class with
//   bool active() const noexcept;  void stop() noexcept;
//   void add(float* left, float* right, int frames) noexcept;      adds its next frames; right may be null

#pragma once

#include <algorithm>
#include <array>

#include "instruments/instrument.h"

namespace figment::instruments {

template <class Voice, std::size_t kVoices>
class OneShots : public Instrument {
 public:
  void process(audio::AudioBlock out, std::span<const Event> events) noexcept final {
    out.clear();
    const auto frames = static_cast<int>(out.frames());
    float* left = out.channel(0);
    float* right = out.channels() > 1 ? out.channel(1) : nullptr;
    int done = 0;
    for (const Event& event : events) {
      const int until = std::clamp(event.frame, done, frames);
      render(left, right, done, until);
      done = until;
      if (event.kind == Event::Kind::Expression) {
        expression_target_ = std::clamp(event.value, 0.0F, 1.0F);
        expression_left_ = std::max(1, static_cast<int>(kExpressionSeconds * rate_));
      } else {
        take(event);
      }
    }
    render(left, right, done, frames);
  }

  [[nodiscard]] bool sounding() const noexcept final {
    return std::any_of(voices_.begin(), voices_.end(), [](const Voice& v) { return v.active(); });
  }

 protected:
  virtual void take(const Event& event) noexcept = 0;  // any but Expression

  void silence() noexcept {
    for (Voice& voice : voices_) voice.stop();
    expression_ = expression_target_ = 1;
    expression_left_ = 0;
  }

  float rate_ = 44100;
  std::array<Voice, kVoices> voices_;

 private:
  static constexpr float kExpressionSeconds = 0.01F;

  void render(float* left, float* right, int from, int to) noexcept {
    if (to <= from) return;
    for (Voice& voice : voices_) {
      if (voice.active()) voice.add(left + from, right == nullptr ? nullptr : right + from, to - from);
    }
    if (expression_left_ == 0 && expression_ == 1) return;
    for (int n = from; n < to; ++n) {
      if (expression_left_ > 0) {
        expression_ += (expression_target_ - expression_) / static_cast<float>(expression_left_);
        --expression_left_;
      }
      left[n] *= expression_;
      if (right != nullptr) right[n] *= expression_;
    }
  }

  float expression_ = 1, expression_target_ = 1;
  int expression_left_ = 0;
};

}  // namespace figment::instruments
