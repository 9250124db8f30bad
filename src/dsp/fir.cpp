#include "dsp/fir.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

namespace figment::dsp {
namespace {

typedef float Eight __attribute__((vector_size(32)));

// Four registers of sums hide the latency of the multiply-adds. Always all four, also where fewer frames are wanted:
// compilers fuse multiply and add differently in differently shaped loops, and then cutting a block would change bits.
template <class Store>
inline void blocks(const float* taps, int count, const float* x, int frames, Store store) noexcept {
  for (int i = 0; i < frames; i += kFirStep) {
    Eight sums[4] = {};
    for (int j = 0; j < count; ++j) {
      for (int r = 0; r < 4; ++r) {
        Eight v;
        std::memcpy(&v, x + i + j + 8 * r, sizeof v);
        sums[r] += taps[j] * v;
      }
    }
    for (int r = 0; r < 4; ++r) store(sums[r], i + 8 * r);
  }
}

}  // namespace

void fir(const float* taps, int count, const float* x, float* out, int frames) noexcept {
  blocks(taps, count, x, frames, [out](const Eight& s, int at) { std::memcpy(out + at, &s, sizeof s); });
}

void fir_peak(const float* taps, int count, const float* x, float* out, int frames) noexcept {
  blocks(taps, count, x, frames, [out](const Eight& s, int at) {
    Eight most;
    std::memcpy(&most, out + at, sizeof most);
    const Eight magnitude = s > -s ? s : -s;
    most = magnitude > most ? magnitude : most;
    std::memcpy(out + at, &most, sizeof most);
  });
}

void design_low_pass(float* taps, int count, double cutoff, double beta, double gain) {
  std::vector<double> h(static_cast<std::size_t>(count));
  const double centre = (count - 1) / 2.0;
  double sum = 0;
  for (int k = 0; k < count; ++k) {
    const double t = k - centre;
    const double sinc = t == 0 ? cutoff : std::sin(std::numbers::pi * cutoff * t) / (std::numbers::pi * t);
    const double r = centre > 0 ? t / (centre + 0.5) : 0;
    h[static_cast<std::size_t>(k)] = sinc * std::cyl_bessel_i(0.0, beta * std::sqrt(std::max(0.0, 1 - r * r)));
    sum += h[static_cast<std::size_t>(k)];
  }
  for (int k = 0; k < count; ++k) taps[k] = static_cast<float>(h[static_cast<std::size_t>(k)] * gain / sum);
}

}  // namespace figment::dsp
