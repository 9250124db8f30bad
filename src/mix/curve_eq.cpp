#include "mix/curve_eq.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "dsp/fft.h"

namespace figment::mix {
namespace {

constexpr int kPadding = 4;   // transforms are so much longer than the filter: little wraps around

// The gain asked for at a frequency.
double asked(const analysis::BandLevels& gains, double hz) {
  constexpr double kLast = analysis::kBands - 1;
  const double position = 17 + 10 * std::log10(std::max(hz, 1e-3) / 1000);
  const double inside = std::clamp(position, 0.0, kLast);
  const auto low = static_cast<std::size_t>(std::min(inside, kLast - 1));
  const double t = inside - static_cast<double>(low);
  const double gain = gains[low] * (1 - t) + gains[low + 1] * t;
  const double outside = std::fabs(position - inside) / 3;   // octaves
  return gain > 0 ? gain * std::max(0.0, 1 - outside) : gain;
}

}  // namespace

CurveEq::CurveEq(const analysis::BandLevels& gains_db, Hertz rate)
    : rate_(rate), taps_(static_cast<int>(std::bit_floor(static_cast<unsigned>(std::clamp(rate.value / 4.1, 256.0, 131072.0))))) {
  dsp::RealFft fft(kPadding * taps_);
  const int size = fft.size();
  for (int k = 0; k < fft.bins(); ++k)
    fft.spectrum()[static_cast<std::size_t>(k)] = static_cast<float>(asked(gains_db, k * rate.value / size) * std::numbers::ln10 / 20);
  fft.inverse();
  // Folding the cepstrum's past onto its future makes the phase that goes with the magnitude.
  const auto scale = 1 / static_cast<float>(size);
  for (int n = 0; n < size; ++n) fft.time()[static_cast<std::size_t>(n)] *= n == 0 || n == size / 2 ? scale : n < size / 2 ? 2 * scale : 0.0F;
  fft.forward();
  for (auto& bin : fft.spectrum()) bin = std::exp(bin);
  fft.inverse();
  impulse_.resize(static_cast<std::size_t>(taps_));
  for (int n = 0; n < taps_; ++n) {
    // The last quarter fades, so that cutting the response off adds no ripple.
    const double t = std::max(0.0, (n - 0.75 * taps_) / (0.25 * taps_));
    impulse_[static_cast<std::size_t>(n)] = fft.time()[static_cast<std::size_t>(n)] * scale * static_cast<float>(0.5 + 0.5 * std::cos(std::numbers::pi * t));
  }
  std::fill(fft.time().begin(), fft.time().end(), 0.0F);
  std::copy(impulse_.begin(), impulse_.end(), fft.time().begin());
  fft.forward();
  spectrum_.assign(fft.spectrum().begin(), fft.spectrum().end());
}

void CurveEq::process(audio::AudioBlock sound) const {
  dsp::RealFft fft(kPadding * taps_);
  const std::int64_t size = fft.size(), overlap = taps_ - 1, hop = size - overlap;
  const auto scale = 1 / static_cast<float>(size);
  std::vector<float> past(static_cast<std::size_t>(overlap));
  for (int c = 0; c < sound.channels(); ++c) {
    float* x = sound.channel(c);
    std::fill(past.begin(), past.end(), 0.0F);
    for (std::int64_t at = 0; at < sound.frames(); at += hop) {
      const std::int64_t count = std::min(hop, sound.frames() - at);
      const auto time = fft.time();
      std::copy(past.begin(), past.end(), time.begin());
      std::copy_n(x + at, count, time.begin() + overlap);
      std::fill(time.begin() + overlap + count, time.end(), 0.0F);
      if (count == hop) std::copy_n(x + at + hop - overlap, overlap, past.begin());
      fft.forward();
      for (std::size_t k = 0; k < spectrum_.size(); ++k) fft.spectrum()[k] *= spectrum_[k] * scale;
      fft.inverse();
      std::copy_n(fft.time().begin() + overlap, count, x + at);
    }
  }
}

double CurveEq::response(Hertz at) const {
  std::complex<double> sum = 0;
  for (std::size_t n = 0; n < impulse_.size(); ++n)
    sum += static_cast<double>(impulse_[n]) * std::polar(1.0, -2 * std::numbers::pi * at.value / rate_.value * static_cast<double>(n));
  return 20 * std::log10(std::max(std::abs(sum), 1e-10));
}

}  // namespace figment::mix
