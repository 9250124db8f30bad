// The nearest sound to an estimate that can be made from references by short filters.
//
//   Method    Every estimate channel is fitted, by least squares over the whole sound, with the sum of all reference signals, each
//             through a causal filter of `taps` taps (Vincent, Gribonval and Févotte 2006, "Performance measurement in blind audio
//             source separation"; the multichannel images of Vincent et al. 2007). The normal equations hold the correlations of
//             the references at lags below `taps`; they are gathered by overlapping blocks in the frequency domain, and solved by
//             Cholesky, in double precision
//   Singular  Channels that are alike, or bands without sound, make the equations singular (a voice in the middle does): then
//             a ridge is added, as little as makes the factorization go through, from 1e-14 of the mean energy on. What it
//             changes in the projection is as much below the estimate
//   Letters   R reference signals, T taps, N frames
//   Cost      R² T² doubles of memory; (R T)³ / 3 operations: 4 stereo stems and 512 taps 134 MB and some seconds, once for
//             any number of estimates
//   Threads   free: no shared state; making FFT plans takes a lock
#pragma once

#include <complex>
#include <memory>
#include <span>
#include <vector>

namespace figment::stems {

using Signal = std::vector<double>;

// A spectrum of real sound in double precision; zeros behind what is given. Scale as dsp/fft.h.
class DoubleFft {
 public:
  explicit DoubleFft(int size);
  ~DoubleFft();
  DoubleFft(const DoubleFft&) = delete;
  DoubleFft& operator=(const DoubleFft&) = delete;
  [[nodiscard]] int size() const noexcept { return size_; }
  [[nodiscard]] int bins() const noexcept { return size_ / 2 + 1; }
  void forward(std::span<const double> sound, std::complex<double>* bins) noexcept;
  [[nodiscard]] std::span<const double> inverse(const std::complex<double>* bins) noexcept;   // good until the next call

 private:
  int size_;
  double* time_;
  std::complex<double>* spectrum_;
  void* forward_;
  void* inverse_;
};

// The least power of two that is not below `n`.
[[nodiscard]] int power_of_two(std::int64_t n);

// filters[r] is what reference r goes through.
using Filters = std::vector<Signal>;

// `references` and `estimates` are of one length. Returns, for every estimate, a filter for every reference.
[[nodiscard]] std::vector<Filters> projection_filters(std::span<const std::span<const double>> references, std::span<const std::span<const double>> estimates, int taps);

// In place: the lower triangle of the symmetric n × n `matrix`, row by row, becomes its factor. False where it is not positive
// definite in double precision; the matrix is then spoilt.
[[nodiscard]] bool cholesky(std::vector<double>& matrix, std::size_t n);

}  // namespace figment::stems
