#include "instruments/drums_parts.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace figment::instruments::parts {
namespace {

// Eight floats; the compiler splits them where the processor has narrower registers.
typedef float Eight __attribute__((vector_size(32)));

// What a band-limited step differs by from a plain one: the integral of a Kaiser-windowed sinc minus the step, for
// `kPhases` places of the edge between two frames.
struct BlepTable {
  static constexpr int kPhases = 128;
  static constexpr int kTaps = SquareCluster::kTaps;
  std::array<std::array<float, kTaps>, kPhases + 1> residual{};

  BlepTable() {
    constexpr int kFine = 64;  // integration steps per frame
    constexpr double kBeta = 8.0;
    constexpr double kCutoff = 0.9;  // of Nyquist, so that the transition band ends near it
    const auto bessel = [](double x) {
      double sum = 1, term = 1;
      for (int k = 1; k < 40; ++k) sum += term *= (x / (2 * k)) * (x / (2 * k));
      return sum;
    };
    const double half = kTaps / 2.0;
    std::vector<double> integral(static_cast<std::size_t>(kTaps * kFine) + 1, 0.0);
    const auto kernel = [&](double t) {
      const double u = t / half;
      if (u * u >= 1) return 0.0;
      const double x = 3.14159265358979323846 * kCutoff * t;
      return kCutoff * (std::abs(x) < 1e-9 ? 1.0 : std::sin(x) / x) * bessel(kBeta * std::sqrt(1 - u * u)) /
             bessel(kBeta);
    };
    for (int i = 1; i <= kTaps * kFine; ++i) {
      const double t = static_cast<double>(i) / kFine - half;
      const double before = t - 1.0 / kFine;
      integral[static_cast<std::size_t>(i)] =
          integral[static_cast<std::size_t>(i - 1)] + 0.5 * (kernel(before) + kernel(t)) / kFine;
    }
    const double whole = integral.back();
    for (int p = 0; p <= kPhases; ++p) {
      for (int tap = 0; tap < kTaps; ++tap) {
        // Tap `tap` lies tap - half + 1 - fraction frames after the edge.
        const double t = tap + 1 - static_cast<double>(p) / kPhases;  // from the kernel's beginning
        const double at = t * kFine;
        const auto i = static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(kTaps * kFine - 1)));
        const double value = integral[i] + (integral[i + 1] - integral[i]) * std::min(1.0, at - static_cast<double>(i));
        const bool passed = tap + 1 > kTaps / 2;
        residual[static_cast<std::size_t>(p)][static_cast<std::size_t>(tap)] =
            static_cast<float>(value / whole - (passed ? 1.0 : 0.0));
      }
    }
  }
  static const BlepTable& get() {
    static const BlepTable table;
    return table;
  }
};

// Adds what a band-limited step of `height`, `at` frames into the chunk, differs by from a plain one 7 frames late.
void add_step(float* residual, float at, float height) noexcept {
  const auto& table = BlepTable::get();
  const int frame = static_cast<int>(at);
  const float place = (at - static_cast<float>(frame)) * BlepTable::kPhases;
  const auto p = std::min(static_cast<std::size_t>(place), static_cast<std::size_t>(BlepTable::kPhases - 1));
  const float mix = place - static_cast<float>(p);
  const auto& low = table.residual[p];
  const auto& high = table.residual[p + 1];
  float* out = residual + frame;
  for (std::size_t tap = 0; tap < BlepTable::kTaps; ++tap) {
    out[tap] += height * (low[tap] + mix * (high[tap] - low[tap]));
  }
}

}  // namespace

void WhiteNoise::seed(Random& random) noexcept {
  for (auto& s : state_) s = static_cast<std::uint32_t>(random.next() >> 32) | 1U;
}

void WhiteNoise::fill(float* out) noexcept {
  for (int n = 0; n < kChunk; n += 8) {
    for (std::size_t j = 0; j < 8; ++j) {
      std::uint32_t s = state_[j];
      s ^= s << 13;
      s ^= s >> 17;
      s ^= s << 5;
      state_[j] = s;
      out[n + static_cast<int>(j)] = static_cast<float>(static_cast<std::int32_t>(s)) * 0x1p-31F;
    }
  }
}

