#include "dsp/loudness.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace figment::dsp {

std::array<Biquad, 2> k_weighting(Hertz rate) noexcept {
  // Prototype constants that reproduce BS.1770's coefficients at 48 kHz: shelf
  // +4.0 dB at 1682 Hz with Q 0.707; high-pass at 38.1 Hz with Q 0.500.
  Biquad shelf;
  {
    const double k = std::tan(std::numbers::pi * 1681.974450955533 / rate.value), q = 0.7071752369554196;
    const double vh = std::pow(10.0, 3.999843853973347 / 20), vb = std::pow(vh, 0.4996667741545416);
    const double a0 = 1 + k / q + k * k;
    shelf = {(vh + vb * k / q + k * k) / a0, 2 * (k * k - vh) / a0, (vh - vb * k / q + k * k) / a0,
             2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0};
  }
  Biquad high;
  {
    const double k = std::tan(std::numbers::pi * 38.13547087602444 / rate.value), q = 0.5003270373238773;
    const double a0 = 1 + k / q + k * k;
    high = {1, -2, 1, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0};
  }
  return {shelf, high};
}

Lufs plain_loudness(audio::AudioView sound) {
  if (sound.empty()) return Lufs{-200};
  const auto filters = k_weighting(sound.rate());
  constexpr int kBlock = 256;
  Pair frames[kBlock];
  BiquadState states[2];
  const float* left = sound.channel(0);
  const float* right = sound.channels() > 1 ? sound.channel(1) : nullptr;
  Pair sum{0, 0};
  for (std::int64_t at = 0; at < sound.frames(); at += kBlock) {
    const int count = static_cast<int>(std::min<std::int64_t>(kBlock, sound.frames() - at));
    for (int i = 0; i < count; ++i) frames[i] = Pair{left[at + i], right ? right[at + i] : 0.0};
    run_cascade(filters.data(), states, 2, frames, count);
    for (int i = 0; i < count; ++i) sum += frames[i] * frames[i];
  }
  const double power = (sum[0] + sum[1]) / static_cast<double>(sound.frames());
  return Lufs{power > 1e-20 ? -0.691 + 10 * std::log10(power) : -200.0};
}

}  // namespace figment::dsp
