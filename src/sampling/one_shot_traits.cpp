#include <algorithm>
#include <cmath>
#include <numbers>

#include "analysis/features.h"
#include "analysis/pitch.h"
#include "dsp/fft.h"
#include "sampling/one_shot.h"

namespace figment::sampling {
namespace {

constexpr int kSize = 1024, kStep = 256, kBands = 11, kShape = 24, kCepstrum = 10;
constexpr double kRate = analysis::kFeatureRate.value;
constexpr std::array<double, kBands + 1> kEdges{0, 60, 120, 200, 350, 700, 1400, 2800, 5000, 8000, 12000, 22050};
constexpr std::int64_t kEnvelope = 128;                 // 2.9 ms
constexpr std::array<double, 4> kSpans{0, 0.025, 0.1, 0.4};   // s
constexpr double kHeard = 1.2;                          // s: cymbals and open hats differ in what is left by then

float log_ratio(double a, double b) { return static_cast<float>(std::log10(std::max(a, 1e-9) / std::max(b, 1e-9))); }

struct Frame {
  double at = 0;                                        // s of its middle
  std::array<double, kBands> bands{};
  std::array<float, kShape> shape{};                    // power on the mel scale, 80 Hz … 14 kHz: formants show here
  std::array<float, 3> noisy{};                         // flatness of 200 … 800, 800 … 3000, 3000 … 10000 Hz
  double centroid = 0, flatness = 0, total = 0;
};

double mel(double hz) { return std::log(1 + hz / 700); }

// Where each bin of the spectrum belongs: band of the shape, or -1.
std::array<int, kSize / 2 + 1> shape_bins() {
  std::array<int, kSize / 2 + 1> bins{};
  const double low = mel(80), high = mel(14000);
  for (int k = 0; k <= kSize / 2; ++k) {
    const double at = (mel(k * kRate / kSize) - low) / (high - low) * kShape;
    bins[static_cast<std::size_t>(k)] = at >= 0 && at < kShape ? static_cast<int>(at) : -1;
  }
  return bins;
}

using Cepstrum = std::array<double, kCepstrum>;

// Cosine transform of a shape in log power: coefficient 1 (tilt) and up; what is 50 dB below the top counts as silence.
template <typename Shape>
Cepstrum cepstrum_of(const Shape& shape) {
  double top = 1e-9;
  for (const auto p : shape) top = std::max(top, static_cast<double>(p));
  Cepstrum c{};
  for (int b = 0; b < kShape; ++b) {
    const double level = std::log10(std::max(static_cast<double>(shape[static_cast<std::size_t>(b)]) / top, 1e-5));
    for (int i = 0; i < kCepstrum; ++i) c[static_cast<std::size_t>(i)] += level * std::cos(std::numbers::pi * (i + 1) * (b + 0.5) / kShape) / kShape;
  }
  return c;
}

std::vector<Frame> frames_of(const std::vector<float>& x) {
  dsp::RealFft fft(kSize);
  const auto window = dsp::hann(kSize);
  std::vector<Frame> frames;
  const auto last = std::min<std::int64_t>(static_cast<std::int64_t>(x.size()), static_cast<std::int64_t>(kHeard * kRate));
  static const std::array<int, kSize / 2 + 1> bins = shape_bins();
  constexpr std::array<double, 4> kNoisy{200, 800, 3000, 10000};
  for (std::int64_t at = -kSize / 4; at < last; at += kStep) {
    const auto time = fft.time();
    for (int n = 0; n < kSize; ++n) {
      const std::int64_t i = at + n;
      time[static_cast<std::size_t>(n)] = i >= 0 && i < static_cast<std::int64_t>(x.size()) ? x[static_cast<std::size_t>(i)] * window[static_cast<std::size_t>(n)] : 0;
    }
    fft.forward();
    Frame f;
    f.at = static_cast<double>(at + kSize / 2) / kRate;
    double weighted = 0, log_sum = 0, sum = 0;
    int count = 0;
    std::size_t band = 0;
    std::array<double, 3> log_part{}, part{}, in_part{};
    for (int k = 0; k <= kSize / 2; ++k) {
      const double hz = k * kRate / kSize, power = std::norm(fft.spectrum()[static_cast<std::size_t>(k)]);
      while (band + 1 < kBands && hz >= kEdges[band + 1]) ++band;
      f.bands[band] += power;
      f.total += power;
      weighted += power * hz;
      if (const int b = bins[static_cast<std::size_t>(k)]; b >= 0) f.shape[static_cast<std::size_t>(b)] += static_cast<float>(power);
      if (hz > 200 && hz < 12000) {
        const double log_power = std::log(power + 1e-9);
        log_sum += log_power, sum += power + 1e-9, ++count;
        if (hz < kNoisy[3]) {
          const std::size_t i = hz < kNoisy[1] ? 0 : hz < kNoisy[2] ? 1 : 2;
          log_part[i] += log_power, part[i] += power + 1e-9, in_part[i] += 1;
        }
      }
    }
    for (std::size_t i = 0; i < 3; ++i) f.noisy[i] = static_cast<float>(std::exp(log_part[i] / in_part[i]) / (part[i] / in_part[i]));
    f.centroid = f.total > 0 ? weighted / f.total : 0;
    f.flatness = std::exp(log_sum / count) / (sum / count);
    frames.push_back(f);
  }
  return frames;
}

// Period of the lows (24 … 190 Hz; the pitch finder ends at 50) around a place, of a sound read at an eighth of the rate.
struct Low {
  double hertz = 0, clear = 0;                          // clear: 0 … 1, how alike successive periods are
};
constexpr int kEighth = 8, kLowWindow = 640, kLowLong = 230, kLowShort = 29;

std::vector<float> eighth_of(const std::vector<float>& x) {
  std::vector<float> low(x.size() / kEighth);
  for (std::size_t i = 0; i < low.size(); ++i) {
    float sum = 0;
    for (std::size_t n = 0; n < kEighth; ++n) sum += x[i * kEighth + n];
    low[i] = sum / kEighth;
  }
  return low;
}

Low low_at(const std::vector<float>& low, std::size_t at) {
  Low found;
  if (at >= low.size()) return found;
  const std::size_t count = std::min<std::size_t>(kLowWindow, low.size() - at);
  std::array<double, kLowLong + 1> alike{};
  double best = 0;
  for (std::size_t lag = kLowShort; lag <= kLowLong && lag * 3 / 2 < count; ++lag) {
    double product = 0, power = 1e-9;
    for (std::size_t n = 0; n + lag < count; ++n) {
      const double a = low[at + n], b = low[at + n + lag];
      product += a * b, power += a * a + b * b;
    }
    alike[lag] = 2 * product / power;
    best = std::max(best, alike[lag]);
  }
  // The shortest of periods nearly as good: twice a period is one as well.
  for (std::size_t lag = kLowShort + 1; lag < kLowLong; ++lag)
    if (alike[lag] > 0.9 * best && alike[lag] >= alike[lag - 1] && alike[lag] >= alike[lag + 1]) {
      found.hertz = kRate / kEighth / static_cast<double>(lag);
      break;
    }
  found.clear = found.hertz > 0 ? std::max(best, 0.0) : 0;
  return found;
}

// Seconds from the loudest moment until the level stays below `share` of it.
double dies_in(const std::vector<double>& power, double share) {
  const auto top = static_cast<std::size_t>(std::max_element(power.begin(), power.end()) - power.begin());
  for (std::size_t i = power.size(); i-- > top;)
    if (power[i] > share * power[top]) return static_cast<double>(i - top + 1) * kStep / kRate;
  return kStep / kRate;
}

}  // namespace

OneShotPitch pitch_of(const float* mono, std::int64_t frames) {
  analysis::PitchFinder finder;
  std::vector<float> padded(static_cast<std::size_t>(frames) + 2 * 2100, 0.0F);
  std::copy_n(mono, frames, padded.begin() + 2100);
  std::vector<std::pair<double, double>> found;         // note, weight
  double loudest = 0, weight = 0, clear = 0;
  for (std::int64_t at = 1100; at < std::min<std::int64_t>(frames, 66150); at += 882) {
    const analysis::PitchFrame f = finder.find(padded.data() + 2100 + at);
    loudest = std::max(loudest, static_cast<double>(f.level));
    if (f.level < 0.05 * loudest || f.level < 1e-4F) continue;
    weight += f.level;
    if (f.hertz <= 0 || f.aperiodicity > 0.25F) continue;
    found.emplace_back(69 + 12 * std::log2(f.hertz / 440.0), f.level);
    clear += f.level;
  }
  OneShotPitch pitch;
  if (found.empty()) return pitch;
  std::sort(found.begin(), found.end());
  double half = 0;
  for (const auto& [note, w] : found)
    if ((half += w) >= clear / 2) {
      pitch.note = note;
      break;
    }
  double near = 0;
  for (const auto& [note, w] : found)
    if (std::abs(note - pitch.note) < 0.5) near += w;
  pitch.sure = weight > 0 ? near / weight : 0;
  return pitch;
}

Traits traits_of(const float* mono, std::int64_t frames) {
  Traits t{};
  std::vector<float> x(mono, mono + std::min<std::int64_t>(frames, static_cast<std::int64_t>(2 * kRate)));
  float peak = 1e-9F;
  for (const float v : x) peak = std::max(peak, std::abs(v));
  for (float& v : x) v /= peak;

  std::vector<double> envelope;
  for (std::size_t at = 0; at + 1 < x.size(); at += kEnvelope) {
    double power = 0;
    const std::size_t end = std::min(x.size(), at + kEnvelope);
    for (std::size_t n = at; n < end; ++n) power += static_cast<double>(x[n]) * x[n];
    envelope.push_back(std::sqrt(power / static_cast<double>(end - at)));
  }
  if (envelope.empty()) return t;
  const auto top = static_cast<std::size_t>(std::max_element(envelope.begin(), envelope.end()) - envelope.begin());
  const double highest = envelope[top] + 1e-9, tick = kEnvelope / kRate;
  const auto falls_below = [&](double share) {
    for (std::size_t i = envelope.size(); i-- > top;)
      if (envelope[i] >= share * highest) return static_cast<double>(i + 1) * tick;
    return static_cast<double>(top + 1) * tick;
  };
  std::size_t begin = 0;
  while (begin < top && envelope[begin] < 0.15 * highest) ++begin;
  double moment = 0, sum = 1e-12;
  for (std::size_t i = 0; i < envelope.size(); ++i) moment += static_cast<double>(i) * envelope[i] * envelope[i], sum += envelope[i] * envelope[i];
  // Claps are several bursts within a few hundredths of a second.
  int bursts = 0;
  double dip = highest;
  for (std::size_t i = 1; i + 1 < std::min<std::size_t>(envelope.size(), 24); ++i) {
    dip = std::min(dip, envelope[i]);
    if (envelope[i] > envelope[i - 1] && envelope[i] >= envelope[i + 1] && envelope[i] > 0.25 * highest && envelope[i] > 1.35 * dip) ++bursts, dip = envelope[i];
  }
  std::size_t k = 0;
  t[k++] = log_ratio(static_cast<double>(top - begin + 1) * tick, 0.003);
  t[k++] = log_ratio(falls_below(0.3), 0.05);
  t[k++] = log_ratio(falls_below(0.1), 0.1);
  t[k++] = log_ratio(falls_below(0.01), 0.3);
  t[k++] = log_ratio(moment / sum * tick, 0.05);
  t[k++] = static_cast<float>(bursts);
  t[k++] = log_ratio(static_cast<double>(x.size()) / kRate, 0.3);

  const std::vector<Frame> spectra = frames_of(x);
  std::array<double, 3> totals{};
  std::array<double, 3> centroids{}, flatness{};
  for (std::size_t span = 0; span < 3; ++span) {
    std::array<double, kBands> bands{};
    double count = 0, centroid = 0, flat = 0;
    for (const Frame& f : spectra) {
      if (f.at < kSpans[span] || f.at >= kSpans[span + 1]) continue;
      for (std::size_t b = 0; b < kBands; ++b) bands[b] += f.bands[b];
      totals[span] += f.total;
      centroid += f.centroid * f.total;
      flat += f.flatness * f.total;
      count += 1;
    }
    centroids[span] = totals[span] > 0 ? centroid / totals[span] : 0;
    flatness[span] = totals[span] > 0 ? flat / totals[span] : 0;
    for (std::size_t b = 0; b < kBands; ++b) t[k++] = std::max(-5.0F, log_ratio(bands[b], totals[span]));
    totals[span] /= std::max(count, 1.0);
  }
  t[k++] = log_ratio(totals[1], totals[0]);
  t[k++] = std::max(-7.0F, log_ratio(totals[2], totals[0]));
  for (std::size_t span = 0; span < 3; ++span) t[k++] = log_ratio(centroids[span], 1000);
  for (std::size_t span = 0; span < 3; ++span) t[k++] = std::max(-6.0F, log_ratio(flatness[span], 0.1));

  // Pitch: early and late, so that a kick's fall shows.
  analysis::PitchFinder finder;
  std::vector<float> padded(x.size() + 2 * 2100, 0.0F);
  std::copy(x.begin(), x.end(), padded.begin() + 2100);
  double voiced = 0, level = 1e-9, best = 1;
  std::vector<std::pair<double, double>> track;         // octaves above 110 Hz, level
  std::size_t heard = 0;
  std::array<double, 3> notes{};
  std::array<double, 3> purity{1, 1, 1};
  const std::array<std::int64_t, 3> places{900, 3300, 8800};
  for (std::size_t i = 0; i < 3; ++i) {
    if (places[i] >= static_cast<std::int64_t>(x.size())) continue;
    const analysis::PitchFrame f = finder.find(padded.data() + 2100 + places[i]);
    purity[i] = f.level > 1e-4F ? f.aperiodicity : 1.0;
    notes[i] = f.hertz > 0 && f.level > 1e-4F ? std::log2(f.hertz / 110) : 0;
  }
  for (std::int64_t at = 1100; at < static_cast<std::int64_t>(x.size()); at += 1764) {
    const analysis::PitchFrame f = finder.find(padded.data() + 2100 + at);
    if (f.level < 0.02) continue;
    level += f.level;
    ++heard;
    best = std::min(best, static_cast<double>(f.aperiodicity));
    if (f.hertz > 0 && f.aperiodicity < 0.2F) voiced += f.level, track.emplace_back(std::log2(f.hertz / 110), f.level);
  }
  for (std::size_t i = 0; i < 3; ++i) t[k++] = static_cast<float>(purity[i]);
  for (std::size_t i = 0; i < 3; ++i) t[k++] = static_cast<float>(notes[i]);
  t[k++] = static_cast<float>(notes[0] - notes[1]);
  t[k++] = static_cast<float>(best);
  t[k++] = static_cast<float>(voiced / level);
  // How much the middle stands still: bands of two successive spans compared.
  double change = 0;
  for (std::size_t b = 0; b < kBands; ++b) change += std::abs(t[7 + b] - t[7 + kBands + b]);
  t[k++] = static_cast<float>(change / kBands);
  double later = 0;
  for (std::size_t b = 0; b < kBands; ++b) later += std::abs(t[7 + kBands + b] - t[7 + 2 * kBands + b]);
  t[k++] = static_cast<float>(later / kBands);

  // How long lows, mids and highs last: a closed hat, an open one and a cymbal are alike but for this.
  constexpr std::array<std::size_t, 6> kGroups{0, 3, 3, 7, 8, 11};
  std::vector<double> power(spectra.size());
  double whole = 1e-9;
  for (const Frame& f : spectra) whole += f.total;
  for (std::size_t g = 0; g < 3; ++g) {
    double sum_of_group = 0;
    for (std::size_t i = 0; i < spectra.size(); ++i) {
      power[i] = 0;
      for (std::size_t b = kGroups[2 * g]; b < kGroups[2 * g + 1]; ++b) power[i] += spectra[i].bands[b];
      sum_of_group += power[i];
    }
    for (const double share : {0.1, 0.01, 0.0003}) t[k++] = log_ratio(dies_in(power, share), 0.1);
    t[k++] = std::max(-5.0F, log_ratio(sum_of_group, whole));
  }
  // What is left after 0.4 s.
  double left = 0, late_centroid = 0, late_flat = 0, late_frames = 0;
  for (const Frame& f : spectra)
    if (f.at >= kSpans[3]) left += f.total, late_centroid += f.centroid * f.total, late_flat += f.flatness * f.total, late_frames += 1;
  t[k++] = std::max(-7.0F, log_ratio(left / std::max(late_frames, 1.0), totals[0]));
  t[k++] = left > 0 ? log_ratio(late_centroid / left, 1000) : 0;
  t[k++] = left > 0 ? std::max(-6.0F, log_ratio(late_flat / left, 0.1)) : 0;

  // The shape of the spectrum, early and after the attack, and how it moves: words move, notes stand.
  std::array<std::array<double, kShape>, 2> shapes{};
  std::array<double, 3> noisy{};
  double weight = 1e-9;
  std::vector<Cepstrum> moves;
  double loudest = 1e-9;
  for (const Frame& f : spectra) loudest = std::max(loudest, f.total);
  for (const Frame& f : spectra) {
    if (f.at < 0 || f.at > 0.6) continue;
    for (std::size_t b = 0; b < kShape; ++b) shapes[f.at < 0.06 ? 0 : 1][b] += f.shape[b];
    if (f.at < 0.03 || f.total < 0.003 * loudest) continue;
    moves.push_back(cepstrum_of(f.shape));
    for (std::size_t i = 0; i < 3; ++i) noisy[i] += f.noisy[i] * f.total;
    weight += f.total;
  }
  for (const auto& shape : shapes)
    for (const double c : cepstrum_of(shape)) t[k++] = static_cast<float>(4 * c);
  std::array<double, 4> spread{};
  double steps = 0;
  for (std::size_t i = 0; i < 4 && !moves.empty(); ++i) {
    double mean = 0, square = 0;
    for (const Cepstrum& c : moves) mean += c[i] / static_cast<double>(moves.size()), square += c[i] * c[i] / static_cast<double>(moves.size());
    spread[i] = std::sqrt(std::max(square - mean * mean, 0.0));
    for (std::size_t n = 1; n < moves.size(); ++n) steps += std::abs(moves[n][i] - moves[n - 1][i]) / static_cast<double>(moves.size());
  }
  for (const double v : spread) t[k++] = log_ratio(v + 0.003, 0.1);
  t[k++] = log_ratio(steps + 0.003, 0.1);
  for (const double v : noisy) t[k++] = weight > 1e-6 ? std::max(-4.0F, log_ratio(v / weight, 0.1)) : 0;

  // The melody of it: where, how wide, and how much it wavers from one twenty-fifth of a second to the next.
  double middle = 0, wide = 0, waver = 0, glide = 0;
  if (!track.empty()) {
    std::vector<double> sorted;
    for (const auto& [note, l] : track) sorted.push_back(note);
    std::sort(sorted.begin(), sorted.end());
    middle = sorted[sorted.size() / 2];
    wide = sorted[sorted.size() * 9 / 10] - sorted[sorted.size() / 10];
    for (std::size_t i = 1; i < track.size(); ++i) waver += std::min(std::abs(track[i].first - track[i - 1].first), 0.5) / static_cast<double>(track.size());
    glide = track.front().first - track.back().first;
  }
  t[k++] = static_cast<float>(middle);
  t[k++] = log_ratio(wide + 0.01, 0.1);
  t[k++] = log_ratio(waver + 0.003, 0.03);
  t[k++] = static_cast<float>(std::clamp(glide, -1.5, 1.5));
  t[k++] = static_cast<float>(static_cast<double>(track.size()) / static_cast<double>(std::max<std::size_t>(heard, 1)));
  t[k++] = log_ratio(static_cast<double>(track.size()) * 0.04 + 0.02, 0.2);

  // The lows: a bass note keeps its period, a kick's and a tom's grows or dies.
  const std::vector<float> low = eighth_of(x);
  std::array<Low, 3> lows{low_at(low, 60), low_at(low, 700), low_at(low, 1700)};
  for (const Low& l : lows) t[k++] = static_cast<float>(l.clear);
  for (const Low& l : lows) t[k++] = l.hertz > 0 ? static_cast<float>(std::log2(l.hertz / 80)) : 0;
  t[k++] = lows[0].hertz > 0 && lows[1].hertz > 0 ? static_cast<float>(std::clamp(std::log2(lows[0].hertz / lows[1].hertz), -1.5, 1.5)) : 0;

  // How it begins, and how often it swells again.
  double first = 0, longer = 1e-9, total = 1e-9;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double p = static_cast<double>(x[n]) * x[n];
    total += p;
    if (n < 221) first += p;
    if (n < 2205) longer += p;
  }
  t[k++] = std::max(-4.0F, log_ratio(first, longer));
  t[k++] = log_ratio(1, std::sqrt(total / static_cast<double>(x.size())));
  int swells = 0;
  double lowest = highest, since = 0;
  for (const double v : envelope) {
    if (v < 0.5 * since) lowest = std::min(lowest, v);
    if (v > 2.5 * lowest && v > 0.15 * highest) ++swells, lowest = highest, since = v;
    since = std::max(since, v);
  }
  t[k++] = static_cast<float>(std::min(swells, 6));
  for (float& v : t) v = std::isfinite(v) ? v : 0;
  return t;
}

}  // namespace figment::sampling
