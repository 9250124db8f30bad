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

namespace {

// 0 … 11 major, 12 … 23 minor, 24 none, -1 of another kind.
int majmin(const std::string& name) {
  if (name == "N" || name.empty()) return 24;
  const std::string letters = "C D EF G A B";
  const auto at = letters.find(name[0]);
  if (at == std::string::npos) return -1;
  int root = static_cast<int>(at);
  std::size_t i = 1;
  for (; i < name.size() && (name[i] == '#' || name[i] == 'b'); ++i) root += name[i] == '#' ? 1 : -1;
  root = (root + 12) % 12;
  const std::string kind = i < name.size() && name[i] == ':' ? name.substr(i + 1, name.find('/', i) - i - 1) : "maj";
  if (kind.rfind("min", 0) == 0) return 12 + root;
  if (kind.rfind("maj", 0) == 0 || kind.rfind("7", 0) == 0 || kind.rfind("9", 0) == 0) return root;
  return -1;
}

}  // namespace

double majmin_recall(const std::vector<NamedSpan>& truth, const std::vector<NamedSpan>& found) {
  double right = 0, all = 0;
  for (const NamedSpan& t : truth) {
    const int wanted = majmin(t.name);
    if (wanted < 0) continue;
    all += t.end - t.start;
    for (const NamedSpan& f : found) {
      const double both = std::min(t.end, f.end) - std::max(t.start, f.start);
      if (both > 0 && majmin(f.name) == wanted) right += both;
    }
  }
  return all > 0 ? right / all : 0;
}

double key_score(const score::Key& truth, const score::Key& found) {
  const bool same_mode = score::minor_third(truth.mode) == score::minor_third(found.mode);
  if (same_mode && truth.tonic == found.tonic) return 1;
  if (same_mode && (score::pitch_class(found.tonic - truth.tonic) == 7 || score::pitch_class(truth.tonic - found.tonic) == 7)) return 0.5;
  if (!same_mode && score::pitch_class(found.tonic - truth.tonic) == (score::minor_third(truth.mode) ? 3 : 9)) return 0.3;
  if (!same_mode && truth.tonic == found.tonic) return 0.2;
  return 0;
}

}  // namespace figment::hear
