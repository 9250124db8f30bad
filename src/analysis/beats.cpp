#include "analysis/beats.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

namespace figment::analysis {
namespace {

constexpr double kChange = 1000;         // how unlikely tempo changes are from beat to beat: exp(-kChange · |ln ratio|)
constexpr double kFreeChange = 100;      // the same where players are free with it,
constexpr double kWorthFreedom = 2;      // which must explain so much more a beat (natural logarithm)
constexpr double kTempoStep = 0.01;      // between neighbouring tempi, ln
constexpr double kTaste = 0.5;           // log likelihood a second that a tempo loses for each octave² from the likely one
constexpr int kFarthest = 30;            // tempi that one beat can be from the next
constexpr int kShare = 16;               // a beat is heard in the first 1/16 of its length
constexpr double kLeast = 1e-3;
constexpr double kJitter = 0.8;          // frames that a beat may be off its tempo's length: beats begin on frames, tempi lie between

struct Tempi {
  std::vector<double> lengths;           // frames, falling by kTempoStep
  std::vector<double> prior;             // of beginning with each
  std::vector<double> taste;             // for each second
};

struct Walk {
  std::vector<std::int64_t> births;      // frames where beats begin, rising
  double score = 0;                      // log likelihood a frame
};

// The most likely walk: beat after beat, each born on a frame, with a tempo. What a tempo's beats are worth that are born in
// frame t needs only the births up to a longest beat before t, so those lie in a ring; the best tempo to come from is found in
// two passes, since changes cost the same for each step of tempo.
Walk viterbi(const std::vector<float>& activation, const Tempi& tempi, double change) {
  const auto frames = static_cast<std::int64_t>(activation.size());
  const std::size_t count = tempi.lengths.size();
  Walk walk;
  if (frames == 0 || count == 0) return walk;
  std::vector<double> gain(activation.size() + 1, 0.0);      // of being a beat's first part, up to a frame
  double off_all = 0;
  for (std::size_t t = 0; t < activation.size(); ++t) {
    const double a = std::clamp(static_cast<double>(activation[t]), kLeast, 1 - kLeast);
    const double off = std::log((1 - a) / (kShare - 1));
    gain[t + 1] = gain[t] + std::log(a) - off;
    off_all += off;
  }
  struct Beat {
    int shortest;                        // of the three lengths that it may have
    std::array<double, 3> cost;
    std::int64_t zone;
    double taste;                        // for tempi that music has, over this length
  };
  std::vector<Beat> beats(count);
  std::int64_t longest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double length = tempi.lengths[i];
    beats[i].shortest = static_cast<int>(std::lround(length)) - 1;
    for (int k = 0; k < 3; ++k) {
      const double off = (beats[i].shortest + k - length) / kJitter;
      beats[i].cost[static_cast<std::size_t>(k)] = 0.5 * off * off;
    }
    beats[i].taste = tempi.taste[i] * length / kRhythmRate;
    beats[i].zone = std::max<std::int64_t>(1, static_cast<std::int64_t>(length / kShare + 0.5));
    longest = std::max<std::int64_t>(longest, beats[i].shortest + 2);
  }
  const auto gained = [&](std::int64_t t, std::int64_t zone) { return gain[static_cast<std::size_t>(std::clamp<std::int64_t>(t + zone, 0, frames))] - gain[static_cast<std::size_t>(std::max<std::int64_t>(t, 0))]; };

