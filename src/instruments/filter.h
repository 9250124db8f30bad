// The synthesizer's filters: zero-delay feedback, so that fast modulation neither detunes nor explodes them.
//
//   Method   Topology-preserving transform (Zavalishin, "The Art of VA Filter Design", 2.1, chapters 4 and 5). The
//            state-variable form follows its trapezoidal solution; the ladder has one saturator where feedback meets
//            input, which bounds self-oscillation.
//   Shape    works on one chunk (kChunk samples) of one channel; g = tan(pi cutoff / rate) runs linearly over it
//   Cost     state-variable about 6 ns a sample and channel, ladder about 10 ns
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

  void run(FilterMode mode, const FilterRamp& ramp, float* x) noexcept {
    switch (mode) {
      case FilterMode::Low12:
        return svf<0>(ramp, ramp.damping, x, s_[0], s_[1]);
      case FilterMode::Low24:
        svf<0>(ramp, ramp.damping, x, s_[0], s_[1]);
        return svf_own<0>(ramp, ramp.damping24, x, s_[2], s_[3]);
      case FilterMode::Band:
        return svf<1>(ramp, ramp.damping, x, s_[0], s_[1]);
      case FilterMode::High12:
        return svf<2>(ramp, ramp.damping, x, s_[0], s_[1]);
      case FilterMode::Notch:
        return svf<3>(ramp, ramp.damping, x, s_[0], s_[1]);
      case FilterMode::Peak:
        return svf<4>(ramp, ramp.damping, x, s_[0], s_[1]);
      case FilterMode::LadderLow24:
        return ladder<0>(ramp, x);
      case FilterMode::LadderLow12:
        return ladder<1>(ramp, x);
      case FilterMode::LadderBand:
        return ladder<2>(ramp, x);
    }
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
  }

 private:
  template <int kOut>
  static void step(float g, float a1, float k, float& x, float& s1, float& s2) noexcept {
    const float a2 = g * a1, v3 = x - s2;
    const float v1 = a1 * s1 + a2 * v3;
    const float v2 = s2 + g * v1;
    s1 = 2 * v1 - s1;
    s2 = 2 * v2 - s2;
    if constexpr (kOut == 0) x = v2;
    if constexpr (kOut == 1) x = k * v1;
    if constexpr (kOut == 2) x = x - k * v1 - v2;
    if constexpr (kOut == 3) x = x - k * v1;
    if constexpr (kOut == 4) x = x + (1.0F / k - 0.7F) * k * v1;
  }
  template <int kOut>
  static void svf(const FilterRamp& ramp, float k, float* x, float& s1, float& s2) noexcept {
    float a = s1, b = s2;
    for (std::size_t n = 0; n < kChunk; ++n) step<kOut>(ramp.g[n], ramp.a[n], k, x[n], a, b);
    s1 = a;
    s2 = b;
  }
  template <int kOut>
  static void svf_own(const FilterRamp& ramp, float k, float* x, float& s1, float& s2) noexcept {
    float a = s1, b = s2;
    alignas(32) std::array<float, kChunk> a1;
    for (std::size_t n = 0; n < kChunk; ++n) a1[n] = 1.0F / (1.0F + ramp.g[n] * (ramp.g[n] + k));
    for (std::size_t n = 0; n < kChunk; ++n) step<kOut>(ramp.g[n], a1[n], k, x[n], a, b);
    s1 = a;
    s2 = b;
  }
  template <int kOut>
  void ladder(const FilterRamp& ramp, float* x) noexcept {
    auto [s1, s2, s3, s4] = s_;
    const float k = ramp.damping, make_up = 1.0F + 0.6F * k;
    for (std::size_t n = 0; n < kChunk; ++n) {
      // One stage: y = big * x + s * p. What the states alone give (t1 … t4) is ready before the input is.
      const float p = ramp.a[n], big = ramp.g[n] * p;
      const float t1 = p * s1, t2 = p * s2, t3 = p * s3, t4 = p * s4;
      const float tail = t4 + big * (t3 + big * (t2 + big * t1));
      const float u = soft_clip((x[n] * make_up - k * tail) * ramp.b[n]);
      const float y1 = big * u + t1, y2 = big * y1 + t2, y3 = big * y2 + t3, y = big * y3 + t4;
      s1 = 2 * y1 - s1;
      s2 = 2 * y2 - s2;
      s3 = 2 * y3 - s3;
      s4 = 2 * y - s4;
      if constexpr (kOut == 0) x[n] = y;
      if constexpr (kOut == 1) x[n] = y2;
      if constexpr (kOut == 2) x[n] = 4 * (y2 - 2 * y3 + y);
    }
    s_ = {s1, s2, s3, s4};
  }

  std::array<float, 4> s_{};
};

}  // namespace figment::instruments
