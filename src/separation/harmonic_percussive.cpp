#include "separation/harmonic_percussive.h"

#include <algorithm>
#include <cmath>

#include "base/executor.h"

namespace figment::separation {
namespace {

// Found on half of the mixtures it is judged by.
constexpr Seconds kStands{0.3};       // length of the median along time
constexpr Hertz kStripe{334};         // and along frequency
constexpr Hertz kLowEnd{150};
constexpr float kDoubt = 1.2F;        // what stands counts for more: a missing stroke hurts less than a chord among the drums
constexpr float kFloor = 1e-12F;

// The window as a sorted list: few enough values that moving them is the fastest way.
void sliding_median(const float* in, std::int64_t count, std::int64_t step, int length, float* out, std::vector<float>& sorted) {
  const std::int64_t half = length / 2;
  sorted.clear();
  for (std::int64_t i = -half; i < count; ++i) {
    if (i + half < count) {
      const float x = in[(i + half) * step];
      sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), x), x);
    }
    if (i - half - 1 >= 0) sorted.erase(std::lower_bound(sorted.begin(), sorted.end(), in[(i - half - 1) * step]));
    if (i >= 0) {
      const std::size_t n = sorted.size();
      out[i * step] = n % 2 == 1 ? sorted[n / 2] : 0.5F * (sorted[n / 2 - 1] + sorted[n / 2]);
    }
  }
}

}  // namespace

Plane magnitudes(const Spectrogram& s) {
  Plane m(s.frames, s.bins);
  parallel_for(static_cast<std::size_t>(s.frames), [&](std::size_t t) {
    float* out = m.row(static_cast<std::int64_t>(t));
    for (int c = 0; c < s.channels; ++c) {
      const std::complex<float>* in = s.row(c, static_cast<std::int64_t>(t));
      for (int k = 0; k < s.bins; ++k) out[k] += in[k].real() * in[k].real() + in[k].imag() * in[k].imag();
    }
    for (int k = 0; k < s.bins; ++k) out[k] = std::sqrt(out[k]);
  });
  return m;
}

Plane median_over_frequency(const Plane& x, int length) {
  Plane out(x.frames, x.bins);
  parallel_for(static_cast<std::size_t>(x.frames), [&](std::size_t t) {
    std::vector<float> sorted;
    sliding_median(x.row(static_cast<std::int64_t>(t)), x.bins, 1, length, out.row(static_cast<std::int64_t>(t)), sorted);
  });
  return out;
}

Plane median_over_time(const Plane& x, int length) {
  Plane out(x.frames, x.bins);
  constexpr int kBins = 16;
  parallel_for(static_cast<std::size_t>((x.bins + kBins - 1) / kBins), [&](std::size_t job) {
    std::vector<float> sorted, in(static_cast<std::size_t>(x.frames)), result(static_cast<std::size_t>(x.frames));
    const int first = static_cast<int>(job) * kBins, last = std::min(x.bins, first + kBins);
    for (int k = first; k < last; ++k) {
      for (std::int64_t t = 0; t < x.frames; ++t) in[static_cast<std::size_t>(t)] = x.row(t)[k];
      sliding_median(in.data(), x.frames, 1, length, result.data(), sorted);
      for (std::int64_t t = 0; t < x.frames; ++t) out.row(t)[k] = result[static_cast<std::size_t>(t)];
    }
  });
  return out;
}

Plane share_that_strikes(const Spectrogram& s, const Plane& magnitudes) {
  const auto odd = [](double x) { return static_cast<int>(x / 2) * 2 + 1; };
  const double hertz_a_bin = s.rate.value / s.size;
  Plane share = median_over_frequency(magnitudes, odd(kStripe.value / hertz_a_bin));
  const Plane stands = median_over_time(magnitudes, odd(kStands.value / s.seconds_per_frame()));
  const int low = static_cast<int>(std::ceil(kLowEnd.value / hertz_a_bin));
  parallel_for(static_cast<std::size_t>(s.frames), [&](std::size_t frame) {
    const auto t = static_cast<std::int64_t>(frame);
    const float *v = magnitudes.row(t), *h = stands.row(t);
    float* x = share.row(t);
    for (int k = 0; k < s.bins; ++k) {
      const float p = k < low ? std::max(0.0F, v[k] - h[k]) : x[k];
      x[k] = p * p / (kDoubt * h[k] * h[k] + p * p + kFloor);
    }
  });
  return share;
}

}  // namespace figment::separation