  std::vector<double> ring(static_cast<std::size_t>(longest + 1) * count, -1e300);
  const auto born = [&](std::int64_t t) { return ring.data() + static_cast<std::size_t>((t + 2 * (longest + 1)) % (longest + 1)) * count; };
  for (std::int64_t t = -longest; t <= 0; ++t)
    for (std::size_t i = 0; i < count; ++i)
      if (t > -beats[i].shortest) born(t)[i] = tempi.prior[i] - std::log(tempi.lengths[i]) + gained(t, beats[i].zone);
  std::vector<std::uint8_t> back(activation.size() * count);  // which of three lengths, and how many tempi away
  std::vector<double> ended(count), best(count);
  std::vector<std::uint8_t> which(count);
  std::vector<std::int32_t> from(count);
  const double step = change * kTempoStep;
  for (std::int64_t t = 1; t < frames; ++t) {
    for (std::size_t i = 0; i < count; ++i) {
      ended[i] = -1e300;
      for (int k = 0; k < 3; ++k) {
        const std::int64_t before = t - beats[i].shortest - k;
        if (before <= -beats[i].shortest) continue;
        const double score = born(before)[i] - beats[i].cost[static_cast<std::size_t>(k)];
        if (score > ended[i]) ended[i] = score, which[i] = static_cast<std::uint8_t>(k);
      }
    }
    best = ended;
    for (std::size_t i = 0; i < count; ++i) from[i] = static_cast<std::int32_t>(i);
    for (std::size_t i = 1; i < count; ++i)
      if (best[i - 1] - step > best[i] && static_cast<std::int32_t>(i) - from[i - 1] <= kFarthest) best[i] = best[i - 1] - step, from[i] = from[i - 1];
    for (std::size_t i = count - 1; i-- > 0;)
      if (best[i + 1] - step > best[i] && from[i + 1] - static_cast<std::int32_t>(i) <= kFarthest) best[i] = best[i + 1] - step, from[i] = from[i + 1];
    // Beats that began before the sound stay as they were: those frames of the ring are older than any that is asked for.
    for (std::size_t i = 0; i < count; ++i) {
      const int away = from[i] - static_cast<std::int32_t>(i) + kFarthest;
      back[static_cast<std::size_t>(t) * count + i] = static_cast<std::uint8_t>(away * 4 + which[static_cast<std::size_t>(from[i])]);
      born(t)[i] = best[i] + gained(t, beats[i].zone) + beats[i].taste;
    }
  }
  double most = -1e300;
  std::size_t tempo = 0;
  std::int64_t at = 0;
  for (std::size_t i = 0; i < count; ++i)
    for (std::int64_t t = frames - 1; t > frames - 1 - beats[i].shortest; --t)
      if (born(t)[i] > most) most = born(t)[i], tempo = i, at = t;
  walk.score = (most + off_all) / static_cast<double>(frames);
  while (at >= 0) {
    walk.births.push_back(at);
    if (at == 0) break;
    const std::uint8_t step_back = back[static_cast<std::size_t>(at) * count + tempo];
    tempo = static_cast<std::size_t>(static_cast<int>(tempo) + step_back / 4 - kFarthest);
    at -= beats[tempo].shortest + step_back % 4;
  }
  std::reverse(walk.births.begin(), walk.births.end());
  return walk;
}

double gain_a_beat(const Walk& walk, const Walk& other, std::size_t frames) {
  return (other.score - walk.score) * static_cast<double>(frames) / static_cast<double>(std::max(walk.births.size(), other.births.size()) + 1);
}

Tempi tempi_between(Bpm low, Bpm high, Bpm likely) {
  Tempi tempi;
  const double per_minute = 60 * kRhythmRate;
  const double shortest = std::max(8.0, per_minute / high.value), longest = std::max(shortest + 1, per_minute / low.value);
  for (double length = longest; length > shortest * (1 - kTempoStep / 2); length *= std::exp(-kTempoStep)) {
    const double octaves = std::log2(per_minute / length / likely.value);
    tempi.lengths.push_back(length);
    tempi.prior.push_back(-0.5 * octaves * octaves / (0.7 * 0.7));
    tempi.taste.push_back(-kTaste * octaves * octaves);
  }
  return tempi;
}

// The most likely instant of a beat born in frame `born`: the peak of the activation near it, between the frames.
Seconds peak_near(const std::vector<float>& activation, std::int64_t born, std::int64_t length) {
  const auto last = static_cast<std::int64_t>(activation.size()) - 1;
  const std::int64_t from = std::max<std::int64_t>(0, born - 1), to = std::min(last, born + std::max<std::int64_t>(1, length / kShare));
  std::int64_t best = std::clamp<std::int64_t>(born, 0, last);
  for (std::int64_t t = from; t <= to; ++t)
    if (activation[static_cast<std::size_t>(t)] > activation[static_cast<std::size_t>(best)]) best = t;
  double shift = 0;
  if (best > 0 && best < last) {
    const double a = activation[static_cast<std::size_t>(best) - 1], b = activation[static_cast<std::size_t>(best)], c = activation[static_cast<std::size_t>(best) + 1];
    const double curve = a - 2 * b + c;
    if (curve < -1e-9) shift = std::clamp(0.5 * (a - c) / curve, -0.5, 0.5);
  }
  return Seconds{(static_cast<double>(best) + shift) / kRhythmRate};
}

double median(std::vector<double> x) {
  if (x.empty()) return 0;
  const auto middle = x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2);
  std::nth_element(x.begin(), middle, x.end());
  return *middle;
}

