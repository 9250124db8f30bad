#include "spectrum.h"

#include <fftw3.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace figment::judge {
namespace {

constexpr int kSize = 8192;

double db(double power) { return power > 1e-20 ? 10 * std::log10(power) : -200; }

// Correlation of the level curve with itself a while later.
double repeats(const std::vector<double>& level, double lag) {
  const auto n = static_cast<std::size_t>(std::lround(lag));
  if (n == 0 || level.size() < 2 * n) return 0;
  double mean = 0, self = 0, shifted = 0;
  for (const double l : level) mean += l / static_cast<double>(level.size());
  for (std::size_t i = 0; i < level.size(); ++i) {
    self += (level[i] - mean) * (level[i] - mean);
    if (i + n < level.size()) shifted += (level[i] - mean) * (level[i + n] - mean);
  }
  return self > 0 ? shifted / self : 0;
}

}  // namespace

Spectrum::Spectrum(const std::vector<float>& sound, double rate) : power_(kSize / 2 + 1), bin_hz_(rate / kSize) {
  std::vector<float> in(kSize);
  std::vector<std::array<float, 2>> out(kSize / 2 + 1);
  fftwf_plan plan =
      fftwf_plan_dft_r2c_1d(kSize, in.data(), reinterpret_cast<fftwf_complex*>(out.data()), FFTW_ESTIMATE);
  int frames = 0;
  for (std::size_t at = 0; at + kSize <= sound.size(); at += kSize / 2, ++frames) {
    for (std::size_t i = 0; i < kSize; ++i)
      in[i] = sound[at + i] *
              static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / kSize));
    fftwf_execute(plan);
    for (std::size_t k = 0; k < power_.size(); ++k)
      power_[k] += static_cast<double>(out[k][0]) * out[k][0] + static_cast<double>(out[k][1]) * out[k][1];
  }
  fftwf_destroy_plan(plan);
  // Of a one-sided spectrum whose sum over all bins is the mean square: the window keeps 3/8 of the power.
  for (double& p : power_) p *= 2 / (std::max(1, frames) * 0.375 * kSize * static_cast<double>(kSize));
}

double Spectrum::band_db(double low, double high) const {
  double sum = 0;
  for (std::size_t k = 1; k < power_.size(); ++k) {
    const double f = static_cast<double>(k) * bin_hz_;
    if (f >= low && f < high) sum += power_[k];
  }
  return db(sum);
}

double Spectrum::density_db(double low, double high) const {
  // Bins may be wider than the band at the lowest frequencies: count the width that was summed.
  const double first = std::ceil(low / bin_hz_), last = std::ceil(high / bin_hz_);
  if (last <= first) {
    const auto k = static_cast<std::size_t>(std::lround(std::sqrt(low * high) / bin_hz_));
    return db(power_[k] / bin_hz_);
  }
  return band_db(low, high) - 10 * std::log10((last - first) * bin_hz_);
}

std::array<double, 12> Spectrum::pitch_classes() const {
  std::array<double, 12> share{};
  double sum = 1e-20;
  for (std::size_t k = 1; k < power_.size(); ++k) {
    const double f = static_cast<double>(k) * bin_hz_;
    if (f < 110 || f > 1760) continue;
    const auto note = std::lround(69 + 12 * std::log2(f / 440));
    share[static_cast<std::size_t>(note % 12)] += power_[k];
    sum += power_[k];
  }
  for (double& s : share) s /= sum;
  return share;
}

double Spectrum::slope(double from, double to) const {
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (int band = 0; band < 60; ++band) {
    const double centre = 1000 * std::pow(10, (band - 30) / 10.0);
    if (centre < from * 0.99 || centre > to * 1.01) continue;
    const double x = std::log2(centre), y = density_db(centre * std::pow(2, -1.0 / 6), centre * std::pow(2, 1.0 / 6));
    if (y <= -190) continue;
    n += 1, sx += x, sy += y, sxx += x * x, sxy += x * y;
  }
  return n < 3 ? 0 : (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

Features features(const Spectrum& spectrum, audio::AudioView sound, const std::vector<float>& folded,
                  double onsets_a_second, double bpm, double loudness_range) {
  Features f{};
  std::size_t at = 0;
  const double whole = spectrum.band_db(20, 20000);
  for (; at < 16; ++at) {
    const double low = 40 * std::pow(2, static_cast<double>(at) / 2);
    f[at] = std::max(-60.0, spectrum.band_db(low, low * std::sqrt(2.0)) - whole) / 3;
  }
  double squares = 0, side = 0, peak = 0;
  const float* left = sound.channel(0);
  const float* right = sound.channel(sound.channels() > 1 ? 1 : 0);
  for (std::int64_t i = 0; i < sound.frames(); ++i) {
    const double m = 0.5 * (left[i] + right[i]), s = 0.5 * (left[i] - right[i]);
    squares += m * m, side += s * s;
    peak = std::max(peak, std::abs(m));
  }
  f[at++] = onsets_a_second / 1.5;
  f[at++] = std::log2(bpm) / std::log2(1.08);
  f[at++] = loudness_range / 3;
  f[at++] =
      squares > 0 ? db(peak * peak * static_cast<double>(std::max<std::int64_t>(1, sound.frames())) / squares) / 3 : 0;
  f[at++] = squares > 0 ? std::sqrt(side / squares) / 0.1 : 0;
  const double rate = sound.rate().value;
  const auto step = static_cast<std::size_t>(rate / 200);
  std::vector<double> level;
  for (std::size_t i = 0; i + step <= folded.size(); i += step) {
    double sum = 0;
    for (std::size_t k = i; k < i + step; ++k) sum += static_cast<double>(folded[k]) * folded[k];
    level.push_back(std::sqrt(sum / static_cast<double>(step)));
  }
  const double beat = 200 * 60 / bpm;
  for (const double beats : {0.25, 0.5, 1.0}) f[at++] = repeats(level, beat * beats) / 0.15;
  for (const double share : spectrum.pitch_classes()) f[at++] = share / 0.04;
  return f;
}

int clear_differences(const Features& a, const Features& b) noexcept {
  int n = 0;
  for (std::size_t i = 0; i < a.size(); ++i) n += std::abs(a[i] - b[i]) >= 1 ? 1 : 0;
  return n;
}

}  // namespace figment::judge
