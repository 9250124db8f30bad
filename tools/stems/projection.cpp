#include "projection.h"

#include <fftw3.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "base/error.h"

namespace figment::stems {
namespace {

std::mutex& planner() {
  static std::mutex lock;
  return lock;
}

// correlation(a, b)[m + taps - 1] = Σ a[n] b[n + m], -taps < m < taps, for all pairs a of `left` with b of `right`.
std::vector<Signal> correlations(std::span<const std::span<const double>> left, std::span<const std::span<const double>> right, int taps) {
  const std::int64_t frames = static_cast<std::int64_t>(left.front().size()), reach = taps - 1;
  const int size = power_of_two(std::min<std::int64_t>(std::max<std::int64_t>(16 * taps, 4096), frames + 2 * reach));
  const std::int64_t block = size - 2 * reach;
  DoubleFft fft(size);
  const auto bins = static_cast<std::size_t>(fft.bins());
  std::vector<std::complex<double>> sums(left.size() * right.size() * bins), a(left.size() * bins), b(right.size() * bins);
  Signal piece;
  for (std::int64_t at = 0; at < frames; at += block) {
    const std::int64_t end = std::min(at + block, frames);
    for (std::size_t i = 0; i < left.size(); ++i) fft.forward(left[i].subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(end - at)), &a[i * bins]);
    for (std::size_t j = 0; j < right.size(); ++j) {
      // piece[p] = b[at - reach + p]
      piece.assign(static_cast<std::size_t>(end - at + 2 * reach), 0.0);
      for (std::int64_t n = std::max<std::int64_t>(at - reach, 0); n < std::min(end + reach, frames); ++n) piece[static_cast<std::size_t>(n - at + reach)] = right[j][static_cast<std::size_t>(n)];
      fft.forward(piece, &b[j * bins]);
    }
    for (std::size_t i = 0; i < left.size(); ++i)
      for (std::size_t j = 0; j < right.size(); ++j)
        for (std::size_t k = 0; k < bins; ++k) sums[(i * right.size() + j) * bins + k] += std::conj(a[i * bins + k]) * b[j * bins + k];
  }
  std::vector<Signal> result(left.size() * right.size());
  for (std::size_t pair = 0; pair < result.size(); ++pair) {
    const auto sound = fft.inverse(&sums[pair * bins]);
    for (std::int64_t m = 0; m < 2 * reach + 1; ++m) result[pair].push_back(sound[static_cast<std::size_t>(m)] / size);
  }
  return result;
}

// Solves L Lᵀ x = b in place, for `count` right sides lying side by side: b[row * count + side].
void solve(const std::vector<double>& factor, std::size_t n, std::vector<double>& b, std::size_t count) {
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k)
      for (std::size_t s = 0; s < count; ++s) b[i * count + s] -= factor[i * n + k] * b[k * count + s];
    for (std::size_t s = 0; s < count; ++s) b[i * count + s] /= factor[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t s = 0; s < count; ++s) b[i * count + s] /= factor[i * n + i];
    for (std::size_t k = 0; k < i; ++k)
      for (std::size_t s = 0; s < count; ++s) b[k * count + s] -= factor[i * n + k] * b[i * count + s];
  }
}

}  // namespace

int power_of_two(std::int64_t n) {
  std::int64_t size = 2;
  while (size < n) size *= 2;
  if (size > (1 << 28)) throw Error(ErrorCode::InvalidArgument, "a window of " + std::to_string(n) + " frames is too long to judge");
  return static_cast<int>(size);
}

DoubleFft::DoubleFft(int size) : size_(size) {
  const std::scoped_lock lock(planner());
  time_ = fftw_alloc_real(static_cast<std::size_t>(size));
  spectrum_ = reinterpret_cast<std::complex<double>*>(fftw_alloc_complex(static_cast<std::size_t>(bins())));
  forward_ = fftw_plan_dft_r2c_1d(size, time_, reinterpret_cast<fftw_complex*>(spectrum_), FFTW_ESTIMATE);
  inverse_ = fftw_plan_dft_c2r_1d(size, reinterpret_cast<fftw_complex*>(spectrum_), time_, FFTW_ESTIMATE);
}

DoubleFft::~DoubleFft() {
  const std::scoped_lock lock(planner());
  fftw_destroy_plan(static_cast<fftw_plan>(forward_));
  fftw_destroy_plan(static_cast<fftw_plan>(inverse_));
  fftw_free(time_);
  fftw_free(spectrum_);
}

void DoubleFft::forward(std::span<const double> sound, std::complex<double>* out) noexcept {
  std::copy(sound.begin(), sound.end(), time_);
  std::fill(time_ + sound.size(), time_ + size_, 0.0);
  fftw_execute(static_cast<fftw_plan>(forward_));
  std::copy_n(spectrum_, bins(), out);
}

