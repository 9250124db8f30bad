#include "analysis/harmony.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace figment::analysis {
namespace {

struct Quality {
  std::vector<int> intervals;
  double prior;
  bool minor_kind;
};
const std::array<Quality, 9>& qualities() {
  static const std::array<Quality, 9> table{{{{0, 4, 7}, 0.0, false},
                                             {{0, 3, 7}, 0.0, true},
                                             {{0, 4, 7, 10}, -0.5, false},
                                             {{0, 4, 7, 11}, -0.6, false},
                                             {{0, 3, 7, 10}, -0.4, true},
                                             {{0, 3, 6}, -1.0, true},
                                             {{0, 4, 8}, -1.6, false},
                                             {{0, 5, 7}, -1.0, false},
                                             {{0, 3, 6, 10}, -1.2, true}}};
  return table;
}
constexpr std::size_t kKinds = 9, kChords = 12 * kKinds, kStates = kChords + 1;   // the last: none

struct Stretch {
  double start, end;
  Chroma treble{}, bass{};
  double strength = 0;
};

std::vector<Stretch> stretches(const Tonality& notes, const BeatGrid& grid, double length) {
  std::vector<double> edges{0};
  const bool beats = grid.beats.size() >= 4 && grid.tempo.value > 0;
  if (beats) {
    // Slow beats are halved, so that no stretch is longer than 0.75 s.
    const double beat = 60 / grid.tempo.value;
    const int parts = std::max(1, static_cast<int>(std::lround(beat / 0.5)));
    for (std::size_t i = 0; i < grid.beats.size(); ++i) {
      const double at = grid.beats[i].value;
      const double next = i + 1 < grid.beats.size() ? grid.beats[i + 1].value : at + beat;
      for (int p = 0; p < parts; ++p) {
        const double edge = at + (next - at) * p / parts;
        if (edge > edges.back() + 0.12 && edge < length - 0.1) edges.push_back(edge);
      }
    }
    while (edges.back() + 1.5 * beat < length) edges.push_back(edges.back() + beat);
  } else {
    for (double at = 0.5; at < length - 0.1; at += 0.5) edges.push_back(at);
  }
  edges.push_back(length);
  std::vector<Stretch> result;
  const auto frames = static_cast<std::int64_t>(notes.treble.size());
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    Stretch s{edges[i], edges[i + 1], {}, {}, 0};
    // A frame looks 0.19 s to both sides, so the edges belong to the neighbours too.
    const double inside = std::min(0.08, (s.end - s.start) / 4);
    const auto from = std::clamp<std::int64_t>(std::llround((s.start + inside) * kTonalRate), 0, std::max<std::int64_t>(frames - 1, 0));
    const auto to = std::clamp<std::int64_t>(std::llround((s.end - inside) * kTonalRate), from, std::max<std::int64_t>(frames - 1, 0));
    for (std::int64_t f = from; f <= to && f < frames; ++f)
      for (std::size_t p = 0; p < 12; ++p) s.treble[p] += notes.treble[static_cast<std::size_t>(f)][p], s.bass[p] += notes.bass[static_cast<std::size_t>(f)][p];
    for (float& x : s.treble) x /= static_cast<float>(to - from + 1);
    for (float& x : s.bass) x /= static_cast<float>(to - from + 1);
    s.strength = std::accumulate(s.treble.begin(), s.treble.end(), 0.0);
    result.push_back(s);
  }
  return result;
}

Chroma normalized(const Chroma& chroma) {
  const float most = *std::max_element(chroma.begin(), chroma.end());
  Chroma result{};
  if (most > 1e-6F)
    for (std::size_t p = 0; p < 12; ++p) result[p] = chroma[p] / most;
  return result;
}

