#include "dsp/oversampler.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "dsp/fir.h"

namespace figment::dsp {
namespace {

// `in` holds `memory` old samples, then the new ones; afterwards the newest `memory` are at its front.
void keep_newest(float* in, int memory, int frames) noexcept {
  std::memmove(in, in + frames, sizeof(float) * static_cast<std::size_t>(memory));
}

}  // namespace

template <int Half, int Block>
void Oversampler::Stage<Half, Block>::design() {
  constexpr int count = 4 * Half - 1;
  std::vector<float> all(count);
  design_low_pass(all.data(), count, 0.5, 8.0, 1.0);
  // Every second tap around the centre is zero by design; the others must sum to exactly one half.
  double sum = 0;
  for (int j = 0; j < 2 * Half; ++j) sum += all[static_cast<std::size_t>(2 * j)];
  for (int j = 0; j < 2 * Half; ++j) {
    taps[static_cast<std::size_t>(j)] = static_cast<float>(all[static_cast<std::size_t>(2 * j)] * 0.5 / sum);
  }
}

template <int Half, int Block>
void Oversampler::Stage<Half, Block>::clear() noexcept {
  up_in.fill(0);
  even_in.fill(0);
  odd_in.fill(0);
}

// Between the old samples (odd outputs) and halfway (even outputs); the taps are symmetric, so their order is free.
template <int Half, int Block>
void Oversampler::Stage<Half, Block>::up(const float* x, int frames, float* out) noexcept {
  constexpr int memory = 2 * Half - 1;
  std::memcpy(up_in.data() + memory, x, sizeof(float) * static_cast<std::size_t>(frames));
  alignas(32) std::array<float, Block + kFirStep> halfway;
  fir(taps.data(), 2 * Half, up_in.data(), halfway.data(), frames);
  for (int i = 0; i < frames; ++i) {
    out[2 * i] = 2 * halfway[static_cast<std::size_t>(i)];
    out[2 * i + 1] = up_in[static_cast<std::size_t>(i + Half)];  // = x[i - (Half - 1)]
  }
  keep_newest(up_in.data(), memory, frames);
}

template <int Half, int Block>
void Oversampler::Stage<Half, Block>::down(const float* x, int frames, float* out) noexcept {
  constexpr int memory = 2 * Half - 1;
  for (int i = 0; i < frames; ++i) {
    even_in[static_cast<std::size_t>(memory + i)] = x[2 * i];
    odd_in[static_cast<std::size_t>(memory + i)] = x[2 * i + 1];
  }
  alignas(32) std::array<float, Block + kFirStep> sum;
  fir(taps.data(), 2 * Half, even_in.data(), sum.data(), frames);
  for (int i = 0; i < frames; ++i) {  // the centre tap meets the odd phase of Half frames ago
    out[i] = sum[static_cast<std::size_t>(i)] + 0.5F * odd_in[static_cast<std::size_t>(memory + i - Half)];
  }
  keep_newest(even_in.data(), memory, frames);
  keep_newest(odd_in.data(), memory, frames);
}

void Oversampler::prepare(int times) {
  times_ = times == 4 ? 4 : 2;
  steep_.design();
  easy_.design();
  clear();
}

void Oversampler::clear() noexcept {
  steep_.clear();
  easy_.clear();
  held_ = 0;
}

float* Oversampler::up(const float* x, int frames) noexcept {
  steep_.up(x, frames, double_.data());
  if (times_ == 2) return double_.data();
  easy_.up(double_.data(), 2 * frames, quadruple_.data());
  return quadruple_.data();
}

void Oversampler::down(int frames, float* out) noexcept {
  if (times_ == 4) {
    float* twice = double_.data();
    easy_.down(quadruple_.data(), 2 * frames, twice);
    const float last = twice[2 * frames - 1];
    std::memmove(twice + 1, twice, sizeof(float) * static_cast<std::size_t>(2 * frames - 1));
    twice[0] = std::exchange(held_, last);
  }
  steep_.down(double_.data(), frames, out);
}

}  // namespace figment::dsp