void Filter::set(Kind kind, float hz, float q, float rate) noexcept {
  kind_ = kind;
  const float g = std::tan(kPi * std::clamp(hz / rate, 0.0002F, 0.47F));
  k_ = 1.0F / std::max(q, 0.1F);
  a1_ = 1.0F / (1.0F + g * (g + k_));
  a2_ = g * a1_;
  a3_ = g * a2_;
}

void Filter::process(float* io, int frames) noexcept {
  float s1 = s1_, s2 = s2_;
  const float a1 = a1_, a2 = a2_, a3 = a3_;
  // The output is a sum of input, band and low parts; three numbers choose the kind without a branch.
  const float from_in = kind_ == Kind::Highpass ? 1.0F : 0.0F;
  const float from_band = kind_ == Kind::Lowpass ? 0.0F : (kind_ == Kind::Highpass ? -k_ : k_);
  const float from_low = kind_ == Kind::Lowpass ? 1.0F : (kind_ == Kind::Highpass ? -1.0F : 0.0F);
  for (int n = 0; n < frames; ++n) {
    const float x = io[n];
    const float v3 = x - s2;
    const float band = a1 * s1 + a2 * v3;
    const float low = s2 + a2 * s1 + a3 * v3;
    s1 = 2.0F * band - s1;
    s2 = 2.0F * low - s2;
    io[n] = from_in * x + from_band * band + from_low * low;
  }
  s1_ = s1;
  s2_ = s2;
}

void Decay::start(float level, float t60_seconds, float rate) noexcept {
  level_ = level;
  factor_ = std::exp(-6.907755F / (std::max(t60_seconds, 1e-4F) * rate));
}

void Decay::add(float* out) noexcept {
  const float f = factor_, f2 = f * f, f4 = f2 * f2;
  float a = level_, b = level_ * f, c = level_ * f2, d = level_ * f2 * f;
  for (int n = 0; n < kChunk; n += 4) {
    out[n] += a;
    out[n + 1] += b;
    out[n + 2] += c;
    out[n + 3] += d;
    a *= f4;
    b *= f4;
    c *= f4;
    d *= f4;
  }
  level_ = a;
}

void harmonics(const float* phase, const float* weights, int count, float* out) noexcept {
  float s[kChunk], c[kChunk];
  for (int n = 0; n < kChunk; ++n) {
    // sin and cos of 2 pi x by a polynomial each, x brought to [-0.25, 0.25] around the nearest half cycle.
    const float x = phase[n];
    const float whole = static_cast<float>(static_cast<int>(x * 2.0F + (x < 0 ? -0.5F : 0.5F)));
    const float r = (x - whole * 0.5F) * (2.0F * kPi);
    const float flip = 1.0F - 2.0F * static_cast<float>(static_cast<int>(whole) & 1);
    const float r2 = r * r;
    s[n] =
        flip * r * (1.0F + r2 * (-1.6666667e-1F + r2 * (8.3333310e-3F + r2 * (-1.9840874e-4F + r2 * 2.7525562e-6F))));
    c[n] = flip * (1.0F + r2 * (-0.5F + r2 * (4.1666645e-2F + r2 * (-1.3888378e-3F + r2 * 2.4760495e-5F))));
  }
  if (count == 1) {
    for (int n = 0; n < kChunk; ++n) out[n] = weights[0] * s[n];
    return;
  }
  // sin((h + 1) x) = 2 cos x sin(h x) - sin((h - 1) x)
  float before[kChunk] = {}, now[kChunk];
  for (int n = 0; n < kChunk; ++n) {
    now[n] = s[n];
    out[n] = weights[0] * s[n];
  }
  for (int h = 1; h < count; ++h) {
    for (int n = 0; n < kChunk; ++n) {
      const float next = 2.0F * c[n] * now[n] - before[n];
      before[n] = now[n];
      now[n] = next;
      out[n] += weights[h] * next;
    }
  }
}

