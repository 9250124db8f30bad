#include "instruments/halfband.h"

#include <cmath>

namespace figment::instruments {

Halfband::Halfband() {
  constexpr double kPi = 3.14159265358979323846, kTransition = 0.025;
  double k = std::tan((1.0 - 2.0 * kTransition) * kPi / 4.0);
  k *= k;
  const double root = std::pow(1.0 - k * k, 0.25);
  const double e = 0.5 * (1.0 - root) / (1.0 + root);
  const double q = e + 2 * std::pow(e, 5) + 15 * std::pow(e, 9) + 150 * std::pow(e, 13);  // the elliptic nome
  const int order = 2 * kSections + 1;
  for (int i = 0; i < kSections; ++i) {
    double above = 0, below = 0.5;
    for (int j = 0; j < 12; ++j)
      above += (j % 2 ? -1 : 1) * std::pow(q, j * (j + 1)) * std::sin((2 * j + 1) * (i + 1) * kPi / order);
    for (int j = 1; j < 12; ++j)
      below += (j % 2 ? -1 : 1) * std::pow(q, j * j) * std::cos(2 * j * (i + 1) * kPi / order);
    const double w = std::pow(q, 0.25) * above / below, ww = w * w;
    const double x = std::sqrt((1 - ww * k) * (1 - ww / k)) / (1 + ww);
    coefficient_[static_cast<std::size_t>(i)] = static_cast<float>((1 - x) / (1 + x));
  }
}

void Halfband::reset() noexcept { x_ = y_ = {}; }

void Halfband::down(const float* in, float* out, int count) noexcept {
  auto x = x_, y = y_;
  for (int n = 0; n < count; ++n) {
    float a = in[2 * n + 1], b = in[2 * n];
    for (std::size_t i = 0; i < kSections; i += 2) {
      const float ya = (a - y[i]) * coefficient_[i] + x[i];
      x[i] = a;
      y[i] = a = ya;
      const float yb = (b - y[i + 1]) * coefficient_[i + 1] + x[i + 1];
      x[i + 1] = b;
      y[i + 1] = b = yb;
    }
    out[n] = 0.5F * (a + b);
  }
  x_ = x;
  y_ = y;
}

}  // namespace figment::instruments
