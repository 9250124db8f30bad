#include "spectra.h"

#include <algorithm>

#include "dsp/fft.h"

namespace figment::stems {

Spectra spectra_of(audio::AudioView stereo) {
  Spectra s;
  s.samples = stereo.frames();
  s.rate = stereo.rate();
  s.frames = s.samples / Spectra::kHop + 2;
  s.x.resize(static_cast<std::size_t>(2 * s.frames) * Spectra::kBins);
  dsp::RealFft fft(Spectra::kSize);
  const std::vector<float> window = dsp::hann(Spectra::kSize);
  for (int c = 0; c < 2; ++c)
    for (std::int64_t t = 0; t < s.frames; ++t) {
      const std::int64_t first = t * Spectra::kHop - Spectra::kSize / 2;
      for (int i = 0; i < Spectra::kSize; ++i) {
        const std::int64_t n = first + i;
        fft.time()[static_cast<std::size_t>(i)] = n < 0 || n >= s.samples ? 0 : stereo.channel(c)[n] * window[static_cast<std::size_t>(i)];
      }
      fft.forward();
      std::copy_n(fft.spectrum().begin(), Spectra::kBins, s.at(c, t));
    }
  return s;
}

audio::AudioBuffer weighted(const Spectra& s, const Weights& weights) {
  audio::AudioBuffer sound(2, s.samples, s.rate);
  dsp::RealFft fft(Spectra::kSize);
  std::vector<float> window = dsp::hann(Spectra::kSize);
  for (float& w : window) w /= 1.5F * Spectra::kSize;
  for (int c = 0; c < 2; ++c)
    for (std::int64_t t = 0; t < s.frames; ++t) {
      const float* w = &weights[static_cast<std::size_t>(t) * Spectra::kBins];
      for (int k = 0; k < Spectra::kBins; ++k) fft.spectrum()[static_cast<std::size_t>(k)] = s.at(c, t)[k] * w[k];
      fft.inverse();
      const std::int64_t first = t * Spectra::kHop - Spectra::kSize / 2;
      for (int i = 0; i < Spectra::kSize; ++i)
        if (const std::int64_t n = first + i; n >= 0 && n < s.samples) sound.channel(c)[n] += fft.time()[static_cast<std::size_t>(i)] * window[static_cast<std::size_t>(i)];
    }
  return sound;
}

Weights power_of(const Spectra& s) {
  Weights power(static_cast<std::size_t>(s.frames) * Spectra::kBins);
  for (std::int64_t t = 0; t < s.frames; ++t)
    for (int k = 0; k < Spectra::kBins; ++k) power[static_cast<std::size_t>(t * Spectra::kBins + k)] = std::norm(s.at(0, t)[k]) + std::norm(s.at(1, t)[k]);
  return power;
}

}  // namespace figment::stems
