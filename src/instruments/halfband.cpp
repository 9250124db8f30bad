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

namespace {

typedef float Four __attribute__((vector_size(16)));

}  // namespace

void Halfband::down(const float* in, float* out, int count) noexcept {
  // Lanes: the two chains.
  run<false>(*this, *this, in, in, out, out, count);
}

void Halfband::down_pair(Halfband& left, Halfband& right, float* l, float* r, int count) noexcept {
  run<true>(left, right, l, r, l, r, count);
}

// Lanes: the two chains of the left side, the two of the right.
template <bool kPair>
void Halfband::run(Halfband& left, Halfband& right, const float* in_l, const float* in_r, float* l, float* r,
                   int count) noexcept {
  constexpr std::size_t kSteps = kSections / 2;
  Four c[kSteps], x[kSteps], y[kSteps];
  for (std::size_t i = 0; i < kSteps; ++i) {
    const auto j = 2 * i;
    c[i] = Four{left.coefficient_[j], left.coefficient_[j + 1], left.coefficient_[j], left.coefficient_[j + 1]};
    x[i] = Four{left.x_[j], left.x_[j + 1], right.x_[j], right.x_[j + 1]};
    y[i] = Four{left.y_[j], left.y_[j + 1], right.y_[j], right.y_[j + 1]};
  }
  for (int n = 0; n < count; ++n) {
    Four v{in_l[2 * n + 1], in_l[2 * n], in_r[2 * n + 1], in_r[2 * n]};
    for (std::size_t i = 0; i < kSteps; ++i) {
      const Four next = (v - y[i]) * c[i] + x[i];
      x[i] = v;
      y[i] = v = next;
    }
    l[n] = 0.5F * (v[0] + v[1]);
    if constexpr (kPair) r[n] = 0.5F * (v[2] + v[3]);
  }
  for (std::size_t i = 0; i < kSteps; ++i) {
    left.x_[2 * i] = x[i][0], left.x_[2 * i + 1] = x[i][1];
    left.y_[2 * i] = y[i][0], left.y_[2 * i + 1] = y[i][1];
    if constexpr (!kPair) continue;
    right.x_[2 * i] = x[i][2], right.x_[2 * i + 1] = x[i][3];
    right.y_[2 * i] = y[i][2], right.y_[2 * i + 1] = y[i][3];
  }
}

}  // namespace figment::instruments
