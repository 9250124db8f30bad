// From how strong each source is in every bin to the sources themselves: the multichannel Wiener filter.
//
//   Method   x = Σ s_j, s_j of power v_j(t, f) and a place in the stereo picture R_j(f); s_j = v_j R_j (Σ v_i R_i)⁻¹ x (Duong,
//            Vincent and Gribonval 2010; Nugraha, Liutkus and Vincent 2016). The places are measured from the mix, weighted by each
//            source's share, over bands: a source that stands elsewhere than its neighbours in a bin is told from them
//   Phase    the mix's
//   Threads  uses all that the pool has; the same bits for any number of them
#pragma once

#include <array>
#include <vector>

#include "separation/spectrogram.h"

namespace figment::separation {

// 2 × 2, Hermitian, trace 1.
struct Place {
  float left = 0.5F, right = 0.5F;
  std::complex<float> cross{0, 0};
};

// Shares of the mix's power, which add up to 1 in every bin.
using Shares = std::array<Plane, 4>;

// By source and bin.
[[nodiscard]] std::array<std::vector<Place>, 4> find_places(const Spectrogram& mix, const Shares& shares);

// One source, in place of `out` (made to the mix's shape).
void wiener(const Spectrogram& mix, const Shares& shares, const std::array<std::vector<Place>, 4>& places, std::size_t source, Spectrogram& out);

}  // namespace figment::separation
