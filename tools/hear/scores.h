// How near what was found is to what is true, as mir_eval counts.
//
//   F-measure   hits over the mean of how many there are and how many were found; a hit is the only partner of one truth
//               within the tolerance (Davies, Degara and Plumbley 2009; mir_eval.beat.f_measure, onset.f_measure, without
//               leaving out the first five seconds, because loops are shorter)
//   Tempo       accuracy 1: within 4 % of the truth; accuracy 2: also of its half, double, third or triple (Gouyon et al.
//               2006)
#pragma once

#include <string>
#include <vector>

#include "score/scale.h"

namespace figment::hear {

[[nodiscard]] double f_measure(const std::vector<double>& truth, const std::vector<double>& found, double tolerance);
[[nodiscard]] bool tempo_right(double truth, double found);
[[nodiscard]] bool tempo_right_but_for_octave(double truth, double found);
[[nodiscard]] double tempo_of(const std::vector<double>& beats);       // BPM of the median of eight beats in a row

// Share of the time where root and kind (major, minor, none) agree (mir_eval.chord, "majmin"); chords of other kinds in the
// truth are left out. Names as in Harte's syntax: "G:min7/b3", "N".
struct NamedSpan {
  double start, end;
  std::string name;
};
[[nodiscard]] double majmin_recall(const std::vector<NamedSpan>& truth, const std::vector<NamedSpan>& found);

// 1 right, 0.5 a fifth off, 0.3 the relative, 0.2 the parallel (MIREX key detection).
[[nodiscard]] double key_score(const score::Key& truth, const score::Key& found);

}  // namespace figment::hear
