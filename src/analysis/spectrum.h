// Where a sound's energy lies, on average.
//
//   Method   power of Hann-windowed spectra (Welch 1967), summed in the third-octave bands of IEC 61260 from 20 Hz to
//            20 kHz; frames 30 dB below the loudest count nothing, so that pauses do not tilt the result
//   Input    1 or 2 channels (their powers are averaged) in pieces of any size
//   Threads  one object per thread. Cost: about 1/1000 of real time

#pragma once

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "audio/buffer.h"
#include "base/units.h"

namespace figment::analysis {

inline constexpr int kBands = 31;                      // third octaves, 20 Hz … 20 kHz
[[nodiscard]] Hertz band_centre(int band) noexcept;    // exact base-ten centres: 1000 · 10^((band - 17) / 10)

[[nodiscard]] double nominal_hertz(int band) noexcept; // as people write them: 31.5, 630

using BandLevels = std::array<double, kBands>;         // dB, power in the band; -200 for none

// dB per octave of the straight line fitted between two frequencies to the levels *per band*. Third-octave levels of
// white noise rise by 3 dB per octave, of pink noise are flat.
[[nodiscard]] double slope(const BandLevels& levels, Hertz from, Hertz to) noexcept;

// Spectra summed by their level in whole dB, and what they come to when those 30 dB below the loudest count nothing.
using SpectraByLevel = std::map<int, std::array<double, kBands>>;
[[nodiscard]] BandLevels gated_spectrum(const SpectraByLevel& spectra);

class SpectrumMeter {
 public:
  explicit SpectrumMeter(Hertz rate);
  ~SpectrumMeter();
  SpectrumMeter(SpectrumMeter&&) noexcept;

  void add(audio::AudioView sound);
  [[nodiscard]] BandLevels result() const;
  // Power of the sum (mono) and of the difference of the channels, and what folding to mono loses, in dB (0: nothing).
  [[nodiscard]] double mono_loss() const;
  [[nodiscard]] double width() const;                  // side energy / mid energy, 0 mono … 1

  // The sums themselves, for analysis/tally.h.
  void give(SpectraByLevel& spectra, double& left_right, double& mid, double& side) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace figment::analysis
