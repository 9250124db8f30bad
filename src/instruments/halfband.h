// Halves the sample rate: what ran at twice the rate (saturation) comes back without what it put above the limit.
//
//   Method   Two all-pass chains in parallel, elliptic half-band design in closed form (Valenzuela and
//            Constantinides 1983, "Digital signal processing schemes for efficient interpolation and decimation")
//   Quality  8 sections, transition 0.05 of the doubled rate: stop band below -75 dB, pass band flat to 19.8 of 44.1
//   kHz Delay    none declared; the group delay is about 2 output frames at low frequencies Threads  one at a time;
//   real-time safe

#pragma once

#include <array>

namespace figment::instruments {

class Halfband {
 public:
  static constexpr int kSections = 8;

  Halfband();
  void reset() noexcept;
  // Reads 2 * count samples, writes count. `out` may be `in`.
  void down(const float* in, float* out, int count) noexcept;
  // Two channels, in the time of one.
  static void down_pair(Halfband& left, Halfband& right, float* l, float* r, int count) noexcept;

 private:
  template <bool kPair>
  static void run(Halfband& left, Halfband& right, const float* in_l, const float* in_r, float* l, float* r,
                  int count) noexcept;

  std::array<float, kSections> coefficient_{};
  std::array<float, kSections> x_{}, y_{};
};

}  // namespace figment::instruments
