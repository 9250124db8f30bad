#include "analysis/chroma.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "base/executor.h"

namespace figment::analysis {
namespace {

constexpr int kRounds = 20;
constexpr double kHarmonicFall = 0.7;
constexpr int kHarmonics = 16;
constexpr int kWhitening = 18;          // bins to both sides: half an octave

using Notes = std::array<float, kTonalNotes>;

// What a note looks like: its partials, each a triangle over three thirds of a semitone.
struct Dictionary {
  std::array<std::array<float, kTonalBins>, kTonalNotes> shape{};
  std::array<Notes, kTonalNotes> product{};    // of shapes with each other

  Dictionary() {
    for (int note = 0; note < kTonalNotes; ++note) {
      auto& bins = shape[static_cast<std::size_t>(note)];
      for (int h = 1; h <= kHarmonics; ++h) {
        const double at = 3 * note + 1 + 36 * std::log2(h);
        for (int b = std::max(0, static_cast<int>(at) - 2); b <= std::min(kTonalBins - 1, static_cast<int>(at) + 3); ++b)
          bins[static_cast<std::size_t>(b)] += static_cast<float>(std::pow(kHarmonicFall, h - 1) * std::max(0.0, 1 - std::abs(b - at) / 2));
      }
      double length = 0;
      for (const float x : bins) length += static_cast<double>(x) * x;
      for (float& x : bins) x /= static_cast<float>(std::sqrt(length));
    }
    for (std::size_t a = 0; a < kTonalNotes; ++a)
      for (std::size_t b = 0; b < kTonalNotes; ++b) {
        float sum = 0;
        for (std::size_t k = 0; k < kTonalBins; ++k) sum += shape[a][k] * shape[b][k];
        product[a][b] = sum;
      }
  }
};

// Where in the semitone the energy sits, from -1/2 to 1/2: the angle of three bins a semitone.
double tuning_of(const std::vector<float>& tonal) {
  std::complex<double> sum = 0;
  for (std::size_t i = 0; i < tonal.size(); ++i)
    sum += static_cast<double>(tonal[i]) * std::polar(1.0, 2 * std::numbers::pi * (static_cast<int>(i % kTonalBins % 3) - 1) / 3.0);
  return std::abs(sum) > 0 ? std::arg(sum) / (2 * std::numbers::pi) : 0;
}

void explain(const Dictionary& dictionary, const float* spectrum, double tuning, Notes& notes) {
  // Tuned: bin b of a sound that is t semitones sharp lies at b + 3 t.
  std::array<float, kTonalBins> x{}, white{};
  for (int b = 0; b < kTonalBins; ++b) {
    const double at = std::clamp(b + 3 * tuning, 0.0, kTonalBins - 1.0);
    const auto low = static_cast<std::size_t>(at);
    const auto share = static_cast<float>(at - static_cast<double>(low));
    x[static_cast<std::size_t>(b)] = spectrum[low] * (1 - share) + spectrum[std::min<std::size_t>(low + 1, kTonalBins - 1)] * share;
  }
  std::array<double, kTonalBins + 1> sums{}, squares{};
  for (std::size_t b = 0; b < kTonalBins; ++b) {
    sums[b + 1] = sums[b] + x[b];
    squares[b + 1] = squares[b] + static_cast<double>(x[b]) * x[b];
  }
  const double total = squares[kTonalBins] / kTonalBins;
  for (int b = 0; b < kTonalBins; ++b) {
    const auto from = static_cast<std::size_t>(std::max(0, b - kWhitening)), to = static_cast<std::size_t>(std::min(kTonalBins, b + kWhitening + 1));
    const double n = static_cast<double>(to - from), mean = (sums[to] - sums[from]) / n;
    const double spread = std::sqrt(std::max(0.0, (squares[to] - squares[from]) / n - mean * mean));
    // What hardly sounds must not be raised to what does.
    white[static_cast<std::size_t>(b)] = static_cast<float>(std::max(0.0, x[static_cast<std::size_t>(b)] - mean) / (spread + 0.05 * std::sqrt(total) + 1e-9));
  }
  Notes wanted{};
  for (std::size_t n = 0; n < kTonalNotes; ++n) {
    float sum = 0;
    for (std::size_t b = 0; b < kTonalBins; ++b) sum += dictionary.shape[n][b] * white[b];
    wanted[n] = sum;
    notes[n] = sum;
  }
  for (int round = 0; round < kRounds; ++round) {
    Notes have{};
    for (std::size_t a = 0; a < kTonalNotes; ++a) {
      const float v = notes[a];
      if (v < 1e-6F) continue;
      const Notes& row = dictionary.product[a];
      for (std::size_t n = 0; n < kTonalNotes; ++n) have[n] += v * row[n];
    }
    for (std::size_t n = 0; n < kTonalNotes; ++n) notes[n] *= wanted[n] / (have[n] + 1e-6F);
  }
}

}  // namespace

Tonality find_notes(const Features& features) {
  static const Dictionary dictionary;
  Tonality result;
  const std::size_t frames = features.tonal_frames();
  const double tuning = tuning_of(features.tonal);
  result.tuning_cents = 100 * tuning;
  result.notes.resize(frames);
  result.treble.resize(frames);
  result.bass.resize(frames);
  constexpr std::size_t kBlock = 64;
  parallel_for((frames + kBlock - 1) / kBlock, [&](std::size_t block) {
    for (std::size_t f = block * kBlock; f < std::min(frames, (block + 1) * kBlock); ++f) {
      explain(dictionary, features.tonal.data() + f * kTonalBins, tuning, result.notes[f]);
      for (int n = 0; n < kTonalNotes; ++n) {
        const int midi = kTonalLowest + n;
        const float v = result.notes[f][static_cast<std::size_t>(n)];
        // Bass fades out and treble in around G3 (55).
        const float low = std::clamp(static_cast<float>(61 - midi) / 12.0F, 0.0F, 1.0F);
        const float high = std::clamp(static_cast<float>(midi - 49) / 12.0F, 0.0F, 1.0F) * std::clamp(static_cast<float>(100 - midi) / 14.0F, 0.0F, 1.0F);
        result.bass[f][static_cast<std::size_t>(midi % 12)] += low * v;
        result.treble[f][static_cast<std::size_t>(midi % 12)] += high * v;
      }
    }
  });
  return result;
}

}  // namespace figment::analysis
