#include "instruments/interpolator.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

namespace figment::instruments {
namespace {

constexpr int kHalf = 16;          // zero crossings either side, at the sample's own speed
constexpr int kPhases = 256;       // a straight line between that many rows errs by -94 dB
constexpr double kBeta = 6.76;     // 70 dB
constexpr double kCutoff = 0.865;  // of half the rate: the stop band begins at half the rate
constexpr int kStep = 8;           // taps are a multiple of it
typedef float Lanes __attribute__((vector_size(4 * kStep)));

// Kaiser's window from 0 to 1, as points with straight lines between (within 1e-7): its formula is slow.
class Window {
 public:
  Window() {
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const double x = std::min(1.0, static_cast<double>(i) / kPoints);
      points_[i] = std::cyl_bessel_i(0.0, kBeta * std::sqrt(1 - x * x)) / std::cyl_bessel_i(0.0, kBeta);
    }
  }
  [[nodiscard]] double at(double x) const noexcept {
    const double place = std::abs(x) * kPoints;
    if (place >= kPoints) return 0;
    const auto i = static_cast<std::size_t>(place);
    return points_[i] + (points_[i + 1] - points_[i]) * (place - static_cast<double>(i));
  }

 private:
  static constexpr int kPoints = 4096;
  std::array<double, kPoints + 2> points_;
};

inline Lanes load(const float* from) noexcept {
  Lanes v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

inline float sum(const Lanes& v) noexcept { return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])); }

}  // namespace

Interpolator::Interpolator() {
  const Window window;
  const auto kernel_at = [&](double t, double stretch) {
    const double y = std::numbers::pi * kCutoff * t / stretch;
    return (std::abs(y) < 1e-9 ? 1 : std::sin(y) / y) * window.at(t / (kHalf * stretch));
  };
  for (int semitones = 0; semitones < kKernels; ++semitones) {
    const double stretch = std::exp2(semitones / 12.0);
    Kernel& kernel = kernels_[static_cast<std::size_t>(semitones)];
    const int half = (static_cast<int>(std::ceil(kHalf * stretch)) + kStep / 2 - 1) / (kStep / 2) * (kStep / 2);
    kernel.taps = 2 * half;
    kernel.phases = static_cast<int>(std::ceil(kPhases / stretch));  // a stretched kernel is that much smoother
    kernel.rows.resize(static_cast<std::size_t>(kernel.phases + 1) * static_cast<std::size_t>(kernel.taps));
    std::vector<double> row(static_cast<std::size_t>(kernel.taps));
    for (int p = 0; p <= kernel.phases; ++p) {
      double total = 0;
      for (int k = 0; k < kernel.taps; ++k) {
        row[static_cast<std::size_t>(k)] = kernel_at(k - (half - 1) - static_cast<double>(p) / kernel.phases, stretch);
        total += row[static_cast<std::size_t>(k)];
      }
      // Every row lets a constant through as it is.
      std::transform(row.begin(), row.end(), kernel.rows.begin() + static_cast<std::ptrdiff_t>(p) * kernel.taps,
                     [total](double v) { return static_cast<float>(v / total); });
    }
  }
}

const Interpolator& Interpolator::shared() {
  static const Interpolator built;
  return built;
}

void Interpolator::read(const float* sound, std::uint64_t position, std::uint64_t step, float* out,
                        int frames) const noexcept {
  if (step == kOne && (position & (kOne - 1)) == 0) {
    std::copy_n(sound + (position >> 32), frames, out);
    return;
  }
  // The next kernel that lets nothing fold back.
  const float speed = static_cast<float>(step) * (1.0F / 4294967296.0F);
  const int semitones =
      speed <= 1 ? 0 : std::min(kKernels - 1, static_cast<int>(std::ceil(12 * std::log2(speed) - 0.01F)));
  const Kernel& kernel = kernels_[static_cast<std::size_t>(semitones)];
  const int taps = kernel.taps;
  const auto phases = static_cast<std::uint64_t>(kernel.phases);
  for (int n = 0; n < frames; ++n, position += step) {
    const float* x = sound + static_cast<std::int64_t>(position >> 32) - (taps / 2 - 1);
    const std::uint64_t phase = (position & (kOne - 1)) * phases;
    const float* first = kernel.rows.data() + (phase >> 32) * static_cast<std::uint64_t>(taps);
    const float between = static_cast<float>(phase & (kOne - 1)) * (1.0F / 4294967296.0F);
    // Two sums each, so that one addition need not wait for the one before.
    Lanes here{}, here_too{}, next{}, next_too{};
    int k = 0;
    for (; k + 2 * kStep <= taps; k += 2 * kStep) {
      const Lanes v = load(x + k), w = load(x + k + kStep);
      here += load(first + k) * v;
      next += load(first + taps + k) * v;
      here_too += load(first + k + kStep) * w;
      next_too += load(first + taps + k + kStep) * w;
    }
    if (k < taps) {
      const Lanes v = load(x + k);
      here += load(first + k) * v;
      next += load(first + taps + k) * v;
    }
    const float a = sum(here + here_too), b = sum(next + next_too);
    out[n] = a + (b - a) * between;
  }
}

}  // namespace figment::instruments