void saturate(float* io, float gain) noexcept {
  for (int n = 0; n < kChunk; ++n) {
    const float x = std::min(3.0F, std::max(-3.0F, io[n] * gain));
    const float x2 = x * x;
    io[n] = x * (27.0F + x2) / (27.0F + 9.0F * x2);
  }
}

void SquareCluster::start(const float* hertz, int count, bool ring, float rate, Random& random) noexcept {
  count_ = std::min(count, kMost) & (ring ? ~1 : ~0);
  ring_ = ring;
  residual_.fill(0);
  jumps_.fill(0);
  level_ = 0;
  for (int i = 0; i < count_; ++i) {
    const auto u = static_cast<std::size_t>(i);
    base_[u] = half_[u] = std::max(2.0F, 0.5F * rate / std::max(hertz[i], 1.0F));
    next_[u] = static_cast<float>(random.uniform()) * half_[u];
    sign_[u] = random.chance(0.5) ? 1.0F : -1.0F;
    if (!ring) level_ += sign_[u];
    if (ring && i % 2 == 1) level_ += sign_[u] * sign_[u - 1];
  }
}

void SquareCluster::transpose(float ratio) noexcept {
  for (std::size_t i = 0; i < static_cast<std::size_t>(count_); ++i) {
    const float half = std::max(2.0F, base_[i] / ratio);
    next_[i] *= half / half_[i];
    half_[i] = half;
  }
}

void SquareCluster::step(float at, float height) noexcept {
  // The edge lies `at` frames into the chunk; the frame after it is the first to see the new level.
  add_step(residual_.data(), at, height);
  jumps_[static_cast<std::size_t>(at) + kTaps / 2] += height;
}

void SquareCluster::fill(float* out) noexcept {
  constexpr float kEnd = kChunk;
  if (ring_) {
    for (std::size_t i = 0; i + 1 < static_cast<std::size_t>(count_); i += 2) {
      while (std::min(next_[i], next_[i + 1]) < kEnd) {
        const std::size_t j = next_[i] <= next_[i + 1] ? i : i + 1;
        step(next_[j], -2.0F * sign_[i] * sign_[i + 1]);
        sign_[j] = -sign_[j];
        next_[j] += half_[j];
      }
    }
  } else {
    for (std::size_t i = 0; i < static_cast<std::size_t>(count_); ++i) {
      while (next_[i] < kEnd) {
        step(next_[i], -2.0F * sign_[i]);
        sign_[i] = -sign_[i];
        next_[i] += half_[i];
      }
    }
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count_); ++i) next_[i] -= kEnd;
  for (std::size_t n = 0; n < kChunk; ++n) {
    level_ += jumps_[n];
    out[n] = level_ + residual_[n];
  }
  std::copy(residual_.begin() + kChunk, residual_.end(), residual_.begin());
  std::fill(residual_.end() - kChunk, residual_.end(), 0.0F);
  std::copy(jumps_.begin() + kChunk, jumps_.end(), jumps_.begin());
  std::fill(jumps_.end() - kChunk, jumps_.end(), 0.0F);
}

void BlepOscillators::start(int count, bool square, Random& random) noexcept {
  count_ = std::clamp(count, 0, kMost);
  square_ = square;
  for (auto& phase : phase_) phase = static_cast<float>(random.uniform());
  residual_.fill(0);
  plain_.fill(0);
}