// Log likelihood of each chord for a stretch.
std::array<double, kStates> likelihoods(const Stretch& s) {
  std::array<double, kStates> result{};
  const Chroma treble = normalized(s.treble), bass = normalized(s.bass);
  double square = 0;
  for (const float x : treble) square += static_cast<double>(x) * x;
  for (std::size_t c = 0; c < kChords; ++c) {
    const auto root = static_cast<int>(c / kKinds);
    const Quality& q = qualities()[c % kKinds];
    double dot = 0;
    for (const int i : q.intervals) dot += treble[static_cast<std::size_t>((root + i) % 12)] * (i == 0 ? 1.0 : i == 10 || i == 11 ? 0.85 : 0.95);
    const double length = std::sqrt(static_cast<double>(q.intervals.size()));
    const double fit = square > 0 ? dot / (std::sqrt(square) * length) : 0;
    double low = bass[static_cast<std::size_t>(root)];
    for (std::size_t k = 1; k < q.intervals.size() && k < 3; ++k) low = std::max(low, 0.6 * bass[static_cast<std::size_t>((root + q.intervals[k]) % 12)]);
    result[c] = 11 * fit + 1.3 * low + 0.7 * q.prior;
  }
  result[kChords] = square > 0 ? 11 * 0.62 + 0.3 : 11;
  return result;
}

score::Chord chord_of(std::size_t state) {
  score::Chord chord;
  if (state == kChords) return chord;
  chord.root = static_cast<int>(state / kKinds);
  chord.intervals = qualities()[state % kKinds].intervals;
  return chord;
}

// How likely a chord is in a key: degree by degree, of what pop, dance and folk music use.
double degree_weight(int degree, bool minor_kind, bool minor_key) {
  struct Row {
    double major, minor;
  };
  static constexpr std::array<Row, 12> kMajor{{{0.29, 0.01}, {0.004, 0.004}, {0.02, 0.10}, {0.008, 0.003}, {0.015, 0.055}, {0.17, 0.02}, {0.003, 0.006}, {0.18, 0.012}, {0.006, 0.003}, {0.012, 0.15}, {0.025, 0.004}, {0.003, 0.012}}};
  static constexpr std::array<Row, 12> kMinor{{{0.015, 0.30}, {0.008, 0.003}, {0.004, 0.035}, {0.10, 0.004}, {0.003, 0.004}, {0.025, 0.12}, {0.003, 0.008}, {0.06, 0.07}, {0.15, 0.004}, {0.003, 0.008}, {0.13, 0.006}, {0.004, 0.006}}};
  const Row& row = (minor_key ? kMinor : kMajor)[static_cast<std::size_t>(degree)];
  return minor_kind ? row.minor : row.major;
}

std::vector<std::size_t> decode(const std::vector<std::array<double, kStates>>& heard, const std::vector<double>& prior, const std::vector<Stretch>& parts) {
  constexpr double kStay = 0.0, kMove = -3.2;
  const std::size_t n = heard.size();
  std::vector<std::size_t> path(n);
  if (n == 0) return path;
  std::array<double, kStates> score{};
  for (std::size_t c = 0; c < kStates; ++c) score[c] = heard[0][c] + prior[c];
  std::vector<std::array<std::uint8_t, kStates>> back(n);
  for (std::size_t i = 1; i < n; ++i) {
    const auto top = static_cast<std::size_t>(std::max_element(score.begin(), score.end()) - score.begin());
    const double moved = score[top] + kMove;
    std::array<double, kStates> next{};
    const double weight = std::min(1.0, (parts[i].end - parts[i].start) / 0.4);
    for (std::size_t c = 0; c < kStates; ++c) {
      const bool stay = score[c] + kStay >= moved + prior[c];
      next[c] = (stay ? score[c] + kStay : moved + prior[c]) + weight * heard[i][c];
      back[i][c] = static_cast<std::uint8_t>(stay ? c : top);
    }
    score = next;
  }
  path[n - 1] = static_cast<std::size_t>(std::max_element(score.begin(), score.end()) - score.begin());
  for (std::size_t i = n - 1; i > 0; --i) path[i - 1] = back[i][path[i]];
  return path;
}

// Albrecht and Shanahan 2013, "The use of large corpora to train a new type of key-finding algorithm", table of profiles.
constexpr std::array<double, 12> kMajorProfile{0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081};
constexpr std::array<double, 12> kMinorProfile{0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052};

double correlation(const std::array<double, 12>& x, const std::array<double, 12>& profile, int tonic) {
  double mx = 0, mp = 0;
  for (std::size_t i = 0; i < 12; ++i) mx += x[i] / 12, mp += profile[i] / 12;
  double xy = 0, xx = 0, pp = 0;
  for (int i = 0; i < 12; ++i) {
    const double a = x[static_cast<std::size_t>((i + tonic) % 12)] - mx, b = profile[static_cast<std::size_t>(i)] - mp;
    xy += a * b, xx += a * a, pp += b * b;
  }
  return xx > 0 ? xy / std::sqrt(xx * pp) : 0;
}

