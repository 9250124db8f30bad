// Sound at another sample rate, piece by piece.
//
//   Library  soxr, 20-bit quality: flat to 0.91 of the lower Nyquist frequency, aliases below -120 dB, linear phase
//   Timing   frame n of the result is the instant n / to of the source: no delay to allow for, and the length is the
//            source's times to / from, rounded
//   Threads  one thread at a time per object
//   Cost     about 1/500 of real time per channel

#pragma once

#include <vector>

#include "audio/buffer.h"

namespace figment::audio {

class Resampler {
 public:
  // Error Unsupported for rates soxr refuses (beyond 1:1000 or so).
  Resampler(Hertz from, Hertz to, int channels);
  ~Resampler();
  Resampler(const Resampler&) = delete;
  Resampler& operator=(const Resampler&) = delete;

  // What can be known after this piece of the source; an empty piece says that it has ended. The view is good until the
  // next call.
  [[nodiscard]] AudioView push(AudioView piece);

 private:
  void* soxr_ = nullptr;
  Hertz from_, to_;
  int channels_;
  AudioBuffer out_;
};

// A whole sound in memory.
[[nodiscard]] AudioBuffer resample(AudioView sound, Hertz to);

}  // namespace figment::audio