// A line through (i, y[i]), each weighed; points far off it lose their say (iteratively reweighted, Cauchy).
struct Line {
  double at = 0, step = 0, spread = 0;
};
Line robust_line(const std::vector<double>& y, const std::vector<double>& weight, double scale) {
  Line line;
  std::vector<double> w = weight;
  for (int round = 0; round < 12; ++round) {
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const auto x = static_cast<double>(i);
      n += w[i], sx += w[i] * x, sy += w[i] * y[i], sxx += w[i] * x * x, sxy += w[i] * x * y[i];
    }
    const double d = n * sxx - sx * sx;
    if (d <= 0) break;
    line.step = (n * sxy - sx * sy) / d;
    line.at = (sy - line.step * sx) / n;
    std::vector<double> off;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double r = y[i] - line.at - line.step * static_cast<double>(i);
      off.push_back(std::abs(r));
      w[i] = weight[i] / (1 + r * r / (scale * scale));
    }
    line.spread = median(off);
  }
  return line;
}

// Each beat moved to the attack it stands for, with how much that attack says.
struct Anchored {
  std::vector<double> at, weight;
};
Anchored anchor(const std::vector<double>& beats, const std::vector<Attack>& attacks) {
  Anchored result{beats, std::vector<double>(beats.size(), 0.05)};
  for (std::size_t i = 0; i < beats.size(); ++i) {
    double best = 0;
    const auto from = std::lower_bound(attacks.begin(), attacks.end(), beats[i] - 0.045, [](const Attack& a, double t) { return a.at.value < t; });
    for (auto a = from; a != attacks.end() && a->at.value < beats[i] + 0.045; ++a) {
      const double off = (a->at.value - beats[i]) / 0.02;
      const double score = a->strength / (1 + off * off);
      if (score > best) {
        best = score;
        result.at[i] = a->at.value;
        result.weight[i] = 0.05 + a->strength;
      }
    }
  }
  return result;
}

// Whether the beats keep to a line: nine of ten within 25 ms, and nowhere several struck ones after another on one side of it.
bool keeps_to(const Line& line, const std::vector<double>& beats, const Anchored& anchored) {
  constexpr double kNear = 0.025, kBeside = 0.018, kStruck = 0.15;
  constexpr int kRun = 5;
  std::size_t near = 0;
  int run = 0;
  for (std::size_t i = 0; i < beats.size(); ++i) {
    const double on = line.at + line.step * static_cast<double>(i), off = anchored.at[i] - on;
    near += std::abs(beats[i] - on) < kNear;
    if (anchored.weight[i] < kStruck) continue;
    run = off > kBeside ? std::max(run, 0) + 1 : off < -kBeside ? std::min(run, 0) - 1 : 0;
    if (std::abs(run) >= kRun) return false;
  }
  return static_cast<double>(near) >= 0.9 * static_cast<double>(beats.size());
}