std::span<const double> DoubleFft::inverse(const std::complex<double>* in) noexcept {
  std::copy_n(in, bins(), spectrum_);
  fftw_execute(static_cast<fftw_plan>(inverse_));
  return {time_, static_cast<std::size_t>(size_)};
}

bool cholesky(std::vector<double>& m, std::size_t n) {
  constexpr std::size_t kPanel = 64;
  for (std::size_t p = 0; p < n; p += kPanel) {
    const std::size_t end = std::min(p + kPanel, n);
    // The panel's columns, from the diagonal down.
    for (std::size_t i = p; i < n; ++i)
      for (std::size_t j = p; j < std::min(i + 1, end); ++j) {
        double sum = m[i * n + j];
        for (std::size_t k = p; k < j; ++k) sum -= m[i * n + k] * m[j * n + k];
        if (i == j) {
          if (!(sum > 0)) return false;
          m[i * n + j] = std::sqrt(sum);
        } else {
          m[i * n + j] = sum / m[j * n + j];
        }
      }
    // What is right of it loses what the panel explains. The panel is laid out by columns, so that the inner loop runs along rows.
    std::vector<double> columns((end - p) * n);
    for (std::size_t k = p; k < end; ++k)
      for (std::size_t j = end; j < n; ++j) columns[(k - p) * n + j] = m[j * n + k];
    constexpr std::size_t kTile = 512;
    for (std::size_t tile = end; tile < n; tile += kTile) {
      for (std::size_t i = tile; i < n; ++i) {
        double* row = &m[i * n];
        const std::size_t last = std::min(std::min(tile + kTile, n), i + 1);
        std::size_t k = p;
        for (; k + 4 <= end; k += 4) {
          const double a = row[k], b = row[k + 1], c = row[k + 2], d = row[k + 3];
          const double *ca = &columns[(k - p) * n], *cb = ca + n, *cc = cb + n, *cd = cc + n;
          for (std::size_t j = tile; j < last; ++j) row[j] -= a * ca[j] + b * cb[j] + c * cc[j] + d * cd[j];
        }
        for (; k < end; ++k) {
          const double a = row[k];
          const double* ca = &columns[(k - p) * n];
          for (std::size_t j = tile; j < last; ++j) row[j] -= a * ca[j];
        }
      }
    }
  }
  return true;
}

std::vector<Filters> projection_filters(std::span<const std::span<const double>> references, std::span<const std::span<const double>> estimates, int taps) {
  const std::size_t signals = references.size(), length = static_cast<std::size_t>(taps), n = signals * length, sides = estimates.size();
  const std::vector<Signal> with_self = correlations(references, references, taps), with_estimates = correlations(references, estimates, taps);
  double energy = 0;
  for (std::size_t r = 0; r < signals; ++r) energy += with_self[r * signals + r][length - 1];
  energy /= static_cast<double>(signals);

  // Row (a, k), column (b, l): Σ a[n - k] b[n - l] = correlation(a, b)[k - l].
  std::vector<double> matrix(n * n);
  for (double ridge = 0;;) {
    for (std::size_t a = 0; a < signals; ++a)
      for (std::size_t k = 0; k < length; ++k)
        for (std::size_t b = 0; b <= a; ++b)
          for (std::size_t l = 0; l < length; ++l) matrix[(a * length + k) * n + b * length + l] = with_self[a * signals + b][length - 1 + k - l];
    for (std::size_t i = 0; i < n; ++i) matrix[i * n + i] += ridge;
    if (cholesky(matrix, n)) break;
    ridge = ridge == 0 ? 1e-14 * energy : 10 * ridge;
    if (!(ridge < energy)) throw Error(ErrorCode::InvalidArgument, "the references cannot be told apart", "are they silent, or not numbers?");
  }
  std::vector<double> sides_by_row(n * sides);
  for (std::size_t a = 0; a < signals; ++a)
    for (std::size_t k = 0; k < length; ++k)
      for (std::size_t s = 0; s < sides; ++s) sides_by_row[(a * length + k) * sides + s] = with_estimates[a * sides + s][length - 1 + k];
  solve(matrix, n, sides_by_row, sides);

  std::vector<Filters> filters(sides, Filters(signals, Signal(length)));
  for (std::size_t s = 0; s < sides; ++s)
    for (std::size_t a = 0; a < signals; ++a)
      for (std::size_t k = 0; k < length; ++k) filters[s][a][k] = sides_by_row[(a * length + k) * sides + s];
  return filters;
}

}  // namespace figment::stems
