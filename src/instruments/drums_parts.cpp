#include "instruments/drums_parts.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace figment::instruments::parts {
namespace {

// Four at once, as every x86-64 and ARM64 has them.
typedef float Four __attribute__((vector_size(16)));
typedef std::uint32_t FourWords __attribute__((vector_size(16)));
typedef std::int32_t FourInts __attribute__((vector_size(16)));

Four load(const float* from) noexcept {
  Four v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
void store(Four v, float* to) noexcept { std::memcpy(to, &v, sizeof v); }

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
  for (std::size_t tap = 0; tap < BlepTable::kTaps; tap += 4) {
    const Four a = load(&low[tap]);
    store(load(out + tap) + height * (a + mix * (load(&high[tap]) - a)), out + tap);
  }
}

// What reaches past the chunk comes first in the next one.
void carry(std::array<float, kChunk + SquareCluster::kTaps>& ahead) noexcept {
  static_assert(kChunk >= SquareCluster::kTaps);
  std::memcpy(ahead.data(), ahead.data() + kChunk, SquareCluster::kTaps * sizeof(float));
  std::memset(ahead.data() + SquareCluster::kTaps, 0, kChunk * sizeof(float));
}

}  // namespace

void WhiteNoise::seed(Random& random) noexcept {
  for (auto& s : state_) s = static_cast<std::uint32_t>(random.next() >> 32) | 1U;
}

void WhiteNoise::fill(float* out) noexcept {
  FourWords a, b;
  std::memcpy(&a, state_.data(), sizeof a);
  std::memcpy(&b, state_.data() + 4, sizeof b);
  for (int n = 0; n < kChunk; n += 8) {
    a ^= a << 13;
    b ^= b << 13;
    a ^= a >> 17;
    b ^= b >> 17;
    a ^= a << 5;
    b ^= b << 5;
    store(__builtin_convertvector((FourInts)a, Four) * 0x1p-31F, out + n);
    store(__builtin_convertvector((FourInts)b, Four) * 0x1p-31F, out + n + 4);
  }
  std::memcpy(state_.data(), &a, sizeof a);
  std::memcpy(state_.data() + 4, &b, sizeof b);
}

void Filter::set(Kind kind, float hz, float q, float rate) noexcept {
  const float g = std::tan(kPi * std::clamp(hz / rate, 0.0002F, 0.47F));
  const float k = 1.0F / std::max(q, 0.1F);
  const float a1 = 1.0F / (1.0F + g * (g + k)), a2 = g * a1, a3 = g * a2;
  // One frame: band = a1 s1 + a2 (x - s2), low = s2 + a2 s1 + a3 (x - s2), s1' = 2 band - s1, s2' = 2 low - s2, and the
  // output a sum of x, band and low. Written as s' = A s + B x, y = C s + D x, and unrolled four times.
  const float in = kind == Kind::Highpass ? 1.0F : 0.0F;
  const float band = kind == Kind::Lowpass ? 0.0F : (kind == Kind::Highpass ? -k : k);
  const float low = kind == Kind::Lowpass ? 1.0F : (kind == Kind::Highpass ? -1.0F : 0.0F);
  const float a11 = 2 * a1 - 1, a12 = -2 * a2, a21 = 2 * a2, a22 = 1 - 2 * a3;
  float c1 = band * a1 + low * a2, c2 = -band * a2 + low * (1 - a3);
  const float d = in + band * a2 + low * a3;
  float b1 = 2 * a2, b2 = 2 * a3;
  std::array<float, 4> impulse{d};
  for (std::size_t n = 0; n < 4; ++n) {
    from_state_[0][n] = c1;
    from_state_[1][n] = c2;
    if (n + 1 < 4) impulse[n + 1] = c1 * 2 * a2 + c2 * 2 * a3;
    const float t = c1 * a11 + c2 * a21;
    c2 = c1 * a12 + c2 * a22;
    c1 = t;
    next_[5 - n] = {b1, b2, 0, 0};  // what the input does to the state n + 1 frames later
    const float u = a11 * b1 + a12 * b2;
    b2 = a21 * b1 + a22 * b2;
    b1 = u;
  }
  for (std::size_t x = 0; x < 4; ++x) {
    for (std::size_t n = 0; n < 4; ++n) from_input_[x][n] = n >= x ? impulse[n - x] : 0.0F;
  }
  float p11 = a11, p12 = a12, p21 = a21, p22 = a22;
  for (int i = 0; i < 2; ++i) {
    const float q11 = p11 * p11 + p12 * p21, q12 = p12 * (p11 + p22), q21 = p21 * (p11 + p22),
                q22 = p22 * p22 + p12 * p21;
    p11 = q11;
    p12 = q12;
    p21 = q21;
    p22 = q22;
  }
  next_[0] = {p11, p21, 0, 0};
  next_[1] = {p12, p22, 0, 0};
}

