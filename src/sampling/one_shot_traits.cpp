#include <algorithm>
#include <cmath>

#include "analysis/features.h"
#include "analysis/pitch.h"
#include "dsp/fft.h"
#include "sampling/one_shot.h"

namespace figment::sampling {
namespace {

constexpr int kSize = 1024, kStep = 256, kBands = 11;
constexpr double kRate = analysis::kFeatureRate.value;
constexpr std::array<double, kBands + 1> kEdges{0, 60, 120, 200, 350, 700, 1400, 2800, 5000, 8000, 12000, 22050};
constexpr std::int64_t kEnvelope = 128;                 // 2.9 ms
constexpr std::array<double, 4> kSpans{0, 0.025, 0.1, 0.4};   // s

float log_ratio(double a, double b) { return static_cast<float>(std::log10(std::max(a, 1e-9) / std::max(b, 1e-9))); }

struct Frame {
  double at = 0;                                        // s of its middle
  std::array<double, kBands> bands{};
  double centroid = 0, flatness = 0, total = 0;
};

std::vector<Frame> frames_of(const std::vector<float>& x) {
  dsp::RealFft fft(kSize);
  const auto window = dsp::hann(kSize);
  std::vector<Frame> frames;
  const auto last = std::min<std::int64_t>(static_cast<std::int64_t>(x.size()), static_cast<std::int64_t>(0.45 * kRate));
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
    for (int k = 0; k <= kSize / 2; ++k) {
      const double hz = k * kRate / kSize, power = std::norm(fft.spectrum()[static_cast<std::size_t>(k)]);
      while (band + 1 < kBands && hz >= kEdges[band + 1]) ++band;
      f.bands[band] += power;
      f.total += power;
      weighted += power * hz;
      if (hz > 200 && hz < 12000) log_sum += std::log(power + 1e-9), sum += power + 1e-9, ++count;
    }
    f.centroid = f.total > 0 ? weighted / f.total : 0;
    f.flatness = std::exp(log_sum / count) / (sum / count);
    frames.push_back(f);
  }
  return frames;
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
    best = std::min(best, static_cast<double>(f.aperiodicity));
    if (f.hertz > 0 && f.aperiodicity < 0.2F) voiced += f.level;
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
  return t;
}

}  // namespace figment::sampling
