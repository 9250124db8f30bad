// Band-limited single-cycle waves, made from harmonics.
//
//   Method   Every wave is a recipe of harmonics; from it come tables with fewer and fewer harmonics (two a octave),
//            by inverse Fourier transform. A voice picks the table whose highest harmonic stays below half the sample
//            rate, so nothing folds back. Linear interpolation in tables sixteen times longer than their
//            highest harmonic (six times for the longest) keeps interpolation images below -60 dB.
//   Frames   a wave may have several frames (a wavetable); voices blend between neighbours
//   Waves    one frame: sine, triangle, saw, square, pulse25, pulse12, hollow, organ-soft, chip-triangle, bass
//            several: organ, vowel, digital, sync, growl, glass, strings, brass, chip, reed
//   Memory   about 250 KB a frame, shared by all instruments that use the wave
//   Threads  `wave_bank` may be called from any thread; a bank never changes

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace figment::instruments {

class WaveBank {
 public:
  static constexpr int kLevels = 20;  // the fullest has 724 harmonics, each next one by sqrt(2) fewer, the last just 1

  struct Table {
    const float* samples = nullptr;  // 2^(32 - shift) samples, and the first again
    int shift = 0;                   // phase >> shift is the index
  };

  // Harmonic k (from 1) of a frame: amplitude of sine and cosine. `frame` 0 … 1 across the wavetable.
  struct Harmonic {
    double sine = 0, cosine = 0;
  };
  using Recipe = Harmonic (*)(int harmonic, double frame);

  WaveBank(int frames, Recipe recipe);

  [[nodiscard]] int frames() const noexcept { return frames_; }
  // The fullest level whose highest harmonic of `frequency` stays at or below `limit` (same units).
  [[nodiscard]] static int level(float frequency, float limit) noexcept { return level(frequency, limit, 0); }
  // The same, found quickly where it is near `guess`.
  [[nodiscard]] static int level(float frequency, float limit, int guess) noexcept;
  [[nodiscard]] Table table(int frame, int level) const noexcept {
    return {samples_.data() + static_cast<std::size_t>(frame) * frame_size_ + offset_[level], shift_[level]};
  }

 private:
  int frames_;
  std::size_t frame_size_ = 0;
  std::array<std::size_t, kLevels> offset_{};
  std::array<int, kLevels> shift_{};
  std::vector<float> samples_;
};

// nullptr when there is no wave of that name.
[[nodiscard]] std::shared_ptr<const WaveBank> wave_bank(std::string_view name);
[[nodiscard]] std::vector<std::string> wave_names();

}  // namespace figment::instruments