void Filter::process(float* io) noexcept {
  const auto all = [](float x) { return Four{x, x, x, x}; };
  const Four f1 = load(from_state_[0].data()), f2 = load(from_state_[1].data());
  Four state{s1_, s2_, 0, 0};
  for (int n = 0; n < kChunk; n += 4) {
    const Four x0 = all(io[n]), x1 = all(io[n + 1]), x2 = all(io[n + 2]), x3 = all(io[n + 3]);
    const Four s1 = all(state[0]), s2 = all(state[1]);
    const auto& h = from_input_;
    const auto& k = next_;
    store((f1 * s1 + f2 * s2) +
              ((load(h[0].data()) * x0 + load(h[1].data()) * x1) + (load(h[2].data()) * x2 + load(h[3].data()) * x3)),
          io + n);
    const Four driven =
        (load(k[2].data()) * x0 + load(k[3].data()) * x1) + (load(k[4].data()) * x2 + load(k[5].data()) * x3);
    state = load(k[0].data()) * s1 + (load(k[1].data()) * s2 + driven);
  }
  s1_ = state[0];
  s2_ = state[1];
}

void Decay::start(float level, float t60_seconds, float rate) noexcept {
  level_ = level;
  factor_ = std::exp(-6.907755F / (std::max(t60_seconds, 1e-4F) * rate));
}

void Decay::shape(Decay& first, Decay& second, const float* io, float gain, float* out) noexcept {
  const auto lanes = [](const Decay& d) {
    const float f = d.factor_, f2 = f * f;
    return Four{d.level_, d.level_ * f, d.level_ * f2, d.level_ * f2 * f};
  };
  const auto fourth = [](const Decay& d) { return d.factor_ * d.factor_ * d.factor_ * d.factor_; };
  Four a = lanes(first) * gain, b = lanes(second) * gain;
  const float fa = fourth(first), fb = fourth(second);
  for (int n = 0; n < kChunk; n += 4) {
    store(load(out + n) + load(io + n) * (a + b), out + n);
    a *= fa;
    b *= fb;
  }
  const auto advance = [](Decay& d, float f4) {
    float f32 = f4 * f4;
    f32 *= f32;
    d.level_ *= f32 * f32;
  };
  advance(first, fa);
  advance(second, fb);
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
  // A running sum, four at a time.
  float level = level_;
  for (std::size_t n = 0; n < kChunk; n += 4) {
    const float j0 = jumps_[n], j01 = j0 + jumps_[n + 1], j23 = jumps_[n + 2] + jumps_[n + 3];
    store(Four{level + j0, level + j01, level + (j01 + jumps_[n + 2]), level + (j01 + j23)} + load(&residual_[n]),
          out + n);
    level += j01 + j23;
  }
  level_ = level;
  carry(residual_);
  carry(jumps_);
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
  carry(residual_);
}

void ModalBank::start(const Mode* modes, int count, bool random_phases, bool moves, float rate,
                      Random& random) noexcept {
  count = std::min(count, kMost);
  groups_ = (count + kGroup - 1) / kGroup;
  rate_ = rate;
  ratio_ = 1;
  float lowest = rate, loudest = 1e-9F;
  for (int i = 0; i < count; ++i) {
    lowest = std::min(lowest, modes[i].hertz);
    loudest = std::max(loudest, std::abs(modes[i].gain));
  }
  rotates_ = moves || lowest < 200;
  for (int g = 0; g < groups_; ++g) {
    float seconds = 0;
    for (int i = g * kGroup; i < (g + 1) * kGroup; ++i) {
      const auto u = static_cast<std::size_t>(i);
      const bool real = i < count && modes[i].hertz < 0.46F * rate;
      const float gain = real ? modes[i].gain : 0.0F;
      hertz_[u] = real ? modes[i].hertz : 1000;
      radius_[u] = real ? std::exp(-6.907755F / (std::max(modes[i].t60, 1e-3F) * rate)) : 0;
      const float phase = real && random_phases ? static_cast<float>(random.uniform()) * 2.0F * kPi : 0.0F;
      re_[u] = gain * std::cos(phase);
      im_[u] = gain * std::sin(phase);
      const float db = 93 + 20 * std::log10(std::abs(gain) / loudest + 1e-9F);
      seconds = std::max(seconds, real ? modes[i].t60 * std::max(db, 6.0F) / 60 : 0.0F);
    }
    chunks_left_[static_cast<std::size_t>(g)] = static_cast<int>(seconds * rate / kChunk) + 2;
    turn(g);
    if (rotates_) continue;
    // From the phasor to the frame before: r^-1 sin(phase - angle).
    for (auto u = static_cast<std::size_t>(g) * kGroup; u < static_cast<std::size_t>(g + 1) * kGroup; ++u) {
      const float angle = 2.0F * kPi * hertz_[u] / rate_;
      re_[u] = radius_[u] > 0 ? (im_[u] * std::cos(angle) - re_[u] * std::sin(angle)) / radius_[u] : 0.0F;
    }
  }
}

