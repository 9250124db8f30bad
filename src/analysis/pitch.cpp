#include "analysis/pitch.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "dsp/fft.h"

namespace figment::analysis {
namespace {

// Every second sample: what lies above 11 kHz folds back weakly and has no say in a period.
constexpr int kStep = 2;
constexpr int kWindow = 1024;                       // 46 ms at 22.05 kHz
constexpr int kLags = 441;                          // 50 Hz
constexpr int kLeast = 11;                          // 2 kHz
constexpr int kSize = 2048;
constexpr float kDip = 0.15F;

}  // namespace

struct PitchFinder::Impl {
  dsp::RealFft whole{kSize}, window{kSize};
  std::vector<double> squares = std::vector<double>(kWindow + kLags + 1);
  std::vector<float> x = std::vector<float>(kWindow + kLags), d = std::vector<float>(kLags + 1);
};

PitchFinder::PitchFinder() : impl_(std::make_unique<Impl>()) {}
PitchFinder::~PitchFinder() = default;

PitchFrame PitchFinder::find(const float* centre) {
  Impl& m = *impl_;
  constexpr int kCount = kWindow + kLags;
  const float* first = centre - kCount * kStep / 2;
  for (int n = 0; n < kCount; ++n) m.x[static_cast<std::size_t>(n)] = 0.5F * (first[n * kStep] + 0.5F * (first[n * kStep - 1] + first[n * kStep + 1]));
  double mean = 0;
  for (const float v : m.x) mean += v;
  for (float& v : m.x) v -= static_cast<float>(mean / kCount);
  double sum = 0;
  m.squares[0] = 0;
  for (int n = 0; n < kCount; ++n) m.squares[static_cast<std::size_t>(n) + 1] = sum += static_cast<double>(m.x[static_cast<std::size_t>(n)]) * m.x[static_cast<std::size_t>(n)];
  PitchFrame frame;
  frame.level = static_cast<float>(std::sqrt(sum / kCount));
  if (frame.level < 1e-5F) return frame;

  // Correlation of the window with what follows it, by the convolution theorem.
  const auto a = m.whole.time(), b = m.window.time();
  std::fill(a.begin(), a.end(), 0.0F);
  std::fill(b.begin(), b.end(), 0.0F);
  std::copy(m.x.begin(), m.x.end(), a.begin());
  std::copy_n(m.x.begin(), kWindow, b.begin());
  m.whole.forward();
  m.window.forward();
  const auto fa = m.whole.spectrum(), fb = m.window.spectrum();
  for (std::size_t k = 0; k < fa.size(); ++k) fa[k] *= std::conj(fb[k]);
  m.whole.inverse();
  double running = 0;
  m.d[0] = 1;
  for (int lag = 1; lag <= kLags; ++lag) {
    const auto l = static_cast<std::size_t>(lag);
    const double energy = m.squares[kWindow] + (m.squares[kWindow + l] - m.squares[l]);
    const double difference = std::max(0.0, energy - 2.0 * a[l] / kSize);
    running += difference;
    m.d[l] = running > 0 ? static_cast<float>(difference * lag / running) : 1.0F;
  }
  int best = kLeast;
  for (int lag = kLeast; lag < kLags; ++lag) {
    const auto l = static_cast<std::size_t>(lag);
    if (m.d[l] < kDip && m.d[l] <= m.d[l + 1]) {
      best = lag;
      break;
    }
    if (m.d[l] < m.d[static_cast<std::size_t>(best)]) best = lag;
  }
  const auto i = static_cast<std::size_t>(best);
  frame.aperiodicity = std::min(1.0F, m.d[i]);
  if (frame.aperiodicity > 0.5F) return frame;
  const double below = m.d[i - 1], at = m.d[i], above = m.d[i + 1];
  const double curve = below - 2 * at + above;
  const double shift = curve > 1e-9 ? std::clamp(0.5 * (below - above) / curve, -0.5, 0.5) : 0;
  frame.hertz = static_cast<float>(kFeatureRate.value / kStep / (best + shift));
  return frame;
}

}  // namespace figment::analysis