// Beats of changing tempo: as near to their attacks as they can be while the tempo moves smoothly. Minimizes
// Σ w (b - a)² + k Σ (b[i-1] - 2 b[i] + b[i+1])²; a banded system, solved by conjugate gradients.
std::vector<double> smooth(const Anchored& anchored, double stiffness) {
  const std::size_t n = anchored.at.size();
  std::vector<double> b = anchored.at;
  if (n < 4) return b;
  const auto apply = [&](const std::vector<double>& x, std::vector<double>& out) {
    for (std::size_t i = 0; i < n; ++i) out[i] = anchored.weight[i] * x[i];
    for (std::size_t i = 1; i + 1 < n; ++i) {
      const double bend = stiffness * (x[i - 1] - 2 * x[i] + x[i + 1]);
      out[i - 1] += bend, out[i] -= 2 * bend, out[i + 1] += bend;
    }
  };
  std::vector<double> r(n), p(n), q(n);
  apply(b, q);
  double rr = 0;
  for (std::size_t i = 0; i < n; ++i) p[i] = r[i] = anchored.weight[i] * anchored.at[i] - q[i], rr += r[i] * r[i];
  for (std::size_t round = 0; round < 4 * n && rr > 1e-18; ++round) {
    apply(p, q);
    double pq = 0;
    for (std::size_t i = 0; i < n; ++i) pq += p[i] * q[i];
    if (pq <= 0) break;
    const double step = rr / pq;
    double next = 0;
    for (std::size_t i = 0; i < n; ++i) b[i] += step * p[i], r[i] -= step * q[i], next += r[i] * r[i];
    for (std::size_t i = 0; i < n; ++i) p[i] = r[i] + next / rr * p[i];
    rr = next;
  }
  return b;
}

// Counts beats into bars: states (metre, position), each beat the next position, with a small chance of a change at a bar
// line or of a bar that is a beat too short or long.
struct Bars {
  int beats_per_bar = 0;
  std::vector<int> positions;
  double confidence = 0;
};
Bars count_bars(const std::vector<double>& beats, const BeatActivations& activations, const std::vector<double>& witness, const BeatOptions& options) {
  struct State {
    int metre, position;
    double price;          // of each beat
  };
  constexpr std::array<std::pair<int, double>, 6> kMetres{{{4, 0.0}, {3, -2.0}, {2, -6.0}, {6, -7.0}, {5, -7.0}, {7, -8.0}}};
  // The rare ones must be better by something at every beat.
  constexpr double kRare = 0.12;
  std::vector<State> states;
  std::vector<double> start;
  for (const auto& [metre, weight] : kMetres) {
    if (options.beats_per_bar != 0 && metre != options.beats_per_bar) continue;
    for (int p = 1; p <= metre; ++p) {
      states.push_back({metre, p, weight < -5 ? kRare : 0});
      start.push_back(weight - std::log(metre));
    }
  }
  Bars bars;
  if (states.empty()) {
    for (int p = 1; p <= options.beats_per_bar; ++p) states.push_back({options.beats_per_bar, p, 0}), start.push_back(0);
  }
  const std::size_t n = beats.size(), k = states.size();
  if (n == 0) return bars;
  std::vector<double> down(n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto frame = static_cast<std::int64_t>(std::llround(beats[i] * kRhythmRate));
    float d = 0, b = 0.05F;
    for (std::int64_t t = std::max<std::int64_t>(0, frame - 3); t <= std::min<std::int64_t>(frame + 3, static_cast<std::int64_t>(activations.beat.size()) - 1); ++t) {
      d = std::max(d, activations.downbeat[static_cast<std::size_t>(t)]);
      b = std::max(b, activations.beat[static_cast<std::size_t>(t)]);
    }
    down[i] = std::clamp(static_cast<double>(d / std::max(b, d)), 0.02, 0.98);
    if (i < witness.size()) down[i] = std::clamp(1 / (1 + std::exp(-std::log(down[i] / (1 - down[i])) - witness[i])), 0.01, 0.99);
  }
  // What is heard is often too shy everywhere, and then long bars, with few first beats to explain, would win: shifted so that
  // about every fourth beat is a first one.
  double low = -8, high = 8;
  for (int round = 0; round < 40; ++round) {
    const double shift = (low + high) / 2;
    double sum = 0;
    for (const double d : down) sum += 1 / (1 + std::exp(-std::log(d / (1 - d)) - shift));
    (sum > 0.27 * static_cast<double>(n) ? high : low) = shift;
  }
  std::vector<double> raw = down;
  for (double& d : down) d = std::clamp(1 / (1 + std::exp(-std::log(d / (1 - d)) - low)), 0.02, 0.98);
  constexpr double kOther = -7;           // a bar line out of turn, or another metre
  std::vector<double> score = start;
  std::vector<std::size_t> back(n * k);
  const auto heard = [&](std::size_t i, std::size_t s) { return (states[s].position == 1 ? std::log(down[i]) : std::log(1 - down[i])) - states[s].price; };
  for (std::size_t s = 0; s < k; ++s) score[s] += heard(0, s);
  for (std::size_t i = 1; i < n; ++i) {
    std::size_t top = 0;
    for (std::size_t s = 1; s < k; ++s)
      if (score[s] > score[top]) top = s;
    std::vector<double> next(k);
    for (std::size_t s = 0; s < k; ++s) {
      const bool first = states[s].position == 1;
      const std::size_t before = first ? s + static_cast<std::size_t>(states[s].metre) - 1 : s - 1;
      double best = score[before];
      std::size_t from = before;
      if (first && score[top] + kOther > best) best = score[top] + kOther, from = top;
      next[s] = best + heard(i, s);
      back[i * k + s] = from;
    }
    score = std::move(next);
  }
  std::size_t s = static_cast<std::size_t>(std::max_element(score.begin(), score.end()) - score.begin());
  bars.positions.resize(n);
  std::array<int, 16> votes{};
  for (std::size_t i = n; i-- > 0;) {
    bars.positions[i] = states[s].position;
    ++votes[static_cast<std::size_t>(states[s].metre)];
    if (i > 0) s = back[i * k + s];
  }
  bars.beats_per_bar = static_cast<int>(std::max_element(votes.begin(), votes.end()) - votes.begin());
  double on = 0, off = 0, ons = 0, offs = 0;
  for (std::size_t i = 0; i < n; ++i) (bars.positions[i] == 1 ? on : off) += raw[i], (bars.positions[i] == 1 ? ons : offs) += 1;
  if (ons > 0 && offs > 0) bars.confidence = std::clamp((on / ons - off / offs) * 1.2, 0.0, 1.0) * std::min(1.0, ons / 4);
  return bars;
}

}  // namespace