void ModalBank::turn(int group) noexcept {
  for (auto i = static_cast<std::size_t>(group) * kGroup; i < static_cast<std::size_t>(group + 1) * kGroup; ++i) {
    const float hz = hertz_[i] * ratio_;
    const float radius = hz < 0.48F * rate_ ? radius_[i] : 0.0F;
    const float angle = 2.0F * kPi * hz / rate_;
    if (rotates_) {
      cos_[i] = radius * std::cos(angle);
      sin_[i] = radius * std::sin(angle);
    } else {
      cos_[i] = 2 * radius * std::cos(angle);
      sin_[i] = radius * radius;
    }
  }
}

void ModalBank::transpose(float ratio) noexcept {
  const float before = ratio_;
  ratio_ = ratio;
  for (int g = 0; g < groups_; ++g) {
    if (chunks_left_[static_cast<std::size_t>(g)] <= 0) continue;
    if (!rotates_) {
      // The frame before is rebuilt for the new pitch, so that neither level nor phase jumps.
      for (auto i = static_cast<std::size_t>(g) * kGroup; i < static_cast<std::size_t>(g + 1) * kGroup; ++i) {
        if (radius_[i] <= 0 || hertz_[i] * std::max(before, ratio) > 0.47F * rate_) continue;
        const float was = 2.0F * kPi * hertz_[i] * before / rate_, is = 2.0F * kPi * hertz_[i] * ratio / rate_;
        const float quadrature = (im_[i] * std::cos(was) - re_[i] * radius_[i]) / std::sin(was);
        re_[i] = (im_[i] * std::cos(is) - quadrature * std::sin(is)) / radius_[i];
      }
    }
    turn(g);
  }
}

void ModalBank::rebase(float ratio) noexcept {
  transpose(ratio_ * ratio);
  for (float& hz : hertz_) hz *= ratio;
  ratio_ /= ratio;
}

void ModalBank::fill(float* out) noexcept {
  alignas(16) Four sum[kChunk];
  std::memset(sum, 0, sizeof sum);
  for (int g = 0; g < groups_; ++g) {
    auto& left = chunks_left_[static_cast<std::size_t>(g)];
    if (left <= 0) continue;
    --left;
    const auto at = static_cast<std::size_t>(g) * kGroup;
    float* re = re_.data() + at;
    float* im = im_.data() + at;
    if (rotates_) {
      for (int half = 0; half < kGroup; half += 8) {
        Four r0 = load(re + half), r1 = load(re + half + 4), i0 = load(im + half), i1 = load(im + half + 4);
        const Four c0 = load(&cos_[at] + half), c1 = load(&cos_[at] + half + 4);
        const Four s0 = load(&sin_[at] + half), s1 = load(&sin_[at] + half + 4);
        for (auto& total : sum) {
          total += i0 + i1;
          const Four t0 = r0 * c0 - i0 * s0, t1 = r1 * c1 - i1 * s1;
          i0 = r0 * s0 + i0 * c0;
          i1 = r1 * s1 + i1 * c1;
          r0 = t0;
          r1 = t1;
        }
        store(r0, re + half);
        store(r1, re + half + 4);
        store(i0, im + half);
        store(i1, im + half + 4);
      }
      continue;
    }
    Four p0 = load(re), p1 = load(re + 4), p2 = load(re + 8), p3 = load(re + 12);
    Four n0 = load(im), n1 = load(im + 4), n2 = load(im + 8), n3 = load(im + 12);
    const float* c = &cos_[at];
    const float* s = &sin_[at];
    // Two frames a turn: before and now change places instead of moving.
    for (int n = 0; n < kChunk; n += 2) {
      sum[n] += (n0 + n1) + (n2 + n3);
      p0 = load(c) * n0 - load(s) * p0;
      p1 = load(c + 4) * n1 - load(s + 4) * p1;
      p2 = load(c + 8) * n2 - load(s + 8) * p2;
      p3 = load(c + 12) * n3 - load(s + 12) * p3;
      sum[n + 1] += (p0 + p1) + (p2 + p3);
      n0 = load(c) * p0 - load(s) * n0;
      n1 = load(c + 4) * p1 - load(s + 4) * n1;
      n2 = load(c + 8) * p2 - load(s + 8) * n2;
      n3 = load(c + 12) * p3 - load(s + 12) * n3;
    }
    store(p0, re);
    store(p1, re + 4);
    store(p2, re + 8);
    store(p3, re + 12);
    store(n0, im);
    store(n1, im + 4);
    store(n2, im + 8);
    store(n3, im + 12);
  }
  for (int n = 0; n < kChunk; ++n) out[n] = (sum[n][0] + sum[n][1]) + (sum[n][2] + sum[n][3]);
}

}  // namespace figment::instruments::parts
