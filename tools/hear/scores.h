// How near what was found is to what is true, as mir_eval counts.
//
//   F-measure   hits over the mean of how many there are and how many were found; a hit is the only partner of one truth
//               within the tolerance (Davies, Degara and Plumbley 2009; mir_eval.beat.f_measure, onset.f_measure, without
//               leaving out the first five seconds, because loops are shorter)
//   Tempo       accuracy 1: within 4 % of the truth; accuracy 2: also of its half, double, third or triple (Gouyon et al.
//               2006)
#pragma once

#include <vector>

namespace figment::hear {

[[nodiscard]] double f_measure(const std::vector<double>& truth, const std::vector<double>& found, double tolerance);
[[nodiscard]] bool tempo_right(double truth, double found);
[[nodiscard]] bool tempo_right_but_for_octave(double truth, double found);
[[nodiscard]] double tempo_of(const std::vector<double>& beats);       // BPM of the median of eight beats in a row

}  // namespace figment::hear
