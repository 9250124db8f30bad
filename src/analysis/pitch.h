// The pitch of one voice.
//
//   Method   YIN (de Cheveigné and Kawahara 2002, "YIN, a fundamental frequency estimator for speech and music"): the
//            cumulative mean normalized difference of 46 ms, by Fourier transform; first dip below 0.15 else the deepest,
//            refined by a parabola
//   Range    50 Hz … 2 kHz
//   Threads  one object per thread

#pragma once

#include <memory>

#include "analysis/features.h"

namespace figment::analysis {

class PitchFinder {
 public:
  PitchFinder();
  ~PitchFinder();
  // Around `centre`: reads 2048 samples of kFeatureRate to either side.
  [[nodiscard]] PitchFrame find(const float* centre);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace figment::analysis
