#include "analysis/features.h"

#include <algorithm>
#include <cmath>
#include <complex>

#include "analysis/pitch.h"
#include "dsp/fft.h"

namespace figment::analysis {
namespace {

constexpr int kFastSize = 1024, kSlowSize = 4096, kTonalSize = 16384;
constexpr std::int64_t kHop = 441;                                   // of rhythm frames
constexpr std::int64_t kReach = kTonalSize / 2 + 256;                // how far a frame looks to either side
constexpr std::int64_t kJobFrames = 500;                             // rhythm frames of one job: 5 s
constexpr int kTonalEvery = 10, kPitchEvery = 2;
constexpr int kFinePerFrame = 9, kFineHop = 49;
static_assert(kFinePerFrame * kFineHop == kHop);

std::uint8_t half_decibels(float power) {
  return static_cast<std::uint8_t>(std::clamp(20.0F * std::log10(power + 1e-12F) + 200.5F, 0.0F, 255.0F));
}

// Triangles over frequency, at least two bins wide to each side's neighbour.
struct Filterbank {
  struct Band {
    int first = 0;
    std::vector<float> weights;
  };
  std::vector<Band> bands;

  Filterbank(int count, double lowest, double per_octave, int size) {
    const double bin = kFeatureRate.value / size;
    for (int b = 0; b < count; ++b) {
      const double centre = lowest * std::exp2(b / per_octave) / bin;
      const double below = std::min(centre - 1, centre * std::exp2(-1 / per_octave));
      const double above = std::max(centre + 1, centre * std::exp2(1 / per_octave));
      Band band;
      band.first = std::max(1, static_cast<int>(std::ceil(below)));
      float sum = 0;
      for (int k = band.first; k < above && k <= size / 2; ++k) {
        const double w = k <= centre ? (k - below) / (centre - below) : (above - k) / (above - centre);
        band.weights.push_back(static_cast<float>(w));
        sum += band.weights.back();
      }
      // Wide bands hold more noise, narrow ones more of a tone: halfway between sum and mean.
      for (float& w : band.weights) w /= std::sqrt(sum) * static_cast<float>(size) / 4;
      bands.push_back(std::move(band));
    }
  }
  void apply(const float* magnitudes, float* out) const noexcept {
    for (const Band& band : bands) {
      float sum = 0;
      for (std::size_t i = 0; i < band.weights.size(); ++i) sum += band.weights[i] * magnitudes[static_cast<std::size_t>(band.first) + i];
      *out++ = sum;
    }
  }
};

struct Spectrum {
  explicit Spectrum(int n) : fft(n), window(dsp::hann(n)), magnitudes(static_cast<std::size_t>(n / 2 + 1)) {}
  dsp::RealFft fft;
  std::vector<float> window, magnitudes;

  const float* of(const float* centre) {
    const auto time = fft.time();
    const float* first = centre - fft.size() / 2;
    for (std::size_t n = 0; n < time.size(); ++n) time[n] = first[n] * window[n];
    fft.forward();
    const auto bins = fft.spectrum();
    for (std::size_t k = 0; k < magnitudes.size(); ++k) magnitudes[k] = std::sqrt(std::norm(bins[k]));
    return magnitudes.data();
  }
};

}  // namespace

struct FeatureMaker::Impl {
  const Filterbank fast{kFastBands, 40, 2.66, kFastSize};
  const Filterbank slow{kSlowBands, 80, 12, kSlowSize};
  const Filterbank tonal{kTonalBins, 440 * std::exp2((kTonalLowest - 69 - 1.0 / 3) / 12.0), 36, kTonalSize};

  std::vector<float> waiting = std::vector<float>(static_cast<std::size_t>(kReach), 0.0F);   // from sample `at` - kReach
  std::int64_t at = 0;                 // centre of the next frame
  std::int64_t next = 0;               // its number
  std::int64_t total = 0;              // samples added

  struct Job {
    std::int64_t first = 0, count = 0;  // rhythm frames
    std::vector<float> energies, level, tonal, timbre;
    std::vector<PitchFrame> pitch;
    std::vector<FineFrame> fine;
  };
  std::vector<Job> jobs;
  Features made;
  std::array<float, kRhythmBands> recent{};   // level of each band
  bool begun = false;

