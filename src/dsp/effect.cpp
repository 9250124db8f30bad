#include "dsp/effect.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <string>

#include "base/error.h"

namespace figment::dsp {
namespace {

constexpr std::uint32_t kMagnitude = 0x7FFFFFFFU;
constexpr float kLoudest = 1e6F;

// Copies `count` samples and mends what is not sound. Returns the largest magnitude's bits: 0 is silence.
std::uint32_t load(const float* from, float* to, int count) noexcept {
  std::uint32_t loudest = 0;
  for (int i = 0; i < count; ++i) {
    to[i] = from[i];
    loudest = std::max(loudest, std::bit_cast<std::uint32_t>(from[i]) & kMagnitude);
  }
  if (loudest <= std::bit_cast<std::uint32_t>(kLoudest)) [[likely]]
    return loudest;
  for (int i = 0; i < count; ++i) to[i] = std::isfinite(to[i]) ? std::clamp(to[i], -kLoudest, kLoudest) : 0.0F;
  return loudest;
}

}  // namespace

Effect::Effect(std::span<const Parameter> table) noexcept : table_(table) {
  assert(table.size() <= kMaxParameters);
  for (std::size_t i = 0; i < table.size(); ++i) values_[i] = table[i].normal;
}

void Effect::prepare(const Format& format) {
  if (format.channels < 1 || format.channels > 2) {
    throw Error(ErrorCode::InvalidArgument,
                "an effect works on 1 or 2 channels, not " + std::to_string(format.channels));
  }
  if (!(format.rate.value >= 8000 && format.rate.value <= 384000)) {
    throw Error(ErrorCode::InvalidArgument,
                "an effect works at 8000 to 384000 Hz, not " + std::to_string(format.rate.value));
  }
  rate_ = format.rate.value;
  channels_ = format.channels;
  start_ = format.start;
  configure();
  reset();
}

void Effect::reset() noexcept {
  at_ = silent_frames_ = 0;
  snap_ = changed_ = cell_silent_ = true;
  asleep_ = false;
  clear();
}

void Effect::set(std::size_t parameter, double value) noexcept {
  if (parameter >= table_.size() || std::isnan(value)) return;
  values_[parameter] = std::clamp(value, table_[parameter].low, table_[parameter].high);
  changed_ = true;
}

void Effect::process(audio::AudioBlock io, audio::AudioView key) noexcept {
  assert(io.channels() == channels_);
  const bool stereo = channels_ == 2;
  const bool keyed = !key.empty() && key.frames() >= io.frames();
  alignas(32) float left[kCell], right[kCell], key_left[kCell], key_right[kCell];
  for (std::int64_t begin = 0; begin < io.frames();) {
    if (at_ == 0) {
      begin_cell(snap_);
      snap_ = false;
      cell_silent_ = true;
    }
    const int count = static_cast<int>(std::min<std::int64_t>(kCell - at_, io.frames() - begin));
    float* io_left = io.channel(0) + begin;
    float* io_right = stereo ? io.channel(1) + begin : nullptr;
    std::uint32_t loudest = load(io_left, left, count);
    if (stereo) {
      loudest |= load(io_right, right, count);
    } else {
      std::memcpy(right, left, sizeof(float) * static_cast<std::size_t>(count));
    }
    if (keyed) {
      loudest |= load(key.channel(0) + begin, key_left, count);
      loudest |= load(key.channel(key.channels() > 1 ? 1 : 0) + begin, key_right, count);
    }
    if (loudest != 0) asleep_ = cell_silent_ = false;
    if (!asleep_) {
      run({left, right, keyed ? key_left : nullptr, keyed ? key_right : nullptr, at_, count});
      if (stereo) {
        std::memcpy(io_left, left, sizeof(float) * static_cast<std::size_t>(count));
        std::memcpy(io_right, right, sizeof(float) * static_cast<std::size_t>(count));
      } else {
        for (int i = 0; i < count; ++i) io_left[i] = 0.5F * (left[i] + right[i]);
      }
    }
    begin += count;
    at_ += count;
    if (at_ == kCell) {
      at_ = 0;
      silent_frames_ = cell_silent_ ? std::min(silent_frames_ + kCell, 1 << 30) : 0;
      if (cell_silent_ && !asleep_) asleep_ = settle(silent_frames_);
    }
  }
}

}  // namespace figment::dsp
