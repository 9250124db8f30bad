#include "scores.h"

#include <algorithm>
#include <cmath>

namespace figment::hear {

double f_measure(const std::vector<double>& truth, const std::vector<double>& found, double tolerance) {
  if (truth.empty() || found.empty()) return truth.empty() && found.empty() ? 1 : 0;
  // Both rise, so taking the first partner in reach is the largest matching.
  std::size_t hits = 0, at = 0;
  for (const double t : truth) {
    while (at < found.size() && found[at] < t - tolerance) ++at;
    if (at < found.size() && found[at] <= t + tolerance) ++hits, ++at;
  }
  return 2.0 * static_cast<double>(hits) / static_cast<double>(truth.size() + found.size());
}

bool tempo_right(double truth, double found) { return std::abs(found / truth - 1) <= 0.04; }

bool tempo_right_but_for_octave(double truth, double found) {
  for (const double times : {1.0, 2.0, 0.5, 3.0, 1.0 / 3})
    if (tempo_right(truth * times, found)) return true;
  return false;
}

double tempo_of(const std::vector<double>& beats) {
  const std::size_t span = std::min<std::size_t>(8, beats.size() / 2);
  if (span < 1) return 0;
  std::vector<double> lengths;
  for (std::size_t i = 0; i + span < beats.size(); ++i) lengths.push_back((beats[i + span] - beats[i]) / static_cast<double>(span));
  std::nth_element(lengths.begin(), lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2), lengths.end());
  const double beat = lengths[lengths.size() / 2];
  return beat > 0 ? 60 / beat : 0;
}

}  // namespace figment::hear
