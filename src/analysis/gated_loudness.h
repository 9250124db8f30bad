// Integrated loudness only, fast: for balancing tracks and searching gains.
//
//   Method   ITU-R BS.1770-4 with both gates, on 400 ms blocks every 100 ms; the K-weighting of dsp/loudness.h runs both
//            channels at once. A test holds it to libebur128 (analysis/loudness.h) within 0.02 LU
//   Input    1 or 2 channels in pieces of any size
//   Threads  one object per thread. Cost: about 1/3000 of real time

#pragma once

#include <array>
#include <vector>

#include "audio/buffer.h"
#include "base/units.h"
#include "dsp/biquad.h"

namespace figment::analysis {

// The gates of BS.1770 over powers (K-weighted, channels summed) of blocks of 100 ms: neighbours make the 400 ms blocks.
[[nodiscard]] Lufs gated_loudness(const std::vector<double>& tenths);

class GatedLoudnessMeter {
 public:
  explicit GatedLoudnessMeter(Hertz rate);
  void warm_up(audio::AudioView sound);   // fills the filters with what comes before; counts nothing
  void add(audio::AudioView sound);
  [[nodiscard]] Lufs result() const;      // -200 for silence
  [[nodiscard]] const std::vector<double>& tenths() const noexcept { return tenths_; }
  [[nodiscard]] double power_since() const noexcept;   // of what came after the last whole tenth

 private:
  void run(audio::AudioView sound, bool count);

  std::array<dsp::Biquad, 2> filters_;
  std::array<dsp::BiquadState, 2> states_{};
  std::int64_t tenth_;                 // frames
  std::int64_t filled_ = 0;
  double energy_ = 0;
  std::vector<double> tenths_;
};

}  // namespace figment::analysis
