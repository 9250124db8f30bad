// Sounds made for tests, and what physics says of them.
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <filesystem>
#include <string>
#include <vector>

#include "dsp/fft.h"
#include "sounds/builtin.h"

namespace figment::sounds::testing {

inline roles::GeneratedSound make(const std::string& prompt, std::uint64_t seed = 1, std::optional<double> seconds = {}) {
  static const auto engine = make_builtin_sounds(FIGMENT_SOURCE_DIR);
  roles::SoundRequest request{prompt, {}, seed, Hertz{44100}};
  if (seconds) request.length = Seconds{*seconds};
  return roles::generate_whole(*engine, request, Progress{});
}

inline std::vector<float> mono_of(audio::AudioView sound) {
  std::vector<float> out(static_cast<std::size_t>(sound.frames()));
  for (int c = 0; c < sound.channels(); ++c)
    for (std::size_t n = 0; n < out.size(); ++n) out[n] += sound.channel(c)[n] / static_cast<float>(sound.channels());
  return out;
}

// Mean power spectrum: Hann windows of `size`, half overlapped. Both channels.
inline std::vector<double> power_of(audio::AudioView sound, int size = 4096) {
  dsp::RealFft fft(size);
  const auto window = dsp::hann(size);
  std::vector<double> power(static_cast<std::size_t>(fft.bins()));
  for (int c = 0; c < sound.channels(); ++c)
    for (std::int64_t at = 0; at == 0 || at + size <= sound.frames(); at += size / 2) {
      for (int n = 0; n < size; ++n) fft.time()[static_cast<std::size_t>(n)] = at + n < sound.frames() ? sound.channel(c)[at + n] * window[static_cast<std::size_t>(n)] : 0;
      fft.forward();
      for (std::size_t k = 0; k < power.size(); ++k) power[k] += std::norm(fft.spectrum()[k]);
    }
  return power;
}

inline double hz_of_bin(std::size_t k, std::size_t bins) { return 44100.0 * static_cast<double>(k) / (2.0 * static_cast<double>(bins - 1)); }

inline double band_power(const std::vector<double>& power, double from, double to) {
  double sum = 0;
  for (std::size_t k = 0; k < power.size(); ++k)
    if (const double hz = hz_of_bin(k, power.size()); hz >= from && hz < to) sum += power[k];
  return sum;
}

inline double centroid(audio::AudioView sound, int size = 4096) {
  const auto power = power_of(sound, size);
  double sum = 0, weighted = 0;
  for (std::size_t k = 1; k < power.size(); ++k) sum += power[k], weighted += power[k] * hz_of_bin(k, power.size());
  return weighted / std::max(sum, 1e-30);
}

inline double strongest_hz(audio::AudioView sound, int size = 32768) {
  const auto power = power_of(sound, size);
  const auto k = static_cast<std::size_t>(std::max_element(power.begin() + 1, power.end() - 1) - power.begin());
  const double a = std::log(power[k - 1] + 1e-30), b = std::log(power[k] + 1e-30), c = std::log(power[k + 1] + 1e-30);
  return 44100.0 * (static_cast<double>(k) + 0.5 * (a - c) / (a - 2 * b + c)) / size;
}

inline double rms(audio::AudioView sound) {
  double sum = 0;
  for (int c = 0; c < sound.channels(); ++c)
    for (std::int64_t n = 0; n < sound.frames(); ++n) sum += static_cast<double>(sound.channel(c)[n]) * sound.channel(c)[n];
  return std::sqrt(sum / std::max<double>(1, static_cast<double>(sound.frames() * sound.channels())));
}

// The part from `from` to `to` seconds.
inline audio::AudioView part(audio::AudioView sound, double from, double to) {
  const auto begin = std::llround(from * 44100);
  return sound.part(begin, std::llround(to * 44100) - begin);
}

}  // namespace figment::sounds::testing
