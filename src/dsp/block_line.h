// A delay line for work in blocks: contiguous windows to read, blocks to write. What lets delays vectorise.
//
//   Time     `window(delay, count)` begins at the frame `delay` before the one that `write` would write next. Reading
//            must not run into the unwritten: delay >= count
//   Cost     a read at the wrap copies `count` samples, others copy nothing; memory is a power of two

#pragma once

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstring>
#include <vector>

#include "dsp/effect.h"

namespace figment::dsp {

class BlockLine {
 public:
  static constexpr int kMostRead = kCell + 8;

  void prepare(double most_frames) {
    const auto wanted = static_cast<std::size_t>(std::max(most_frames, 0.0)) + 2 * kMostRead;
    samples_.assign(std::bit_ceil(wanted), 0.0F);
    head_ = 0;
  }
  void clear() noexcept {
    std::fill(samples_.begin(), samples_.end(), 0.0F);
    head_ = 0;
  }
  [[nodiscard]] const float* window(int delay, int count) noexcept {
    assert(delay >= count && count <= kMostRead && static_cast<std::size_t>(delay) <= samples_.size());
    const std::size_t size = samples_.size();
    const std::size_t start = (head_ - static_cast<std::size_t>(delay)) & (size - 1);
    const auto wanted = static_cast<std::size_t>(count);
    if (start + wanted <= size) return samples_.data() + start;
    const std::size_t first = size - start;
    std::memcpy(scratch_, samples_.data() + start, sizeof(float) * first);
    std::memcpy(scratch_ + first, samples_.data(), sizeof(float) * (wanted - first));
    return scratch_;
  }
  void write(const float* x, int count) noexcept {
    const std::size_t size = samples_.size(), start = head_ & (size - 1);
    const std::size_t first = std::min(static_cast<std::size_t>(count), size - start);
    std::memcpy(samples_.data() + start, x, sizeof(float) * first);
    std::memcpy(samples_.data(), x + first, sizeof(float) * (static_cast<std::size_t>(count) - first));
    head_ += static_cast<std::size_t>(count);
  }

 private:
  std::vector<float> samples_ = std::vector<float>(256, 0.0F);
  std::size_t head_ = 0;
  float scratch_[kMostRead];
};

}  // namespace figment::dsp
