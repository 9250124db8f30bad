// Sound in memory: planar 32-bit float, one plane a channel, 1.0 = 0 dBFS.
//
//   AudioBuffer  owns its samples; moves cheaply, copies when asked to
//   AudioView    looks at somebody's samples, read-only
//   AudioBlock   looks at somebody's samples and may change them; what processors work on in place
//
// Letters  C channels, N frames. `channel(c)[n]`, 0 <= c < C, 0 <= n < N. Bounds are asserted, not thrown.
// Views are two words and some numbers: pass them by value. They do not keep the sound alive.

#pragma once

#include <cassert>
#include <cstdint>
#include <vector>

#include "base/units.h"

namespace figment::audio {

class AudioView {
 public:
  AudioView() = default;
  AudioView(const float* first, std::int64_t stride, int channels, std::int64_t frames, Hertz rate)
      : first_(first), stride_(stride), frames_(frames), channels_(channels), rate_(rate) {}

  [[nodiscard]] int channels() const noexcept { return channels_; }
  [[nodiscard]] std::int64_t frames() const noexcept { return frames_; }
  [[nodiscard]] Hertz rate() const noexcept { return rate_; }
  [[nodiscard]] bool empty() const noexcept { return channels_ == 0 || frames_ == 0; }
  [[nodiscard]] const float* channel(int c) const noexcept {
    assert(c >= 0 && c < channels_);
    return first_ + c * stride_;
  }
  // `count` frames from `begin`; both are clipped to what is there.
  [[nodiscard]] AudioView part(std::int64_t begin, std::int64_t count) const noexcept {
    begin = begin < 0 ? 0 : (begin > frames_ ? frames_ : begin);
    count = count < 0 ? 0 : (count > frames_ - begin ? frames_ - begin : count);
    return {first_ + begin, stride_, channels_, count, rate_};
  }
  [[nodiscard]] AudioView only(int c) const noexcept { return {channel(c), stride_, 1, frames_, rate_}; }

 private:
  const float* first_ = nullptr;
  std::int64_t stride_ = 0;
  std::int64_t frames_ = 0;
  int channels_ = 0;
  Hertz rate_{};
};

class AudioBlock {
 public:
  AudioBlock() = default;
  AudioBlock(float* first, std::int64_t stride, int channels, std::int64_t frames, Hertz rate)
      : first_(first), stride_(stride), frames_(frames), channels_(channels), rate_(rate) {}
  operator AudioView() const noexcept { return {first_, stride_, channels_, frames_, rate_}; }  // NOLINT: is-a view

  [[nodiscard]] int channels() const noexcept { return channels_; }
  [[nodiscard]] std::int64_t frames() const noexcept { return frames_; }
  [[nodiscard]] Hertz rate() const noexcept { return rate_; }
  [[nodiscard]] bool empty() const noexcept { return channels_ == 0 || frames_ == 0; }
  [[nodiscard]] float* channel(int c) const noexcept {
    assert(c >= 0 && c < channels_);
    return first_ + c * stride_;
  }
  [[nodiscard]] AudioBlock part(std::int64_t begin, std::int64_t count) const noexcept {
    begin = begin < 0 ? 0 : (begin > frames_ ? frames_ : begin);
    count = count < 0 ? 0 : (count > frames_ - begin ? frames_ - begin : count);
    return {first_ + begin, stride_, channels_, count, rate_};
  }

  // 0 everywhere.
  void clear() const noexcept;
  void scale(float gain) const noexcept;
  // this += gain * other, over the frames both have. One channel of `other` goes to every channel here; otherwise the
  // channel counts must agree.
  void add(AudioView other, float gain = 1.0F) const noexcept;
  void copy_from(AudioView other) const noexcept;  // channel rules as `add`

 private:
  float* first_ = nullptr;
  std::int64_t stride_ = 0;
  std::int64_t frames_ = 0;
  int channels_ = 0;
  Hertz rate_{};
};

class AudioBuffer {
 public:
  AudioBuffer() = default;
  AudioBuffer(int channels, std::int64_t frames, Hertz rate);  // silent

  [[nodiscard]] int channels() const noexcept { return channels_; }
  [[nodiscard]] std::int64_t frames() const noexcept { return frames_; }
  [[nodiscard]] Hertz rate() const noexcept { return rate_; }
  [[nodiscard]] bool empty() const noexcept { return samples_.empty(); }
  [[nodiscard]] float* channel(int c) noexcept { return samples_.data() + c * frames_; }
  [[nodiscard]] const float* channel(int c) const noexcept { return samples_.data() + c * frames_; }

  [[nodiscard]] AudioView view() const noexcept { return {samples_.data(), frames_, channels_, frames_, rate_}; }
  [[nodiscard]] AudioBlock block() noexcept { return {samples_.data(), frames_, channels_, frames_, rate_}; }

 private:
  std::vector<float> samples_;
  std::int64_t frames_ = 0;
  int channels_ = 0;
  Hertz rate_{};
};

// Largest absolute sample; 0 for an empty view.
[[nodiscard]] float peak(AudioView sound) noexcept;

}  // namespace figment::audio
