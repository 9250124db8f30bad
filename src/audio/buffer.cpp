#include "audio/buffer.h"

#include <algorithm>
#include <cmath>

namespace figment::audio {

void AudioBlock::clear() const noexcept {
  for (int c = 0; c < channels_; ++c) std::fill_n(channel(c), frames_, 0.0F);
}

void AudioBlock::scale(float gain) const noexcept {
  for (int c = 0; c < channels_; ++c) {
    float* out = channel(c);
    for (std::int64_t n = 0; n < frames_; ++n) out[n] *= gain;
  }
}

void AudioBlock::add(AudioView other, float gain) const noexcept {
  assert(other.channels() == channels_ || other.channels() == 1);
  const std::int64_t frames = std::min(frames_, other.frames());
  for (int c = 0; c < channels_; ++c) {
    float* out = channel(c);
    const float* in = other.channel(other.channels() == 1 ? 0 : c);
    for (std::int64_t n = 0; n < frames; ++n) out[n] += gain * in[n];
  }
}

void AudioBlock::copy_from(AudioView other) const noexcept {
  assert(other.channels() == channels_ || other.channels() == 1);
  const std::int64_t frames = std::min(frames_, other.frames());
  for (int c = 0; c < channels_; ++c)
    std::copy_n(other.channel(other.channels() == 1 ? 0 : c), frames, channel(c));
}

AudioBuffer::AudioBuffer(int channels, std::int64_t frames, Hertz rate)
    : samples_(static_cast<std::size_t>(channels) * static_cast<std::size_t>(frames), 0.0F),
      frames_(frames),
      channels_(channels),
      rate_(rate) {}

float peak(AudioView sound) noexcept {
  float highest = 0;
  for (int c = 0; c < sound.channels(); ++c) {
    const float* in = sound.channel(c);
    for (std::int64_t n = 0; n < sound.frames(); ++n) highest = std::max(highest, std::fabs(in[n]));
  }
  return highest;
}

}  // namespace figment::audio
