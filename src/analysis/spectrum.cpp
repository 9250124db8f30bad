#include "analysis/spectrum.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "dsp/fft.h"

namespace figment::analysis {
namespace {

constexpr int kSize = 8192;  // 5.4 Hz at 44.1 kHz: three bins in the 20 Hz band's neighbourhood
constexpr int kHop = 8192;   // no overlap: averages need none
constexpr double kGate = 1e-3;

}  // namespace

Hertz band_centre(int band) noexcept { return Hertz{1000.0 * std::pow(10.0, (band - 17) / 10.0)}; }

double nominal_hertz(int band) noexcept {
  constexpr std::array<double, 10> kNames{2, 2.5, 3.15, 4, 5, 6.3, 8, 10, 12.5, 16};
  const double name = 10 * kNames[static_cast<std::size_t>(band % 10)];
  return std::round(10 * name * std::pow(10.0, band / 10)) / 10;   // NOLINT: whole decades
}

double slope(const BandLevels& levels, Hertz from, Hertz to) noexcept {
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (int b = 0; b < kBands; ++b) {
    const double f = band_centre(b).value;
    if (f < from.value * 0.99 || f > to.value * 1.01 || levels[static_cast<std::size_t>(b)] <= -199) continue;
    const double x = std::log2(f), y = levels[static_cast<std::size_t>(b)];
    n += 1, sx += x, sy += y, sxx += x * x, sxy += x * y;
  }
  const double d = n * sxx - sx * sx;
  return n < 2 || d == 0 ? 0 : (n * sxy - sx * sy) / d;
}

struct SpectrumMeter::Impl {
  explicit Impl(Hertz r) : rate(r), fft(kSize), window(dsp::hann(kSize)) {
    for (auto& h : held) h.assign(kSize, 0.0F);
    edges.reserve(kBands + 1);
    for (int b = 0; b <= kBands; ++b) edges.push_back(1000.0 * std::pow(10.0, (b - 17.5) / 10.0) / rate.value * kSize);
  }
  Hertz rate;
  dsp::RealFft fft;
  std::vector<float> window;
  std::array<std::vector<float>, 2> held;
  int filled = 0;
  int channels = 1;
  std::vector<double> edges;                              // band edges in bins
  SpectraByLevel by_level;
  double left_right = 0, mid = 0, side = 0;

  void analyse() {
    std::array<double, kBands> power{};
    double total = 0;
    for (int c = 0; c < channels; ++c) {
      auto time = fft.time();
      for (int n = 0; n < kSize; ++n) time[static_cast<std::size_t>(n)] = held[static_cast<std::size_t>(c)][static_cast<std::size_t>(n)] * window[static_cast<std::size_t>(n)];
      fft.forward();
      const auto bins = fft.spectrum();
      for (int b = 0; b < kBands; ++b) {
        // A band's edge bins count by the share that lies inside.
        const double low = edges[static_cast<std::size_t>(b)];
        const double high = std::min(edges[static_cast<std::size_t>(b) + 1], kSize / 2.0);
        double sum = 0;
        for (int k = static_cast<int>(low + 0.5); k <= static_cast<int>(high + 0.5) && k <= kSize / 2; ++k) {
          const double share = std::min(high, k + 0.5) - std::max(low, k - 0.5);
          if (share > 0) sum += share * std::norm(bins[static_cast<std::size_t>(k)]);
        }
        power[static_cast<std::size_t>(b)] += sum / channels;
        total += sum;
      }
    }
    if (total > 1e-12) {
      auto& sums = by_level[static_cast<int>(std::floor(10 * std::log10(total)))];
      for (std::size_t b = 0; b < kBands; ++b) sums[b] += power[b];
    }
    filled = 0;
  }
};

SpectrumMeter::SpectrumMeter(Hertz rate) : impl_(std::make_unique<Impl>(rate)) {}
SpectrumMeter::~SpectrumMeter() = default;
SpectrumMeter::SpectrumMeter(SpectrumMeter&&) noexcept = default;

void SpectrumMeter::add(audio::AudioView sound) {
  Impl& m = *impl_;
  m.channels = std::min(sound.channels(), 2);
  const float* left = sound.empty() ? nullptr : sound.channel(0);
  const float* right = sound.empty() ? nullptr : sound.channel(m.channels - 1);
  double lr = 0, mid = 0, side = 0;
  for (std::int64_t n = 0; n < sound.frames(); ++n) {
    lr += 0.5 * (left[n] * left[n] + right[n] * right[n]);
    const float s = 0.5F * (left[n] + right[n]), d = 0.5F * (left[n] - right[n]);
    mid += s * s;
    side += d * d;
  }
  m.left_right += lr;
  m.mid += mid;
  m.side += side;
  for (std::int64_t at = 0; at < sound.frames();) {
    const std::int64_t count = std::min<std::int64_t>(kSize - m.filled, sound.frames() - at);
    std::copy_n(left + at, count, m.held[0].begin() + m.filled);
    std::copy_n(right + at, count, m.held[1].begin() + m.filled);
    m.filled += static_cast<int>(count);
    at += count;
    if (m.filled == kSize) m.analyse();
  }
  static_assert(kHop == kSize);
}

BandLevels gated_spectrum(const SpectraByLevel& spectra) {
  BandLevels levels;
  std::array<double, kBands> sums{};
  if (!spectra.empty()) {
    const int gate = spectra.rbegin()->first + static_cast<int>(std::lround(10 * std::log10(kGate)));
    for (const auto& [level, power] : spectra)
      if (level >= gate)
        for (std::size_t b = 0; b < kBands; ++b) sums[b] += power[b];
  }
  for (std::size_t b = 0; b < kBands; ++b) levels[b] = sums[b] > 1e-20 ? 10 * std::log10(sums[b]) : -200;
  return levels;
}

BandLevels SpectrumMeter::result() const { return gated_spectrum(impl_->by_level); }

void SpectrumMeter::give(SpectraByLevel& spectra, double& left_right, double& mid, double& side) const {
  spectra = impl_->by_level;
  left_right = impl_->left_right;
  mid = impl_->mid;
  side = impl_->side;
}

double SpectrumMeter::mono_loss() const {
  return impl_->left_right <= 0 ? 0 : -10 * std::log10(std::max(impl_->mid, 1e-20) / impl_->left_right);
}

double SpectrumMeter::width() const { return impl_->mid <= 0 ? 0 : std::min(1.0, impl_->side / impl_->mid); }

}  // namespace figment::analysis
