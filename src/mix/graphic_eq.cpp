#include "mix/graphic_eq.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <utility>

#include "dsp/biquad.h"

namespace figment::mix {
namespace {

constexpr std::size_t kCount = 10;
using Gains = std::array<double, kCount>;
using Sections = std::array<dsp::Biquad, kCount>;

double centre(std::size_t band) { return 31.25 * std::exp2(static_cast<double>(band)); }

Sections sections_for(const Gains& gains, double rate) {
  Sections out;
  for (std::size_t i = 0; i < kCount; ++i) {
    const double f = std::min(centre(i), rate * 0.45);
    if (i == 0) out[i] = dsp::Biquad::low_shelf(f * 1.4, gains[i], 0.7, rate);
    else if (i == kCount - 1) out[i] = dsp::Biquad::high_shelf(std::min(f * 0.75, rate * 0.4), gains[i], 0.7, rate);
    else out[i] = dsp::Biquad::bell(f, gains[i], 1.2, rate);
  }
  return out;
}

double response(const Sections& sections, double hz, double rate) {
  double db = 0;
  for (const auto& s : sections) db += 20 * std::log10(std::max(std::abs(s.response(hz, rate)), 1e-9));
  return db;
}

// Solves a x = b in place by Gaussian elimination with pivoting.
Gains solve(std::array<Gains, kCount> a, Gains b) {
  for (std::size_t i = 0; i < kCount; ++i) {
    std::size_t pivot = i;
    for (std::size_t r = i + 1; r < kCount; ++r)
      if (std::fabs(a[r][i]) > std::fabs(a[pivot][i])) pivot = r;
    std::swap(a[i], a[pivot]);
    std::swap(b[i], b[pivot]);
    for (std::size_t r = i + 1; r < kCount; ++r) {
      const double f = a[r][i] / a[i][i];
      for (std::size_t c = i; c < kCount; ++c) a[r][c] -= f * a[i][c];
      b[r] -= f * b[i];
    }
  }
  Gains x{};
  for (std::size_t i = kCount; i-- > 0;) {
    double sum = b[i];
    for (std::size_t c = i + 1; c < kCount; ++c) sum -= a[i][c] * x[c];
    x[i] = sum / a[i][i];
  }
  return x;
}

Gains solved(const Gains& wanted, double rate) {
  const auto probe = [&](std::size_t i) { return std::min(centre(i), rate * 0.45); };
  Gains gains = wanted;
  for (int round = 0; round < 3; ++round) {
    Gains error{};
    std::array<Gains, kCount> slope{};
    const Sections now = sections_for(gains, rate);
    for (std::size_t i = 0; i < kCount; ++i) error[i] = wanted[i] - response(now, probe(i), rate);
    for (std::size_t k = 0; k < kCount; ++k) {
      Gains nudged = gains;
      nudged[k] += 0.1;
      const Sections then = sections_for(nudged, rate);
      for (std::size_t i = 0; i < kCount; ++i) slope[i][k] = (response(then, probe(i), rate) - response(now, probe(i), rate)) / 0.1;
    }
    const Gains step = solve(slope, error);
    for (std::size_t i = 0; i < kCount; ++i) gains[i] = std::clamp(gains[i] + step[i], -15.0, 15.0);
  }
  return gains;
}

class GraphicEq final : public dsp::Processor {
 public:
  explicit GraphicEq(const Gains& gains) : wanted_(gains) {}
  void prepare(const dsp::Format& format) override {
    sections_ = sections_for(solved(wanted_, format.rate.value), format.rate.value);
    reset();
  }
  void process(audio::AudioBlock io, audio::AudioView) noexcept override {
    for (std::int64_t at = 0; at < io.frames(); at += kPiece) {
      const int count = static_cast<int>(std::min<std::int64_t>(kPiece, io.frames() - at));
      float* left = io.channel(0) + at;
      float* right = io.channel(io.channels() - 1) + at;
      dsp::to_pairs(left, right, pairs_.data(), count);
      dsp::run_cascade(sections_.data(), states_.data(), kCount, pairs_.data(), count);
      dsp::from_pairs(pairs_.data(), left, right, count);
    }
  }
  void reset() noexcept override { states_ = {}; }
  [[nodiscard]] std::span<const dsp::Parameter> parameters() const noexcept override { return {}; }
  void set(std::size_t, double) noexcept override {}

 private:
  static constexpr int kPiece = 256;
  Gains wanted_;
  Sections sections_{};
  std::array<dsp::BiquadState, kCount> states_{};
  alignas(32) std::array<dsp::Pair, kPiece> pairs_{};
};

}  // namespace

std::unique_ptr<dsp::Processor> make_graphic_eq(const std::array<double, 10>& gains_db) {
  return std::make_unique<GraphicEq>(gains_db);
}

double graphic_eq_response(const std::array<double, 10>& gains_db, Hertz at, Hertz rate) {
  return response(sections_for(solved(gains_db, rate.value), rate.value), at.value, rate.value);
}

}  // namespace figment::mix
