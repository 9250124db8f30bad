// A mix as frames of spectra and back, as plainly as it goes: what the judge's own estimates are made with.
//
//   Method  Hann windows of 4096 frames every 1024 before and after, the sum over 3/2; what is not changed comes back to float rounding
//   Shapes  frame t is centred at t · 1024. channel c, frame t, bin k: at(c, t)[k], 0 <= k < 2049
//   Memory  8 bytes a bin: 16 times the sound's
#pragma once

#include <complex>
#include <vector>

#include "audio/buffer.h"

namespace figment::stems {

struct Spectra {
  static constexpr int kSize = 4096, kHop = 1024, kBins = kSize / 2 + 1;
  std::int64_t frames = 0, samples = 0;
  Hertz rate{};
  std::vector<std::complex<float>> x;

  [[nodiscard]] std::complex<float>* at(int c, std::int64_t t) noexcept { return x.data() + (c * frames + t) * kBins; }
  [[nodiscard]] const std::complex<float>* at(int c, std::int64_t t) const noexcept { return x.data() + (c * frames + t) * kBins; }
};

using Weights = std::vector<float>;   // frames · kBins, of both channels alike

[[nodiscard]] Spectra spectra_of(audio::AudioView stereo);
[[nodiscard]] audio::AudioBuffer weighted(const Spectra& spectra, const Weights& weights);
[[nodiscard]] Weights power_of(const Spectra& spectra);   // of both channels together

}  // namespace figment::stems
