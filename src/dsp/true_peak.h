// The true peak of a sound: how high its curve rises, also between the samples.
//
//   Method   ITU-R BS.1770-4, Annex 2: interpolation by 4 with the 48-tap filter given there
//   Level    linear, 1.0 = 0 dBTP
//   Threads  one object per thread. Cost: about 1/2000 of real time per channel

#pragma once

#include <array>

#include "audio/buffer.h"
#include "dsp/fir.h"

namespace figment::dsp {

// The four phases of BS.1770's interpolator, 12 taps each.
extern const std::array<std::array<float, 12>, 4> kTruePeakTaps;

// The highest value of all channels. What lies beyond both ends counts as silence.
[[nodiscard]] float true_peak(audio::AudioView sound);

// The same of one channel that comes in parts.
class TruePeakMeter {
 public:
  void reset() noexcept;
  void add(const float* x, std::int64_t frames) noexcept;
  // Of everything so far; the last 11 samples have not been weighed wholly: add 11 zeros when the sound ends.
  [[nodiscard]] float peak() const noexcept { return peak_; }

 private:
  static constexpr int kMemory = 11, kBlock = 256;
  alignas(32) std::array<float, kMemory + kBlock + kFirStep> in_{};
  float peak_ = 0;
};

}  // namespace figment::dsp
