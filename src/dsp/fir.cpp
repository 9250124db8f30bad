#include "dsp/fir.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

namespace figment::dsp {
namespace {

#if defined(__AVX__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif
constexpr int kRegisters = kFirStep / kLanes;
typedef float Lanes __attribute__((vector_size(4 * kLanes)));

// Several registers of sums hide the latency of the multiply-adds. Always all of them, also where fewer frames are
// wanted: compilers fuse multiply and add differently in differently shaped loops, and then cutting a block would
// change bits.
template <class Store>
inline void blocks(const float* taps, int count, const float* x, int frames, Store store) noexcept {
  for (int i = 0; i < frames; i += kFirStep) {
    Lanes sums[kRegisters] = {};
    for (int j = 0; j < count; ++j) {
      for (int r = 0; r < kRegisters; ++r) {
        Lanes v;
        std::memcpy(&v, x + i + j + kLanes * r, sizeof v);
        sums[r] += taps[j] * v;
      }
    }
    for (int r = 0; r < kRegisters; ++r) store(sums[r], i + kLanes * r);
  }
}

}  // namespace

void fir(const float* taps, int count, const float* x, float* out, int frames) noexcept {
  blocks(taps, count, x, frames, [out](const Lanes& s, int at) { std::memcpy(out + at, &s, sizeof s); });
}

void fir_peak(const float* taps, int count, const float* x, float* out, int frames) noexcept {
  blocks(taps, count, x, frames, [out](const Lanes& s, int at) {
    Lanes most;
    std::memcpy(&most, out + at, sizeof most);
    const Lanes magnitude = s > -s ? s : -s;
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