void BlepOscillators::fill(float from, float to, const float* ratios, float* out) noexcept {
  std::fill(plain_.begin() + kLate, plain_.end(), 0.0F);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count_); ++i) {
    float phase = phase_[i];
    const float first = std::min(0.4F, from * ratios[i]);
    const float slope = (std::min(0.4F, to * ratios[i]) - first) / kChunk;
    for (std::size_t n = 0; n < kChunk; ++n) {
      plain_[n + kLate] += square_ ? (phase < 0.5F ? 1.0F : -1.0F) : 2 * phase - 1;
      const float step = std::max(first + slope * static_cast<float>(n), 1e-7F);
      const float next = phase + step;
      if (square_ && phase < 0.5F && next >= 0.5F) {
        add_step(residual_.data(), static_cast<float>(n) + std::min(0.9999F, (0.5F - phase) / step), -2);
      }
      if (next >= 1) {
        add_step(residual_.data(), static_cast<float>(n) + std::min(0.9999F, (1 - phase) / step),
                 square_ ? 2.0F : -2.0F);
        phase = next - 1;
      } else {
        phase = next;
      }
    }
    phase_[i] = phase;
  }
  for (std::size_t n = 0; n < kChunk; ++n) out[n] = plain_[n] + residual_[n];
  std::copy(plain_.begin() + kChunk, plain_.end(), plain_.begin());
  std::copy(residual_.begin() + kChunk, residual_.end(), residual_.begin());
  std::fill(residual_.end() - kChunk, residual_.end(), 0.0F);
}

void ModalBank::start(const Mode* modes, int count, bool random_phases, float rate, Random& random) noexcept {
  count = std::min(count, kMost);
  groups_ = (count + 7) / 8;
  rate_ = rate;
  ratio_ = 1;
  for (int i = 0; i < groups_ * 8; ++i) {
    const auto u = static_cast<std::size_t>(i);
    const bool real = i < count;
    hertz_[u] = real ? modes[i].hertz : 0;
    radius_[u] = real ? std::exp(-6.907755F / (std::max(modes[i].t60, 1e-3F) * rate)) : 0;
    const float phase = real && random_phases ? static_cast<float>(random.uniform()) * 2.0F * kPi : 0.0F;
    const float gain = real && modes[i].hertz < 0.46F * rate ? modes[i].gain : 0.0F;
    re_[u] = gain * std::cos(phase);
    im_[u] = gain * std::sin(phase);
    if (i % 8 == 0) {
      const float t60 = real ? modes[i].t60 : 0;
      chunks_left_[u / 8] = static_cast<int>(1.6F * t60 * rate / kChunk) + 2;
    }
  }
  for (int g = 0; g < groups_; ++g) turn(g);
}

void ModalBank::turn(int group) noexcept {
  for (std::size_t i = static_cast<std::size_t>(group) * 8; i < static_cast<std::size_t>(group) * 8 + 8; ++i) {
    const float hz = hertz_[i] * ratio_;
    const float radius = hz < 0.48F * rate_ ? radius_[i] : 0.0F;
    const float angle = 2.0F * kPi * hz / rate_;
    cos_[i] = radius * std::cos(angle);
    sin_[i] = radius * std::sin(angle);
  }
}

void ModalBank::transpose(float ratio) noexcept {
  ratio_ = ratio;
  for (int g = 0; g < groups_; ++g) {
    if (chunks_left_[static_cast<std::size_t>(g)] > 0) turn(g);
  }
}

void ModalBank::rebase(float ratio) noexcept {
  for (float& hz : hertz_) hz *= ratio;
  transpose(ratio_);
}

void ModalBank::fill(float* out) noexcept {
  alignas(32) Eight sum[kChunk];
  std::memset(sum, 0, sizeof sum);
  for (int g = 0; g < groups_; ++g) {
    auto& left = chunks_left_[static_cast<std::size_t>(g)];
    if (left <= 0) continue;
    --left;
    const auto at = static_cast<std::size_t>(g) * 8;
    Eight re, im, c, s;
    std::memcpy(&re, &re_[at], sizeof re);
    std::memcpy(&im, &im_[at], sizeof im);
    std::memcpy(&c, &cos_[at], sizeof c);
    std::memcpy(&s, &sin_[at], sizeof s);
    for (int n = 0; n < kChunk; ++n) {
      sum[n] += im;
      const Eight turned = re * c - im * s;
      im = re * s + im * c;
      re = turned;
    }
    std::memcpy(&re_[at], &re, sizeof re);
    std::memcpy(&im_[at], &im, sizeof im);
  }
  for (int n = 0; n < kChunk; ++n) {
    const Eight v = sum[n];
    out[n] = ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7]));
  }
}

}  // namespace figment::instruments::parts