void recount_bars(BeatGrid& grid, const BeatActivations& activations, const std::vector<double>& witness, const BeatOptions& options) {
  std::vector<double> beats;
  for (const Seconds b : grid.beats) beats.push_back(b.value);
  if (beats.empty()) return;
  Bars bars = count_bars(beats, activations, witness, options);
  grid.beats_per_bar = bars.beats_per_bar;
  grid.bar_confidence = bars.confidence;
  grid.positions = std::move(bars.positions);
}

BeatGrid find_beats(const BeatActivations& activations, const std::vector<Attack>& attacks, Seconds length, const BeatOptions& options) {
  BeatGrid grid;
  Bpm low = options.lowest, high = options.highest;
  if (options.known.value > 0) low = options.known * 0.9, high = options.known * 1.1;
  const Tempi tempi = tempi_between(low, high, options.known.value > 0 ? options.known : options.likely);
  Walk walk = viterbi(activations.beat, tempi, kChange);
  if (Walk free = viterbi(activations.beat, tempi, kFreeChange); gain_a_beat(walk, free, activations.beat.size()) > kWorthFreedom) walk = std::move(free);
  if (walk.births.size() < 2) return grid;

  std::vector<double> beats;
  for (std::size_t i = 0; i < walk.births.size(); ++i) {
    const std::int64_t beat = i + 1 < walk.births.size() ? walk.births[i + 1] - walk.births[i] : walk.births[i] - walk.births[i - 1];
    beats.push_back(peak_near(activations.beat, walk.births[i], beat).value);
  }
  // Where nothing is heard the walk counts on; before the first and after the last sound it has no business.
  double strength = 0;
  for (const double b : beats) {
    const auto frame = static_cast<std::int64_t>(std::llround(b * kRhythmRate));
    float most = 0;
    for (std::int64_t t = std::max<std::int64_t>(0, frame - 2); t <= std::min<std::int64_t>(frame + 2, static_cast<std::int64_t>(activations.beat.size()) - 1); ++t)
      most = std::max(most, activations.beat[static_cast<std::size_t>(t)]);
    strength += most;
  }
  strength /= static_cast<double>(beats.size());

  const Anchored anchored = anchor(beats, attacks);
  const Line line = robust_line(anchored.at, anchored.weight, 0.01);
  std::vector<double> intervals;
  for (std::size_t i = 0; i + 1 < beats.size(); ++i) intervals.push_back(beats[i + 1] - beats[i]);
  grid.steady = beats.size() >= 4 && line.step > 0 && keeps_to(line, beats, anchored);
  std::vector<double> placed(beats.size());
  if (grid.steady) {
    for (std::size_t i = 0; i < beats.size(); ++i) placed[i] = line.at + line.step * static_cast<double>(i);
    grid.tempo = Bpm{60 / line.step};
  } else {
    placed = smooth(anchored, 4);
    std::vector<double> steps;
    for (std::size_t i = 0; i + 1 < placed.size(); ++i) steps.push_back(placed[i + 1] - placed[i]);
    grid.tempo = Bpm{60 / std::max(0.05, median(steps))};
  }
  std::vector<double> off;
  for (std::size_t i = 0; i < beats.size(); ++i) off.push_back(std::abs(anchored.at[i] - placed[i]));
  grid.unsteadiness_ms = 1000 * median(off);
  if (placed.size() > 8) {
    double fast = 0, slow = 1e9;
    for (std::size_t i = 0; i + 8 < placed.size(); ++i) {
      const double bpm = 480 / (placed[i + 8] - placed[i]);
      fast = std::max(fast, bpm);
      slow = std::min(slow, bpm);
    }
    grid.drift = (fast - slow) / grid.tempo.value;
  }
  // Music's tempo may move far, but not from beat to beat.
  double rough = 0;
  for (std::size_t i = 0; i + 2 < placed.size(); ++i) rough += std::abs(placed[i] - 2 * placed[i + 1] + placed[i + 2]) / std::max(0.05, placed[i + 2] - placed[i]) * 2;
  rough /= static_cast<double>(std::max<std::size_t>(placed.size(), 3) - 2);
  const Bars bars = count_bars(placed, activations, {}, options);
  grid.beats_per_bar = bars.beats_per_bar;
  grid.bar_confidence = bars.confidence;
  for (std::size_t i = 0; i < placed.size(); ++i) {
    if (placed[i] < -0.02 || placed[i] > length.value) continue;
    grid.beats.push_back(Seconds{std::max(0.0, placed[i])});
    grid.positions.push_back(bars.positions[i]);
  }
  // How much better than the other ways to count.
  struct Other {
    double ratio, score;
  };
  std::vector<Other> others{{1, walk.score}};
  const double found = 60 * kRhythmRate / median(intervals) / kRhythmRate;
  for (const double ratio : {0.5, 2.0, 2.0 / 3, 1.5}) {
    const double bpm = found * ratio;
    if (bpm < low.value || bpm > high.value) continue;
    const Tempi around = tempi_between(Bpm{bpm * 0.94}, Bpm{bpm * 1.06}, options.likely);
    others.push_back({ratio, viterbi(activations.beat, around, kChange).score});
  }
  double sum = 0;
  const double frames = static_cast<double>(activations.beat.size());
  for (Other& o : others) o.score = std::exp(std::clamp((o.score - walk.score) * std::min(frames, 600.0), -30.0, 0.0)), sum += o.score;
  for (const Other& o : others) {
    if (o.score / sum > 0.02 || o.ratio == 1) grid.candidates.push_back({grid.tempo * o.ratio, o.score / sum});
  }
  grid.confidence = std::clamp((strength - 0.16) / 0.42, 0.0, 1.0) * std::clamp(1.2 - grid.unsteadiness_ms / 60, 0.2, 1.0) * std::clamp(1.4 - 10 * rough, 0.2, 1.0) * std::min(1.0, static_cast<double>(beats.size()) / 8);
  return grid;
}

}  // namespace figment::analysis
