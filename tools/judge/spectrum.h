// Long-term spectrum and what tells one song from another.
//
//   Density   Welch's method: Hann windows of 8192 frames, half overlapping, power averaged, per hertz
//   Slope     least squares of dB against octaves over third-octave centres from 100 Hz to 10 kHz. Commercial
//             recordings fall by about 5 dB an octave between 100 Hz and 4 kHz and faster above (Pestana, Ma, Reiss,
//             Barbosa, Black, AES 135th Convention, 2013; Elowsson, Friberg, AES 142nd Convention, 2017)
//   Features  36 numbers in units of a clearly audible difference: sixteen half-octave levels against the whole
//             (3 dB), onsets a second (1.5), tempo (8 %), loudness range (3 LU), crest (3 dB), width (0.1), how much
//             the level repeats after a quarter, a half and a whole beat (0.15), and the twelve pitch classes' shares
//             of the power between 110 Hz and 1760 Hz (4 %)
#pragma once

#include <array>
#include <vector>

#include "audio/buffer.h"

namespace figment::judge {

inline constexpr int kFeatures = 36;
using Features = std::array<double, kFeatures>;

class Spectrum {
 public:
  Spectrum(const std::vector<float>& sound, double rate);
  [[nodiscard]] double band_db(double low, double high) const;  // power in a band; -200 for none
  [[nodiscard]] double density_db(double low, double high) const;
  [[nodiscard]] std::array<double, 12> pitch_classes() const;  // shares of the power, C first
  [[nodiscard]] double slope(double from = 100, double to = 10000) const;

 private:
  std::vector<double> power_;
  double bin_hz_ = 1;
};

[[nodiscard]] Features features(const Spectrum& spectrum, audio::AudioView sound, const std::vector<float>& folded,
                                double onsets_a_second, double bpm, double loudness_range);
// Of 36, those that differ by a clearly audible amount.
[[nodiscard]] int clear_differences(const Features& a, const Features& b) noexcept;

}  // namespace figment::judge
