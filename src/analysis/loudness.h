// How loud a sound is, by the broadcasters' standard.
//
//   Method   EBU R128 / ITU-R BS.1770-4 (gated integrated loudness, loudness range EBU Tech 3342), by libebur128; true
//            peak by BS.1770-4 Annex 2 (dsp/true_peak.h)
//   Input    1 or 2 channels in pieces of any size
//   Threads  one object per thread. Cost: about 1/800 of real time, with true peak 1/500

#pragma once

#include <memory>
#include <vector>

#include "audio/buffer.h"
#include "base/units.h"

namespace figment::analysis {

struct Loudness {
  Lufs integrated{-200};        // -200: silent, or shorter than 0.4 s and silent
  Lufs loudest_momentary{-200}; // over 0.4 s
  double range = 0;             // LRA in LU
  Decibels true_peak{-200};     // dBTP
  Decibels sample_peak{-200};
};

class LoudnessMeter {
 public:
  LoudnessMeter(Hertz rate, int channels);
  ~LoudnessMeter();
  LoudnessMeter(LoudnessMeter&&) noexcept;

  void add(audio::AudioView sound);
  [[nodiscard]] Loudness result();   // may be asked again after more sound

  // Short-term loudness (3 s) once a second, as fed so far.
  [[nodiscard]] const std::vector<Lufs>& short_term() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace figment::analysis
