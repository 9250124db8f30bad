// The synthesizer's filters: zero-delay feedback, so that fast modulation neither detunes nor explodes them.
//
//   Method   Topology-preserving transform (Zavalishin, "The Art of VA Filter Design", 2.1, chapters 4 and 5). The
//            state-variable form follows its trapezoidal solution; the ladder has one saturator where feedback meets
//            input, which bounds self-oscillation.
//   Shape    works on one chunk (kChunk samples) of one channel; g = tan(pi cutoff / rate) runs linearly over it
//   Cost     state-variable about 3 ns a sample for two channels, ladder about 8 ns for one or two
//   Threads  one at a time per object; real-time safe

#pragma once

#include <array>

#include "instruments/voice_math.h"

namespace figment::instruments {

enum class FilterMode { Low12, Low24, Band, High12, Notch, Peak, LadderLow24, LadderLow12, LadderBand };

inline bool is_ladder(FilterMode mode) noexcept { return mode >= FilterMode::LadderLow24; }

// Coefficients along one chunk.
struct FilterRamp {
  alignas(32) std::array<float, kChunk> g, a, b;
  float damping = 1;    // state-variable: 2 … 0 (k); ladder: feedback 0 … 4
  float damping24 = 1;  // second stage of Low24
};

class ChannelFilter {
 public:
  void reset() noexcept { s_ = {}; }

  // Two channels at once: every sample of a filter waits for the one before, so two side by side take the time of one.
  static void run_pair(FilterMode mode, const FilterRamp& ramp, ChannelFilter& left, ChannelFilter& right, float* l,
                       float* r) noexcept {
    switch (mode) {
      case FilterMode::Low12:
        return svf<0, false>(ramp, left, right, l, r);
      case FilterMode::Low24:
        return svf<0, true>(ramp, left, right, l, r);
      case FilterMode::Band:
        return svf<1, false>(ramp, left, right, l, r);
      case FilterMode::High12:
        return svf<2, false>(ramp, left, right, l, r);
      case FilterMode::Notch:
        return svf<3, false>(ramp, left, right, l, r);
      case FilterMode::Peak:
        return svf<4, false>(ramp, left, right, l, r);
      case FilterMode::LadderLow24:
        return ladder_pair<0>(ramp, left, right, l, r);
      case FilterMode::LadderLow12:
        return ladder_pair<1>(ramp, left, right, l, r);
      case FilterMode::LadderBand:
        return ladder_pair<2>(ramp, left, right, l, r);
    }
  }

  void run(FilterMode mode, const FilterRamp& ramp, float* x) noexcept {
    if (mode == FilterMode::LadderLow24) return ladder<0>(ramp, x);
    if (mode == FilterMode::LadderLow12) return ladder<1>(ramp, x);
    if (mode == FilterMode::LadderBand) return ladder<2>(ramp, x);
    ChannelFilter none;
    alignas(32) std::array<float, kChunk> silence{};
    run_pair(mode, ramp, *this, none, x, silence.data());
  }

  // Fills `ramp.a` for the mode: what does not depend on the signal is computed for the whole chunk at once.
  static void prepare(FilterMode mode, float g_from, float g_to, float resonance, FilterRamp& ramp) noexcept {
    const float step = (g_to - g_from) / kChunk;
    for (int n = 0; n < kChunk; ++n) ramp.g[static_cast<std::size_t>(n)] = g_from + step * static_cast<float>(n + 1);
    if (is_ladder(mode)) {
      ramp.damping = 4.0F * resonance;
      for (std::size_t n = 0; n < kChunk; ++n) {
        ramp.a[n] = 1.0F / (1.0F + ramp.g[n]);
        const float stage = ramp.g[n] * ramp.a[n], two = stage * stage;
        ramp.b[n] = 1.0F / (1.0F + ramp.damping * two * two);
      }
      return;
    }
    // Resonance 0 is Butterworth's flat top (Q = 0.71); 1 rings with Q = 25. Low24 at 0 has the two stages of a
    // fourth-order Butterworth filter, and only its sharper stage resonates.
    const float q = (mode == FilterMode::Low24 ? 1.3066F : 0.70711F) * std::exp2(resonance * 4.8F);
    ramp.damping = 1.0F / q;
    ramp.damping24 = 1.0F / 0.5412F;
    for (std::size_t n = 0; n < kChunk; ++n) ramp.a[n] = 1.0F / (1.0F + ramp.g[n] * (ramp.g[n] + ramp.damping));
    if (mode == FilterMode::Low24)
      for (std::size_t n = 0; n < kChunk; ++n) ramp.b[n] = 1.0F / (1.0F + ramp.g[n] * (ramp.g[n] + ramp.damping24));
  }

