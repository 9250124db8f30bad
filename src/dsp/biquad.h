// Second-order filters: designs and a fast stereo cascade.
//
//   Designs  R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients"; first-order sections by
//            the bilinear transform. Frequencies are clamped to 1 Hz … 0.49 of the rate
//   Form     transposed direct form II in double precision, left and right in the two lanes of one register: clean at
//            20 Hz and 192 kHz, and no dearer than float, because the recursion's latency is what it costs
//   Cost     a cascade keeps up to four sections in flight: about 3 cycles per section and stereo frame

#pragma once

#include <complex>
#include <cstddef>

namespace figment::dsp {

// Left and right of one frame.
typedef double Pair __attribute__((vector_size(16)));

struct Biquad {
  double b0 = 1, b1 = 0, b2 = 0, a1 = 0, a2 = 0;  // a0 = 1

  static Biquad low_pass(double hz, double q, double rate) noexcept;
  static Biquad high_pass(double hz, double q, double rate) noexcept;
  static Biquad band_pass(double hz, double q, double rate) noexcept;  // 0 dB at the centre
  static Biquad all_pass(double hz, double q, double rate) noexcept;
  static Biquad bell(double hz, double db, double q, double rate) noexcept;
  static Biquad low_shelf(double hz, double db, double q, double rate) noexcept;  // q 0.71: no bump
  static Biquad high_shelf(double hz, double db, double q, double rate) noexcept;
  static Biquad low_pass_1(double hz, double rate) noexcept;  // 6 dB per octave
  static Biquad high_pass_1(double hz, double rate) noexcept;

  // The filter's answer at a frequency.
  [[nodiscard]] std::complex<double> response(double hz, double rate) const noexcept;
};

struct BiquadState {
  Pair s1{0, 0}, s2{0, 0};
};

// One section, one frame.
inline Pair step(const Biquad& c, BiquadState& s, Pair x) noexcept {
  const Pair y = c.b0 * x + s.s1;
  s.s1 = c.b1 * x - c.a1 * y + s.s2;
  s.s2 = c.b2 * x - c.a2 * y;
  return y;
}

// `count` sections in series over `frames` frames, in place.
void run_cascade(const Biquad* sections, BiquadState* states, std::size_t count, Pair* io, int frames) noexcept;

// True, and all cleared, when nothing above 1e-9 (-180 dBFS) is left inside.
bool settle(BiquadState* states, std::size_t count) noexcept;

inline void to_pairs(const float* left, const float* right, Pair* out, int frames) noexcept {
  for (int i = 0; i < frames; ++i) out[i] = Pair{left[i], right[i]};
}
inline void from_pairs(const Pair* in, float* left, float* right, int frames) noexcept {
  for (int i = 0; i < frames; ++i) {
    left[i] = static_cast<float>(in[i][0]);
    right[i] = static_cast<float>(in[i][1]);
  }
}

}  // namespace figment::dsp
