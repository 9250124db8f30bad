#include "sampling/onset_isolation.h"

#include <algorithm>
#include <cmath>

#include "dsp/fft.h"

namespace figment::sampling {
namespace {

constexpr int kSize = 1024, kHop = 256;
constexpr std::size_t kClear = 64;           // samples before the attack that may hold its first rise
constexpr float kOver = 1.4F;                // taken off a little more than is expected: what is left of tones sounds like tones

}  // namespace

std::vector<float> without_ringing(const std::vector<float>& mono, std::size_t place) {
  std::vector<float> out(mono.begin() + static_cast<std::ptrdiff_t>(std::min(place, mono.size())), mono.end());
  if (place < kIsolationBefore + kClear || place >= mono.size()) return out;
  dsp::RealFft fft(kSize);
  const std::vector<float> window = dsp::hann(kSize);
  const auto size = static_cast<std::size_t>(kSize), hop = static_cast<std::size_t>(kHop), bins = static_cast<std::size_t>(fft.bins());
  const auto load = [&](std::ptrdiff_t from) {
    for (std::size_t n = 0; n < size; ++n) {
      const std::ptrdiff_t at = from + static_cast<std::ptrdiff_t>(n);
      fft.time()[n] = at < 0 || at >= static_cast<std::ptrdiff_t>(mono.size()) ? 0 : mono[static_cast<std::size_t>(at)] * std::sqrt(window[n]);
    }
    fft.forward();
  };
  const auto last = static_cast<std::ptrdiff_t>(place - kClear - size), earlier = last - static_cast<std::ptrdiff_t>(size);
  std::vector<float> before(bins), now(bins), decay(bins);
  load(earlier);
  for (std::size_t k = 0; k < bins; ++k) before[k] = std::abs(fft.spectrum()[k]);
  load(last);
  for (std::size_t k = 0; k < bins; ++k) now[k] = std::abs(fft.spectrum()[k]);
  for (std::size_t k = 0; k < bins; ++k) {
    float a = 1e-9F, b = 1e-9F;
    for (std::size_t i = k > 2 ? k - 2 : 0; i <= std::min(k + 2, bins - 1); ++i) a += now[i], b += before[i];
    decay[k] = std::clamp(a / b, 0.3F, 1.0F);
  }
  std::vector<float> sum(mono.size() - place + size, 0.0F);      // from place - size
  const auto origin = static_cast<std::ptrdiff_t>(place) - static_cast<std::ptrdiff_t>(size);
  for (std::ptrdiff_t from = origin + static_cast<std::ptrdiff_t>(hop); from < static_cast<std::ptrdiff_t>(mono.size()); from += kHop) {
    load(from);
    const float lag = static_cast<float>(from - last) / static_cast<float>(kSize);
    for (std::size_t k = 0; k < bins; ++k) {
      const float size_now = std::abs(fft.spectrum()[k]), rings = kOver * now[k] * std::pow(decay[k], lag);
      fft.spectrum()[k] *= size_now > rings ? (size_now - rings) / size_now : 0.0F;
    }
    fft.inverse();
    for (std::size_t n = 0; n < size; ++n) {
      const std::ptrdiff_t at = from - origin + static_cast<std::ptrdiff_t>(n);
      if (at >= 0 && at < static_cast<std::ptrdiff_t>(sum.size())) sum[static_cast<std::size_t>(at)] += fft.time()[n] * std::sqrt(window[n]) / static_cast<float>(2 * kSize);
    }
  }
  std::copy(sum.begin() + static_cast<std::ptrdiff_t>(size), sum.end(), out.begin());
  return out;
}

}  // namespace figment::sampling
