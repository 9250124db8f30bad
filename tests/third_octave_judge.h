// Third-octave levels by another method than ours: a bank of band-pass filters, as a sound level meter has them.
//
//   Method   Butterworth band-pass of order 6 with the band edges of IEC 61260 (third-order low-pass prototype, band-pass
//            transformation, bilinear transform with prewarping), run over the sound and half a second of silence after it;
//            mean power of the channels. In double precision
//   Compared as the mean of absolute differences, after removing the mean difference, over the bands from 40 Hz to 16 kHz in
//            which both sounds are within 60 dB of their own loudest band
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <optional>
#include <vector>

#include "audio/buffer.h"

namespace figment::testing {

inline constexpr int kJudged = 27;   // bands, 40 Hz … 16 kHz

inline std::array<double, kJudged> judged_levels(audio::AudioView sound) {
  using Complex = std::complex<double>;
  const double rate = sound.rate().value;
  std::array<double, kJudged> levels{};
  for (int b = 0; b < kJudged; ++b) {
    levels[static_cast<std::size_t>(b)] = -200;
    const double centre = 1000 * std::pow(10, (b - 14) / 10.0), edge = std::pow(10, 0.05);
    if (centre * edge > rate * 0.49) continue;
    const auto warped = [&](double f) { return 2 * rate * std::tan(std::numbers::pi * f / rate); };
    const double low = warped(centre / edge), high = warped(centre * edge), width = high - low, middle = std::sqrt(low * high);
    struct Section {
      double a1, a2, x1[2]{}, x2[2]{}, y1[2]{}, y2[2]{};
    };
    std::vector<Section> sections;
    for (int k = 0; k < 2; ++k) {   // a pole of each pair of the prototype and the real one
      const Complex p = std::polar(1.0, std::numbers::pi * (k == 0 ? 2.0 / 3 : 1.0));
      const Complex root = std::sqrt(p * p * width * width / 4.0 - middle * middle);
      for (const Complex s : {p * width / 2.0 + root, p * width / 2.0 - root}) {
        const Complex z = (2 * rate + s) / (2 * rate - s);
        sections.push_back({-2 * z.real(), std::norm(z)});
        if (k == 1) break;          // its two are conjugates
      }
    }
    // Each section is (1 - z^-2) / (1 + a1 z^-1 + a2 z^-2); the gain makes the centre 1.
    Complex response = 1;
    const Complex z = std::polar(1.0, -2 * std::numbers::pi * centre / rate);
    for (const Section& s : sections) response *= (1.0 - z * z) / (1.0 + s.a1 * z + s.a2 * z * z);
    const double gain = 1 / std::abs(response);
    double power = 0;
    const std::int64_t tail = static_cast<std::int64_t>(rate / 2);
    for (int c = 0; c < sound.channels(); ++c) {
      const auto channel = static_cast<std::size_t>(c % 2);
      for (auto& s : sections) s.x1[channel] = s.x2[channel] = s.y1[channel] = s.y2[channel] = 0;
      for (std::int64_t n = 0; n < sound.frames() + tail; ++n) {
        double v = n < sound.frames() ? gain * static_cast<double>(sound.channel(c)[n]) : 0.0;
        for (auto& s : sections) {
          const double y = v - s.x2[channel] - s.a1 * s.y1[channel] - s.a2 * s.y2[channel];
          s.x2[channel] = s.x1[channel], s.x1[channel] = v;
          s.y2[channel] = s.y1[channel], s.y1[channel] = y;
          v = y;
        }
        power += v * v;
      }
    }
    power /= static_cast<double>(std::max<std::int64_t>(sound.frames(), 1) * sound.channels());
    if (power > 1e-20) levels[static_cast<std::size_t>(b)] = 10 * std::log10(power);
  }
  return levels;
}

struct JudgedDistance {
  double mean_db = 0;
  int bands = 0;
};

// `source`: a sound that must have something in a band, too, for the band to count. `named`: bands that are said to be empty
// do not count either: the skirts of a filter reach 60 dB down only two bands away from a cliff.
inline JudgedDistance judged_distance(const std::array<double, kJudged>& a, const std::array<double, kJudged>& b, const std::array<double, kJudged>& source,
                                      const std::array<bool, kJudged>& named = {}) {
  const auto top = [](const auto& levels) { return *std::max_element(levels.begin(), levels.end()); };
  std::vector<double> differences;
  for (std::size_t i = 0; i < kJudged; ++i)
    if (!named[i] && b[i] > top(b) - 60 && source[i] > top(source) - 60) differences.push_back(b[i] - a[i]);
  JudgedDistance result;
  result.bands = static_cast<int>(differences.size());
  double mean = 0;
  for (const double d : differences) mean += d / static_cast<double>(differences.size());
  for (const double d : differences) result.mean_db += std::fabs(d - mean) / static_cast<double>(differences.size());
  return result;
}

}  // namespace figment::testing