 private:
  typedef float Four __attribute__((vector_size(16)));

  // The state-variable filter on lanes {left, right, left again, right again}: what comes out of the first stage goes
  // into the second one sample later, so that both work at once. With v3 = x - s2 the trapezoidal solution is
  //   s1' = (2 a - 1) s1 + 2 ga v3,  s2' = s2 + 2 ga s1 + 2 gga v3,  band = (s1 + s1') / 2,  low = (s2 + s2') / 2.
  template <int kOut, bool kTwice>
  static void svf(const FilterRamp& ramp, ChannelFilter& left, ChannelFilter& right, float* l, float* r) noexcept {
    alignas(32) std::array<std::array<float, kChunk + 1>, 3> once, again;
    for (std::size_t n = 0; n < kChunk; ++n) {
      const float g = ramp.g[n], ga = 2 * g * ramp.a[n];
      once[0][n] = 2 * ramp.a[n] - 1;
      once[1][n] = ga;
      once[2][n] = g * ga;
      if constexpr (kTwice) {
        const float gb = 2 * g * ramp.b[n];
        again[0][n + 1] = 2 * ramp.b[n] - 1;
        again[1][n + 1] = gb;
        again[2][n + 1] = g * gb;
      }
    }
    Four s1{left.s_[0], right.s_[0], left.s_[2], right.s_[2]}, s2{left.s_[1], right.s_[1], left.s_[3], right.s_[3]};
    if constexpr (!kTwice) {
      const float k = ramp.damping;
      for (std::size_t n = 0; n < kChunk; ++n) {
        const Four x{l[n], r[n], 0, 0};
        const Four v3 = x - s2, was1 = s1, was2 = s2;
        s1 = once[0][n] * s1 + once[1][n] * v3;
        s2 = (s2 + once[1][n] * was1) + once[2][n] * v3;
        const Four band = 0.5F * (was1 + s1), low = 0.5F * (was2 + s2);
        Four y = low;
        if constexpr (kOut == 1) y = k * band;
        if constexpr (kOut == 2) y = x - k * band - low;
        if constexpr (kOut == 3) y = x - k * band;
        if constexpr (kOut == 4) y = x + (1.0F - 0.7F * k) * band;
        l[n] = y[0];
        r[n] = y[1];
      }
    } else {
      Four low{};
      for (std::size_t n = 0; n <= kChunk; ++n) {
        const Four keep1 = s1, keep2 = s2;
        const std::size_t m = n < kChunk ? n : kChunk - 1, back = n > 0 ? n : 1;
        const Four c0{once[0][m], once[0][m], again[0][back], again[0][back]};
        const Four c1{once[1][m], once[1][m], again[1][back], again[1][back]};
        const Four c2{once[2][m], once[2][m], again[2][back], again[2][back]};
        const Four x{l[m], r[m], low[0], low[1]};
        const Four v3 = x - s2;
        s1 = c0 * keep1 + c1 * v3;
        s2 = (keep2 + c1 * keep1) + c2 * v3;
        low = 0.5F * (keep2 + s2);
        if (n == 0) {  // the second stage has nothing yet
          s1 = __builtin_shufflevector(s1, keep1, 0, 1, 6, 7);
          s2 = __builtin_shufflevector(s2, keep2, 0, 1, 6, 7);
        } else {
          l[n - 1] = low[2];
          r[n - 1] = low[3];
        }
        if (n == kChunk) {  // the first has done all its samples
          s1 = __builtin_shufflevector(s1, keep1, 4, 5, 2, 3);
          s2 = __builtin_shufflevector(s2, keep2, 4, 5, 2, 3);
        }
      }
    }
    left.s_ = {s1[0], s2[0], s1[2], s2[2]};
    right.s_ = {s1[1], s2[1], s1[3], s2[3]};
  }
  // Input, saturator, states, feedback, input: this loop is what a sample takes. All of it that is linear is worked out
  // beforehand, as what the states alone give and what one unit of the saturator's output adds; then only the saturator
  // and two multiply-adds wait for the sample before.
  struct LadderRamp {
    alignas(32) std::array<float, kChunk> big, in, feedback;  // of a stage; of the input; of the fourth stage
    alignas(32) std::array<float, kChunk> add1, add2, add3, add4, add_tail;

