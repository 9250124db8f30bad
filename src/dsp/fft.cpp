#include "dsp/fft.h"

#include <fftw3.h>

#include <cmath>
#include <mutex>
#include <new>
#include <numbers>
#include <string>

#include "base/error.h"

namespace figment::dsp {
namespace {

std::mutex& planner() {
  static std::mutex lock;
  return lock;
}

}  // namespace

RealFft::RealFft(int size) : size_(size), time_(nullptr), spectrum_(nullptr), forward_(nullptr), inverse_(nullptr) {
  if (size < 2 || size > (1 << 24) || size % 2 != 0) {
    throw Error(ErrorCode::InvalidArgument,
                "a Fourier transform wants an even size from 2 to 16777216, not " + std::to_string(size));
  }
  const auto count = static_cast<std::size_t>(size);
  const std::lock_guard hold(planner());
  time_ = fftwf_alloc_real(count);
  auto* bins = fftwf_alloc_complex(count / 2 + 1);
  spectrum_ = reinterpret_cast<std::complex<float>*>(bins);
  if (time_ != nullptr && bins != nullptr) {
    forward_ = fftwf_plan_dft_r2c_1d(size, time_, bins, FFTW_ESTIMATE);
    inverse_ = fftwf_plan_dft_c2r_1d(size, bins, time_, FFTW_ESTIMATE);
  }
  if (forward_ == nullptr || inverse_ == nullptr) {
    fftwf_free(time_);
    fftwf_free(bins);
    throw std::bad_alloc();
  }
  for (auto& x : time()) x = 0;
  for (auto& x : spectrum()) x = 0;
}

RealFft::~RealFft() {
  const std::lock_guard hold(planner());
  fftwf_destroy_plan(static_cast<fftwf_plan>(forward_));
  fftwf_destroy_plan(static_cast<fftwf_plan>(inverse_));
  fftwf_free(time_);
  fftwf_free(spectrum_);
}

std::span<float> RealFft::time() noexcept { return {time_, static_cast<std::size_t>(size_)}; }
std::span<std::complex<float>> RealFft::spectrum() noexcept { return {spectrum_, static_cast<std::size_t>(bins())}; }
void RealFft::forward() noexcept { fftwf_execute(static_cast<fftwf_plan>(forward_)); }
void RealFft::inverse() noexcept { fftwf_execute(static_cast<fftwf_plan>(inverse_)); }

std::vector<float> hann(int size) {
  std::vector<float> window(static_cast<std::size_t>(size));
  for (int i = 0; i < size; ++i) {
    window[static_cast<std::size_t>(i)] = static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * i / size));
  }
  return window;
}

}  // namespace figment::dsp