  void append(const Job& job);
};

FeatureMaker::FeatureMaker() : impl_(std::make_unique<Impl>()) {}
FeatureMaker::~FeatureMaker() = default;

void FeatureMaker::add(const float* mono, std::int64_t frames) {
  impl_->waiting.insert(impl_->waiting.end(), mono, mono + frames);
  impl_->total += frames;
}

std::size_t FeatureMaker::plan(bool finish) {
  Impl& m = *impl_;
  m.jobs.clear();
  std::int64_t ready = 0;
  if (finish) {
    m.waiting.resize(m.waiting.size() + static_cast<std::size_t>(2 * kReach + kHop), 0.0F);
    ready = m.total / kHop + 1 - m.next;
  } else {
    ready = (static_cast<std::int64_t>(m.waiting.size()) - 2 * kReach) / kHop / kJobFrames * kJobFrames;
  }
  for (std::int64_t done = 0; done < ready; done += kJobFrames) m.jobs.push_back({m.next + done, std::min(kJobFrames, ready - done), {}, {}, {}, {}, {}, {}});
  return m.jobs.size();
}

void FeatureMaker::run(std::size_t index) {
  Impl& m = *impl_;
  Impl::Job& job = m.jobs[index];
  Spectrum fast(kFastSize), slow(kSlowSize), tonal(kTonalSize);
  PitchFinder pitch;
  const auto count = static_cast<std::size_t>(job.count);
  job.energies.resize(count * kRhythmBands);
  job.level.resize(count);
  std::array<float, kFastBands> power{};
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t frame = job.first + static_cast<std::int64_t>(i);
    const float* centre = m.waiting.data() + (frame - m.next) * kHop + kReach;
    float* energies = job.energies.data() + i * kRhythmBands;
    m.fast.apply(fast.of(centre), energies);
    m.slow.apply(slow.of(centre), energies + kFastBands);
    for (std::size_t b = 0; b < kFastBands; ++b) power[b] += energies[b] * energies[b];
    if (frame % kTonalEvery == kTonalEvery - 1 || i + 1 == count) {
      // Jobs begin at whole tenths; only the sound's end cuts one.
      const auto frames = static_cast<float>(frame % kTonalEvery + 1);
      for (float& p : power) job.timbre.push_back(10 * std::log10(p / frames + 1e-10F)), p = 0;
    }
    float own = 0;
    for (int n = -static_cast<int>(kHop) / 2; n <= static_cast<int>(kHop) / 2; ++n) own += centre[n] * centre[n];
    job.level[i] = std::sqrt(own / static_cast<float>(kHop));
    for (int k = 0; k < kFinePerFrame; ++k) {
      const float* x = centre + k * kFineHop - kFineHop / 2;
      float whole = 0, edge = 0;
      for (int n = 0; n < kFineHop; ++n) whole += x[n] * x[n], edge += (x[n] - x[n - 1]) * (x[n] - x[n - 1]);
      job.fine.push_back({half_decibels(whole / kFineHop), half_decibels(edge / kFineHop)});
    }
    if (frame % kTonalEvery == 0) {
      job.tonal.resize(job.tonal.size() + kTonalBins);
      m.tonal.apply(tonal.of(centre), job.tonal.data() + job.tonal.size() - kTonalBins);
    }
    if (frame % kPitchEvery == 0) job.pitch.push_back(pitch.find(centre));
  }
}

// The recent level of a band follows with a time constant of 0.4 s; the floor is that of 16 bits, so that dither and
// silence make nothing.
void FeatureMaker::Impl::append(const Job& job) {
  constexpr float kFollow = 0.0247F;   // 1 - exp(-1 / 40)
  constexpr float kFloor = 3e-5F, kBias = 2.0F;
  const float root = std::sqrt(kBias);
  for (std::size_t i = 0; i < static_cast<std::size_t>(job.count); ++i) {
    const float* e = job.energies.data() + i * kRhythmBands;
    if (!begun) std::copy_n(e, kRhythmBands, recent.begin());
    begun = true;
    for (std::size_t b = 0; b < kRhythmBands; ++b) {
      recent[b] += kFollow * (e[b] - recent[b]);
      const float x = std::sqrt(e[b] / (kFloor + recent[b]) * 4.0F + kBias) - root;
      made.rhythm.push_back(static_cast<std::uint8_t>(std::min(255.0F, x * (255.0F / kRhythmMost) + 0.5F)));
    }
  }
  made.level.insert(made.level.end(), job.level.begin(), job.level.end());
  made.tonal.insert(made.tonal.end(), job.tonal.begin(), job.tonal.end());
  made.timbre.insert(made.timbre.end(), job.timbre.begin(), job.timbre.end());
  made.pitch.insert(made.pitch.end(), job.pitch.begin(), job.pitch.end());
  made.fine.insert(made.fine.end(), job.fine.begin(), job.fine.end());
}

void FeatureMaker::gather() {
  Impl& m = *impl_;
  for (const Impl::Job& job : m.jobs) {
    m.append(job);
    m.next += job.count;
    m.at += job.count * kHop;
    m.waiting.erase(m.waiting.begin(), m.waiting.begin() + job.count * kHop);
  }
  m.jobs.clear();
}

Features FeatureMaker::take() { return std::move(impl_->made); }

Features make_features(const float* mono, std::int64_t frames) {
  FeatureMaker maker;
  maker.add(mono, frames);
  const std::size_t jobs = maker.plan(true);
  for (std::size_t j = 0; j < jobs; ++j) maker.run(j);
  maker.gather();
  return maker.take();
}

}  // namespace figment::analysis
