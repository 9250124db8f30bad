// An equalizer with any curve over the third octaves.
//
//   Method   the gains are joined by straight lines (dB over log frequency); the filter of that magnitude with the least
//            delay is found through the cepstrum (Oppenheim and Schafer, "Discrete-Time Signal Processing", 13.5) and
//            applied by fast convolution (overlap-save). Least delay, not linear phase, because a linear-phase filter
//            this fine sounds before the beat
//   Response within 0.3 dB of what is asked at the centres for curves that bend by at most 12 dB from band to band. Beyond
//            the outer centres boosts fade out within an octave and cuts stay
//   Length   0.12 to 0.25 s; no latency
//   Threads  `process` is const: any number of stretches at once. It allocates: for rendering, not for real time
//   Cost     about 1/400 of real time a channel

#pragma once

#include <complex>
#include <vector>

#include "analysis/spectrum.h"
#include "audio/buffer.h"

namespace figment::mix {

class CurveEq {
 public:
  CurveEq(const analysis::BandLevels& gains_db, Hertz rate);

  // In place. What comes before the first frame counts as silence: give a run-up of `taps()` frames.
  void process(audio::AudioBlock sound) const;

  [[nodiscard]] std::int64_t taps() const noexcept { return taps_; }
  [[nodiscard]] double response(Hertz at) const;   // dB, of the filter as it is

 private:
  Hertz rate_;
  int taps_;
  std::vector<float> impulse_;
  std::vector<std::complex<float>> spectrum_;       // of the impulse response, padded for convolution
};

}  // namespace figment::mix
