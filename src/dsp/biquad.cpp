#include "dsp/biquad.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace figment::dsp {
namespace {

struct Angle {
  double cosine, alpha;
  Angle(double hz, double q, double rate) noexcept {
    const double w = 2 * std::numbers::pi * std::clamp(hz, 1.0, 0.49 * rate) / rate;
    cosine = std::cos(w);
    alpha = std::sin(w) / (2 * std::max(q, 1e-3));
  }
};

Biquad normalised(double b0, double b1, double b2, double a0, double a1, double a2) noexcept {
  const double k = 1 / a0;
  return {b0 * k, b1 * k, b2 * k, a1 * k, a2 * k};
}

template <std::size_t Count>
void run_together(const Biquad* sections, BiquadState* states, Pair* io, int frames) noexcept {
  BiquadState s[Count];
  for (std::size_t k = 0; k < Count; ++k) s[k] = states[k];
  for (int i = 0; i < frames; ++i) {
    Pair x = io[i];
    for (std::size_t k = 0; k < Count; ++k) x = step(sections[k], s[k], x);
    io[i] = x;
  }
  for (std::size_t k = 0; k < Count; ++k) states[k] = s[k];
}

}  // namespace

Biquad Biquad::low_pass(double hz, double q, double rate) noexcept {
  const auto [c, alpha] = Angle(hz, q, rate);
  return normalised((1 - c) / 2, 1 - c, (1 - c) / 2, 1 + alpha, -2 * c, 1 - alpha);
}
Biquad Biquad::high_pass(double hz, double q, double rate) noexcept {
  const auto [c, alpha] = Angle(hz, q, rate);
  return normalised((1 + c) / 2, -(1 + c), (1 + c) / 2, 1 + alpha, -2 * c, 1 - alpha);
}
Biquad Biquad::band_pass(double hz, double q, double rate) noexcept {
  const auto [c, alpha] = Angle(hz, q, rate);
  return normalised(alpha, 0, -alpha, 1 + alpha, -2 * c, 1 - alpha);
}
Biquad Biquad::all_pass(double hz, double q, double rate) noexcept {
  const auto [c, alpha] = Angle(hz, q, rate);
  return normalised(1 - alpha, -2 * c, 1 + alpha, 1 + alpha, -2 * c, 1 - alpha);
}
Biquad Biquad::bell(double hz, double db, double q, double rate) noexcept {
  const auto [c, alpha] = Angle(hz, q, rate);
  const double a = std::pow(10.0, db / 40);
  return normalised(1 + alpha * a, -2 * c, 1 - alpha * a, 1 + alpha / a, -2 * c, 1 - alpha / a);
}
Biquad Biquad::low_shelf(double hz, double db, double q, double rate) noexcept {
  const auto [c, alpha] = Angle(hz, q, rate);
  const double a = std::pow(10.0, db / 40);
  const double r = 2 * std::sqrt(a) * alpha;
  return normalised(a * ((a + 1) - (a - 1) * c + r), 2 * a * ((a - 1) - (a + 1) * c), a * ((a + 1) - (a - 1) * c - r),
                    (a + 1) + (a - 1) * c + r, -2 * ((a - 1) + (a + 1) * c), (a + 1) + (a - 1) * c - r);
}
Biquad Biquad::high_shelf(double hz, double db, double q, double rate) noexcept {
  const auto [c, alpha] = Angle(hz, q, rate);
  const double a = std::pow(10.0, db / 40);
  const double r = 2 * std::sqrt(a) * alpha;
  return normalised(a * ((a + 1) + (a - 1) * c + r), -2 * a * ((a - 1) + (a + 1) * c), a * ((a + 1) + (a - 1) * c - r),
                    (a + 1) - (a - 1) * c + r, 2 * ((a - 1) - (a + 1) * c), (a + 1) - (a - 1) * c - r);
}
Biquad Biquad::low_pass_1(double hz, double rate) noexcept {
  const double g = std::tan(std::numbers::pi * std::clamp(hz, 1.0, 0.49 * rate) / rate);
  return normalised(g, g, 0, 1 + g, g - 1, 0);
}
Biquad Biquad::high_pass_1(double hz, double rate) noexcept {
  const double g = std::tan(std::numbers::pi * std::clamp(hz, 1.0, 0.49 * rate) / rate);
  return normalised(1, -1, 0, 1 + g, g - 1, 0);
}

std::complex<double> Biquad::response(double hz, double rate) const noexcept {
  const auto z = std::polar(1.0, -2 * std::numbers::pi * hz / rate);
  return (b0 + z * (b1 + z * b2)) / (1.0 + z * (a1 + z * a2));
}

void run_cascade(const Biquad* sections, BiquadState* states, std::size_t count, Pair* io, int frames) noexcept {
  for (; count >= 4; count -= 4, sections += 4, states += 4) run_together<4>(sections, states, io, frames);
  if (count == 3) run_together<3>(sections, states, io, frames);
  if (count == 2) run_together<2>(sections, states, io, frames);
  if (count == 1) run_together<1>(sections, states, io, frames);
}

bool settle(BiquadState* states, std::size_t count) noexcept {
  double most = 0;
  for (std::size_t k = 0; k < count; ++k) {
    for (int c = 0; c < 2; ++c) most = std::max({most, std::abs(states[k].s1[c]), std::abs(states[k].s2[c])});
  }
  if (most > 1e-9) return false;
  std::fill_n(states, count, BiquadState{});
  return true;
}

}  // namespace figment::dsp