// From a score for each of the major and then the minor keys. `notes`: how much there is of each pitch class.
HeardKey ranked(const std::array<double, 24>& score, const std::array<double, 12>& notes) {
  HeardKey result;
  std::array<std::size_t, 24> order{};
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return score[a] > score[b]; });
  double sum = 0;
  for (const double s : score) sum += std::exp(1.2 * (s - score[order[0]]));
  const auto key = [](std::size_t k) { return score::Key{static_cast<int>(k % 12), k >= 12 ? score::Mode::Minor : score::Mode::Major}; };
  result.key = key(order[0]);
  result.second = key(order[1]);
  const double fit = std::clamp(correlation(notes, order[0] >= 12 ? kMinorProfile : kMajorProfile, static_cast<int>(order[0] % 12)), 0.0, 1.0);
  result.confidence = fit / sum;
  result.second_confidence = fit * std::exp(1.2 * (score[order[1]] - score[order[0]])) / sum;
  return result;
}

HeardKey find_key(const std::vector<Stretch>& parts, const std::vector<std::size_t>& path) {
  std::array<double, 12> all{}, low{};
  double total = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (path[i] == kChords) continue;
    const double time = parts[i].end - parts[i].start;
    const Chroma treble = normalized(parts[i].treble), bass = normalized(parts[i].bass);
    for (std::size_t p = 0; p < 12; ++p) all[p] += time * (treble[p] + 0.6 * bass[p]), low[p] += time * bass[p];
    total += time;
  }
  HeardKey result;
  if (total <= 0) return result;
  std::array<double, 24> score{};
  for (int k = 0; k < 24; ++k) {
    const int tonic = k % 12;
    const bool minor = k >= 12;
    const double notes = correlation(all, minor ? kMinorProfile : kMajorProfile, tonic);
    double chords = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (path[i] == kChords) continue;
      const auto root = static_cast<int>(path[i] / kKinds);
      const double weight = degree_weight((root - tonic + 12) % 12, qualities()[path[i] % kKinds].minor_kind, minor);
      chords += (parts[i].end - parts[i].start) / total * std::log(weight);
    }
    const double bass = low[static_cast<std::size_t>(tonic)] / (*std::max_element(low.begin(), low.end()) + 1e-9);
    double ends = 0;
    const auto is_tonic = [&](std::size_t state) { return state != kChords && static_cast<int>(state / kKinds) == tonic && qualities()[state % kKinds].minor_kind == minor; };
    for (std::size_t i = parts.size(); i-- > 0;)
      if (path[i] != kChords) {
        ends += is_tonic(path[i]) ? 0.6 : 0;
        break;
      }
    for (const std::size_t state : path)
      if (state != kChords) {
        ends += is_tonic(state) ? 0.5 : 0;
        break;
      }
    score[static_cast<std::size_t>(k)] = 5 * notes + 2.2 * chords + 0.5 * bass + ends;
  }
  return ranked(score, all);
}

}  // namespace

HeardKey key_of(const Melody& melody) {
  std::array<double, 12> time{};
  double total = 0;
  for (const HeardNote& n : melody.notes) {
    const auto pitch = static_cast<std::size_t>(score::pitch_class(static_cast<int>(std::lround(n.pitch))));
    const double span = std::min(1.5, (n.end - n.start).value);
    time[pitch] += span;
    total += span;
  }
  if (melody.notes.size() < 4 || total <= 0) return {};
  const int last = score::pitch_class(static_cast<int>(std::lround(melody.notes.back().pitch)));
  std::array<double, 24> score{};
  for (int k = 0; k < 24; ++k) score[static_cast<std::size_t>(k)] = 5 * correlation(time, k >= 12 ? kMinorProfile : kMajorProfile, k % 12) + (k % 12 == last ? 0.6 : 0);
  return ranked(score, time);
}

