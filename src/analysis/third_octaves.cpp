#include "analysis/third_octaves.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "base/executor.h"
#include "dsp/fft.h"

namespace figment::analysis {
namespace {

constexpr int kOverlap = 4;
constexpr double kSquares = kOverlap * 3.0 / 8;   // what the squared windows over one sample add up to
constexpr std::int64_t kHopsOfJob = 128;

using Energies = std::array<double, kBands>;

int window_size(Hertz rate) { return static_cast<int>(std::bit_floor(static_cast<unsigned>(std::clamp(rate.value / 2.05, 512.0, 262144.0)))); }

// Adds the energies of one window's spectrum to the bands; a bin at a band's edge counts by the share that lies inside.
void add_bands(std::span<const std::complex<float>> bins, const std::array<double, kBands + 1>& edges, Energies& energies) {
  const int last = static_cast<int>(bins.size()) - 1;
  for (std::size_t b = 0; b < kBands; ++b) {
    const double low = edges[b], high = std::min(edges[b + 1], static_cast<double>(last));
    double sum = 0;
    for (int k = static_cast<int>(low + 0.5); k <= static_cast<int>(high + 0.5) && k <= last; ++k) {
      const double share = std::min(high, k + 0.5) - std::max(low, k - 0.5);
      if (share > 0) sum += share * static_cast<double>(std::norm(bins[static_cast<std::size_t>(k)]));
    }
    energies[b] += sum;
  }
}

}  // namespace

BandLevels third_octaves(const audio::Spool& sound, std::int64_t frames, const Progress& progress) {
  const int size = window_size(sound.rate());
  const std::int64_t hop = size / kOverlap;
  std::array<double, kBands + 1> edges{};
  for (int b = 0; b <= kBands; ++b) edges[static_cast<std::size_t>(b)] = 1000.0 * std::pow(10.0, (b - 17.5) / 10.0) / sound.rate().value * size;

  // Window k ends with hop k.
  const std::int64_t windows = (frames + size - 1) / hop;
  const auto jobs = static_cast<std::size_t>((windows + kHopsOfJob - 1) / kHopsOfJob);
  std::vector<Energies> energies(jobs);
  const auto window = dsp::hann(size);
  parallel_for(jobs, [&](std::size_t j) {
    const std::int64_t first = static_cast<std::int64_t>(j) * kHopsOfJob, count = std::min(kHopsOfJob, windows - first);
    const std::int64_t begin = (first + 1) * hop - size;
    audio::AudioBuffer piece(sound.channels(), (count - 1) * hop + size, sound.rate());
    // What lies beyond `frames` in the spool is not part of the sound.
    sound.read(begin, piece.block().part(0, frames - begin));
    dsp::RealFft fft(size);
    for (std::int64_t k = 0; k < count; ++k) {
      for (int c = 0; c < piece.channels(); ++c) {
        const float* from = piece.channel(c) + k * hop;
        for (int n = 0; n < size; ++n) fft.time()[static_cast<std::size_t>(n)] = from[n] * window[static_cast<std::size_t>(n)];
        fft.forward();
        add_bands(fft.spectrum(), edges, energies[j]);
      }
    }
    progress.check();
  });

  Energies sums{};
  for (const Energies& e : energies)
    for (std::size_t b = 0; b < kBands; ++b) sums[b] += e[b];
  // Positive frequencies hold half the energy.
  const double scale = 2.0 / (size * kSquares * static_cast<double>(std::max<std::int64_t>(frames, 1)) * sound.channels());
  BandLevels levels{};
  for (std::size_t b = 0; b < kBands; ++b) levels[b] = sums[b] * scale > 1e-20 ? 10 * std::log10(sums[b] * scale) : -200;
  return levels;
}

}  // namespace figment::analysis
