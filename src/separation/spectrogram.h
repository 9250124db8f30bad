// A sound as frames of spectra, and back.
//
//   Method   Hann windows before and after, four to a frame's length, so that what is not changed comes back to float rounding
//   Shapes   frame t is centred at sample t · hop; frames = samples / hop + 2, so that the last sample is under a whole window.
//            Rows are frames: row(c, t)[bin], 0 <= bin <= size / 2. Scaled so that a sine of amplitude a shows as a / 2 · size / 2
//   Repeat   the same bits for any number of threads
//   Memory   4 · samples complex floats a channel
//   Threads  uses all that the pool has
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

#include "audio/buffer.h"

namespace figment::separation {

// Real numbers over frames and bins.
struct Plane {
  std::int64_t frames = 0;
  int bins = 0;
  std::vector<float> x;

  Plane() = default;
  Plane(std::int64_t frames_, int bins_, float value = 0) : frames(frames_), bins(bins_), x(static_cast<std::size_t>(frames_) * static_cast<std::size_t>(bins_), value) {}
  [[nodiscard]] float* row(std::int64_t t) noexcept { return x.data() + t * bins; }
  [[nodiscard]] const float* row(std::int64_t t) const noexcept { return x.data() + t * bins; }
};

struct Spectrogram {
  int size = 0, hop = 0;                       // samples; hop = size / 4
  std::int64_t frames = 0, samples = 0;
  int bins = 0, channels = 0;
  Hertz rate{};
  std::vector<std::complex<float>> x;

  [[nodiscard]] std::complex<float>* row(int c, std::int64_t t) noexcept { return x.data() + (c * frames + t) * bins; }
  [[nodiscard]] const std::complex<float>* row(int c, std::int64_t t) const noexcept { return x.data() + (c * frames + t) * bins; }
  [[nodiscard]] double bin_of(Hertz f) const noexcept { return f.value * size / rate.value; }
  [[nodiscard]] double seconds_per_frame() const noexcept { return hop / rate.value; }
};

// `size` a power of two.
[[nodiscard]] Spectrogram to_spectrogram(audio::AudioView sound, int size);

// `out` has spectrogram.samples frames.
void to_sound(const Spectrogram& spectrogram, audio::AudioBlock out);

}  // namespace figment::separation