std::vector<double> harmonic_changes(const Tonality& notes, const std::vector<Seconds>& beats) {
  std::vector<double> change(beats.size(), 0.0);
  const auto frames = static_cast<std::int64_t>(notes.treble.size());
  if (beats.size() < 4 || frames < 2) return change;
  const auto mean = [&](double from, double to) {
    std::array<double, 24> sum{};
    const auto first = std::clamp<std::int64_t>(std::llround(from * kTonalRate), 0, frames - 1), last = std::clamp<std::int64_t>(std::llround(to * kTonalRate), first, frames - 1);
    for (std::int64_t f = first; f <= last; ++f)
      for (std::size_t p = 0; p < 12; ++p) sum[p] += notes.treble[static_cast<std::size_t>(f)][p], sum[12 + p] += notes.bass[static_cast<std::size_t>(f)][p];
    return sum;
  };
  const auto distance = [](const std::array<double, 24>& a, const std::array<double, 24>& b, std::size_t from) {
    double xy = 0, xx = 1e-9, yy = 1e-9;
    for (std::size_t p = from; p < from + 12; ++p) xy += a[p] * b[p], xx += a[p] * a[p], yy += b[p] * b[p];
    return 1 - xy / std::sqrt(xx * yy);
  };
  std::vector<double> raw(beats.size(), 0.0);
  for (std::size_t i = 1; i + 1 < beats.size(); ++i) {
    const double at = beats[i].value, left = beats[i >= 2 ? i - 2 : 0].value, right = beats[std::min(i + 2, beats.size() - 1)].value;
    const auto before = mean(left + 0.05, at - 0.05), after = mean(at + 0.05, right - 0.05);
    raw[i] = distance(before, after, 0) + distance(before, after, 12);
  }
  double sum = 0, squares = 0;
  for (const double r : raw) sum += r, squares += r * r;
  const auto n = static_cast<double>(raw.size());
  const double usual = sum / n, spread = std::sqrt(std::max(1e-6, squares / n - usual * usual));
  for (std::size_t i = 1; i + 1 < beats.size(); ++i) change[i] = std::clamp((raw[i] - usual) / spread, -2.0, 2.0);
  return change;
}

Harmony find_harmony(const Tonality& notes, const BeatGrid& grid, Seconds length) {
  Harmony result;
  const std::vector<Stretch> parts = stretches(notes, grid, length.value);
  std::vector<std::array<double, kStates>> heard;
  for (const Stretch& s : parts) heard.push_back(likelihoods(s));
  std::vector<double> prior(kStates, 0.0);
  std::vector<std::size_t> path = decode(heard, prior, parts);
  result.key = find_key(parts, path);
  if (result.key.confidence > 0) {
    for (std::size_t c = 0; c < kChords; ++c) {
      const auto degree = (static_cast<int>(c / kKinds) - result.key.key.tonic + 12) % 12;
      const double weight = degree_weight(degree, qualities()[c % kKinds].minor_kind, result.key.key.mode == score::Mode::Minor);
      prior[c] = 0.45 * std::max(-3.0, std::log(weight / 0.1));
    }
    path = decode(heard, prior, parts);
    result.key = find_key(parts, path);
  }
  double time = 0, sounding = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double span = parts[i].end - parts[i].start;
    time += span;
    if (path[i] != kChords) sounding += span;
    // How far ahead of the best chord with another root or third.
    double rival = heard[i][kChords];
    for (std::size_t c = 0; c < kChords; ++c) {
      const bool same = path[i] != kChords && c / kKinds == path[i] / kKinds && qualities()[c % kKinds].minor_kind == qualities()[path[i] % kKinds].minor_kind;
      if (!same) rival = std::max(rival, heard[i][c]);
    }
    const double confidence = 1 / (1 + std::exp(1.5 * (rival - heard[i][path[i]])));
    const score::Chord chord = chord_of(path[i]);
    if (!result.chords.empty() && result.chords.back().chord == chord) {
      HeardChord& last = result.chords.back();
      const double before = (last.end - last.start).value;
      last.confidence = (last.confidence * before + confidence * span) / (before + span);
      last.end = Seconds{parts[i].end};
    } else {
      result.chords.push_back({Seconds{parts[i].start}, Seconds{parts[i].end}, chord, confidence});
    }
  }
  result.tonal = time > 0 ? sounding / time : 0;
  // Drums have chords of a kind, too; but none that is clear, and none for long.
  double clear = 0;
  for (const HeardChord& c : result.chords)
    if (!c.none()) clear += c.confidence * (c.end - c.start).value;
  const double trust = std::clamp((time > 0 ? clear / time : 0) * 2.2 - 0.3, 0.0, 1.0) * std::min(1.0, time / 3);
  result.key.confidence *= trust;
  result.key.second_confidence *= trust;
  return result;
}

}  // namespace figment::analysis
