// The spectrum of real sound, windowed where asked.
//
//   Library  FFTW in single precision, planned by estimate (no measuring: the same bits every run). FFTW's planner is
//            not thread-safe; planning here is behind one lock, transforming needs none
//   Scale    `forward` is the plain sum; `inverse(forward(x))` gives x · size
//   Size     even, 2 … 2^24, else Error InvalidArgument
//   Threads  one object per thread; making one locks and allocates, the rest does not

#pragma once

#include <complex>
#include <span>
#include <vector>

namespace figment::dsp {

class RealFft {
 public:
  explicit RealFft(int size);
  ~RealFft();
  RealFft(const RealFft&) = delete;
  RealFft& operator=(const RealFft&) = delete;

  [[nodiscard]] int size() const noexcept { return size_; }
  [[nodiscard]] int bins() const noexcept { return size_ / 2 + 1; }

  // Fill `time()`, call, read `spectrum()`; and back. Both are owned here. `inverse` destroys the spectrum.
  [[nodiscard]] std::span<float> time() noexcept;
  [[nodiscard]] std::span<std::complex<float>> spectrum() noexcept;
  void forward() noexcept;
  void inverse() noexcept;

 private:
  int size_;
  float* time_;
  std::complex<float>* spectrum_;
  void* forward_;
  void* inverse_;
};

// Periodic Hann window, and its equivalent use for power: Σw² of these is 3/8 · size.
[[nodiscard]] std::vector<float> hann(int size);

}  // namespace figment::dsp
