#include "separation/soft_masks.h"

#include <algorithm>
#include <cmath>

#include "base/executor.h"

namespace figment::separation {
namespace {

constexpr double kWidth = 1.0;       // places are measured from half a bin's frequency to twice it
constexpr float kSpread = 0.02F;     // of every source's power comes from nowhere in particular: matrices that can be inverted

}  // namespace

std::array<std::vector<Place>, 4> find_places(const Spectrogram& mix, const Shares& shares) {
  struct Sum { double left = 0, right = 0; std::complex<double> cross; };
  std::array<std::vector<Sum>, 4> sums;
  for (auto& s : sums) s.resize(static_cast<std::size_t>(mix.bins));
  constexpr int kBins = 64;   // a job
  parallel_for(static_cast<std::size_t>((mix.bins + kBins - 1) / kBins), [&](std::size_t job) {
    const int first = static_cast<int>(job) * kBins, last = std::min(mix.bins, first + kBins);
    for (std::int64_t t = 0; t < mix.frames; ++t)
      for (int k = first; k < last; ++k) {
        const std::complex<float> l = mix.row(0, t)[k], r = mix.row(1, t)[k];
        const float ll = std::norm(l), rr = std::norm(r);
        const std::complex<float> lr = l * std::conj(r);
        for (std::size_t j = 0; j < 4; ++j) {
          const float share = shares[j].row(t)[k], w = share * share;
          Sum& s = sums[j][static_cast<std::size_t>(k)];
          s.left += w * ll, s.right += w * rr, s.cross += std::complex<double>(w * lr);
        }
      }
  });
  std::array<std::vector<Place>, 4> places;
  for (std::size_t j = 0; j < 4; ++j) {
    places[j].resize(static_cast<std::size_t>(mix.bins));
    std::vector<Sum> upto(static_cast<std::size_t>(mix.bins) + 1);
    for (std::size_t k = 0; k < static_cast<std::size_t>(mix.bins); ++k) {
      upto[k + 1] = upto[k];
      upto[k + 1].left += sums[j][k].left, upto[k + 1].right += sums[j][k].right, upto[k + 1].cross += sums[j][k].cross;
    }
    for (int k = 0; k < mix.bins; ++k) {
      const auto low = static_cast<std::size_t>(std::max(0.0, std::floor(k / (1 + kWidth) - 4))), high = static_cast<std::size_t>(std::min<double>(mix.bins, std::ceil(k * (1 + kWidth) + 5)));
      const double left = upto[high].left - upto[low].left, right = upto[high].right - upto[low].right, both = left + right;
      Place& p = places[j][static_cast<std::size_t>(k)];
      if (!(both > 1e-12)) continue;
      p.left = static_cast<float>(left / both);
      p.right = static_cast<float>(right / both);
      p.cross = std::complex<float>((upto[high].cross - upto[low].cross) / both);
    }
  }
  return places;
}

void wiener(const Spectrogram& mix, const Shares& shares, const std::array<std::vector<Place>, 4>& places, std::size_t source, Spectrogram& out) {
  if (out.x.size() != mix.x.size()) out = mix;
  parallel_for(static_cast<std::size_t>(mix.frames), [&](std::size_t frame) {
    const auto t = static_cast<std::int64_t>(frame);
    for (int k = 0; k < mix.bins; ++k) {
      float left = 0, right = 0;
      std::complex<float> cross{0, 0};
      for (std::size_t j = 0; j < 4; ++j) {
        const Place& p = places[j][static_cast<std::size_t>(k)];
        const float v = shares[j].row(t)[k];
        left += v * (p.left + kSpread), right += v * (p.right + kSpread), cross += v * p.cross;
      }
      const float det = left * right - std::norm(cross);
      const std::complex<float> l = mix.row(0, t)[k], r = mix.row(1, t)[k];
      // C⁻¹ x, then v R times it.
      const std::complex<float> a = (right * l - cross * r) / det, b = (left * r - std::conj(cross) * l) / det;
      const Place& p = places[source][static_cast<std::size_t>(k)];
      const float v = shares[source].row(t)[k];
      out.row(0, t)[k] = v * ((p.left + kSpread) * a + p.cross * b);
      out.row(1, t)[k] = v * (std::conj(p.cross) * a + (p.right + kSpread) * b);
    }
  });
}

}  // namespace figment::separation