    explicit LadderRamp(const FilterRamp& ramp) noexcept {
      const float k = ramp.damping, make_up = 1.0F + 0.6F * k;
      for (std::size_t n = 0; n < kChunk; ++n) {
        big[n] = ramp.g[n] * ramp.a[n];
        in[n] = make_up * ramp.b[n];
        feedback[n] = k * ramp.b[n];
        add1[n] = 2 * big[n];
        add2[n] = add1[n] * big[n];
        add3[n] = add2[n] * big[n];
        add4[n] = add3[n] * big[n];
      }
      for (std::size_t n = 0; n < kChunk; ++n) {
        const std::size_t m = n + 1 < kChunk ? n + 1 : n;
        add_tail[n] = ramp.a[m] * (add4[n] + big[m] * (add3[n] + big[m] * (add2[n] + big[m] * add1[n])));
      }
    }
  };
  struct Ladder {
    std::array<float, 4> s;
    float tail = 0;  // the fourth stage's output, were the saturator silent

    Ladder(const std::array<float, 4>& states, const FilterRamp& ramp, const LadderRamp& ladder) noexcept : s(states) {
      const float p = ramp.a[0], big = ladder.big[0];
      tail = p * (s[3] + big * (s[2] + big * (s[1] + big * s[0])));
    }
    template <int kOut>
    float step(float x, const FilterRamp& ramp, const LadderRamp& l, std::size_t n) noexcept {
      // One stage: y = big * x + s * p, s' = 2 y - s.
      const std::size_t m = n + 1 < kChunk ? n + 1 : n;
      const float p = ramp.a[n], big = l.big[n], big_next = l.big[m];
      const float y1 = p * s[0], y2 = big * y1 + p * s[1], y3 = big * y2 + p * s[2], y4 = big * y3 + p * s[3];
      const float o1 = 2 * y1 - s[0], o2 = 2 * y2 - s[1], o3 = 2 * y3 - s[2], o4 = 2 * y4 - s[3];
      const float next = ramp.a[m] * (o4 + big_next * (o3 + big_next * (o2 + big_next * o1)));
      const float u = soft_clip(l.in[n] * x - l.feedback[n] * tail);
      tail = next + l.add_tail[n] * u;
      s = {o1 + l.add1[n] * u, o2 + l.add2[n] * u, o3 + l.add3[n] * u, o4 + l.add4[n] * u};
      const float half = 0.5F * u;
      if constexpr (kOut == 1) return y2 + l.add2[n] * half;
      if constexpr (kOut == 2) return 4 * ((y2 - 2 * y3 + y4) + (l.add2[n] - 2 * l.add3[n] + l.add4[n]) * half);
      return y4 + l.add4[n] * half;
    }
  };
  template <int kOut>
  void ladder(const FilterRamp& ramp, float* x) noexcept {
    const LadderRamp shared(ramp);
    Ladder f(s_, ramp, shared);
    for (std::size_t n = 0; n < kChunk; ++n) x[n] = f.step<kOut>(x[n], ramp, shared, n);
    s_ = f.s;
  }
  template <int kOut>
  static void ladder_pair(const FilterRamp& ramp, ChannelFilter& left, ChannelFilter& right, float* l,
                          float* r) noexcept {
    const LadderRamp shared(ramp);
    Ladder a(left.s_, ramp, shared), b(right.s_, ramp, shared);
    for (std::size_t n = 0; n < kChunk; ++n) {
      l[n] = a.step<kOut>(l[n], ramp, shared, n);
      r[n] = b.step<kOut>(r[n], ramp, shared, n);
    }
    left.s_ = a.s;
    right.s_ = b.s;
  }

  std::array<float, 4> s_{};
};

}  // namespace figment::instruments
