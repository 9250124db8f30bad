#include "mix/mastering.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <numbers>

#include "analysis/gated_loudness.h"
#include "base/denormals.h"
#include "base/executor.h"
#include "dsp/biquad.h"
#include "dsp/loudness.h"
#include "dsp/processor.h"
#include "mix/graphic_eq.h"

namespace figment::mix {
namespace {

using analysis::BandLevels;
using audio::AudioBlock;
using audio::AudioBuffer;
using audio::AudioView;

constexpr std::int64_t kSegment = 1 << 19;
constexpr std::int64_t kRunUp = 1 << 16;
constexpr int kBlock = 512;
constexpr std::int64_t kCell = 64;            // frames of one cell of the limiter model

constexpr double kMostLimiting = 30;          // dB at the deepest; louder than that is refused rather than destroyed
constexpr int kTries = 5;
constexpr Lufs kWorking{-20};                 // where the chain meets the sound, whatever level the mix came at

double at_band(const BandLevels& levels, Hertz f) {
  const double position = 17 + 10 * std::log10(f.value / 1000);
  const auto low = static_cast<std::size_t>(std::clamp(std::floor(position), 0.0, analysis::kBands - 2.0));
  const double t = std::clamp(position - static_cast<double>(low), 0.0, 1.0);
  return levels[low] * (1 - t) + levels[low + 1] * t;
}

// Gains at ten octave centres that bring `measured` towards `wanted`: levels are compared as averages over an octave,
// the overall level drops out, and bands with next to nothing in them are left alone.
std::array<double, 10> equalizer_for(const BandLevels& measured, const BandLevels& wanted, double strength) {
  const double loudest = *std::max_element(measured.begin(), measured.end());
  std::array<double, 10> gap{};
  std::array<bool, 10> present{};
  double mean = 0, weight = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    const double f = 31.25 * std::exp2(static_cast<double>(i));
    double m = 0, w = 0;
    for (const double shift : {-1.0 / 3, 0.0, 1.0 / 3}) {
      m += std::pow(10, at_band(measured, Hertz{f * std::exp2(shift)}) / 10);
      w += std::pow(10, at_band(wanted, Hertz{f * std::exp2(shift)}) / 10);
    }
    present[i] = 10 * std::log10(std::max(m, 1e-20)) > loudest - 50;
    gap[i] = 10 * std::log10(std::max(w, 1e-20) / std::max(m, 1e-20));
    // The middle of the spectrum decides what "as loud" means.
    const double trust = present[i] ? (i >= 2 && i <= 7 ? 1.0 : 0.3) : 0.0;
    mean += trust * gap[i];
    weight += trust;
  }
  if (weight == 0) return {};
  std::array<double, 10> gains{};
  for (std::size_t i = 0; i < 10; ++i) {
    if (!present[i]) continue;
    const double limit = i == 0 ? 3.0 : 6.0;   // below 40 Hz a boost is mostly rumble
    gains[i] = std::clamp((gap[i] - mean / weight) * strength, -6.0, limit);
  }
  return gains;
}

struct Chain {
  std::vector<std::unique_ptr<dsp::Processor>> processors;
  std::int64_t latency = 0;

  void add(const char* name, std::initializer_list<std::pair<const char*, double>> parameters) {
    auto processor = dsp::make_processor(name);
    for (const auto& [parameter, value] : parameters) processor->set(parameter, value);
    processors.push_back(std::move(processor));
  }
  void prepare(Hertz rate) {
    latency = 0;
    for (auto& p : processors) {
      p->prepare({rate, 2, kBlock});
      latency += p->latency().value;
    }
  }
  void process(AudioBlock block) {
    for (std::int64_t n = 0; n < block.frames(); n += kBlock)
      for (auto& p : processors) p->process(block.part(n, kBlock));
  }
};

// Runs segments of `in`, turned up by `gain`, through chains made by `make` and hands each finished segment to `use` (any order, any thread).
void in_segments(const audio::Spool& in, std::int64_t frames, Decibels gain, const std::function<Chain()>& make,
                 const std::function<void(std::int64_t at, AudioBlock)>& use, const Progress& progress, const char* stage) {
  const auto count = static_cast<std::size_t>((frames + kSegment - 1) / kSegment);
  std::atomic<std::size_t> done{0};
  parallel_for(count, [&](std::size_t s) {
    const NoDenormals guard;
    Chain chain = make();
    chain.prepare(in.rate());
    const std::int64_t at = static_cast<std::int64_t>(s) * kSegment;
    const std::int64_t length = std::min(kSegment, frames - at);
    AudioBuffer sound(2, kRunUp + length + chain.latency, in.rate());
    in.read(at - kRunUp, sound.block());
    sound.block().scale(static_cast<float>(to_gain(gain)));
    chain.process(sound.block());
    use(at, sound.block().part(kRunUp + chain.latency, length));
    progress.set(static_cast<double>(++done) / static_cast<double>(count), stage);
  });
}

// What the limiter will see, in cells: highest sample and K-weighted energy.
struct Cells {
  std::vector<float> peak;
  std::vector<double> energy;
};

// Integrated loudness after a gain and an ideal limiter, from cells: the gate of BS.1770 on 400 ms blocks every 100 ms.
double modelled_loudness(const Cells& cells, Hertz rate, double gain, double ceiling, double& deepest) {
  const std::size_t count = cells.peak.size();
  std::vector<double> energy(count);
  const double release = std::exp(-static_cast<double>(kCell) / (0.08 * rate.value));
  double held = 1;
  deepest = 1;
  for (std::size_t i = 0; i < count; ++i) {
    // Look-ahead: three cells before and after share the gain of the peak.
    double need = 1;
    for (std::size_t k = i >= 3 ? i - 3 : 0; k < std::min(count, i + 4); ++k)
      need = std::min(need, cells.peak[k] * gain > ceiling ? ceiling / (cells.peak[k] * gain) : 1.0);
    held = std::min(need, 1 - (1 - held) * release);
    deepest = std::min(deepest, held);
    energy[i] = cells.energy[i] * gain * gain * held * held;
  }
  const auto step = static_cast<std::size_t>(std::max(1.0, rate.value / 10 / kCell));
  std::vector<double> blocks;
  std::vector<double> sums(count + 1, 0.0);
  for (std::size_t i = 0; i < count; ++i) sums[i + 1] = sums[i] + energy[i];
  for (std::size_t i = 0; i + 4 * step <= count; i += step)
    blocks.push_back((sums[i + 4 * step] - sums[i]) / static_cast<double>(4 * step * kCell));
  if (blocks.empty() && count > 0) blocks.push_back(sums[count] / static_cast<double>(count * kCell));
  const auto gated = [&](double threshold) {
    double total = 0, n = 0;
    for (double b : blocks)
      if (b > threshold) total += b, n += 1;
    return n > 0 ? total / n : 0;
  };
  const double absolute = std::pow(10, (-70 + 0.691) / 10);
  const double relative = gated(absolute) * 0.1;
  return -0.691 + 10 * std::log10(std::max(gated(std::max(absolute, relative)), 1e-20));
}

void fade(AudioBlock block, std::int64_t at, std::int64_t frames, const MasterSettings& settings) {
  const auto in = to_frames(settings.fade_in, block.rate()).value, out = to_frames(settings.fade_out, block.rate()).value;
  for (int c = 0; c < 2; ++c) {
    float* x = block.channel(c);
    for (std::int64_t n = 0; n < block.frames(); ++n) {
      const std::int64_t from_start = at + n, to_end = frames - 1 - from_start;
      if (from_start < in) x[n] *= static_cast<float>(0.5 - 0.5 * std::cos(std::numbers::pi * static_cast<double>(from_start) / static_cast<double>(in)));
      if (to_end < out) x[n] *= static_cast<float>(0.5 - 0.5 * std::cos(std::numbers::pi * static_cast<double>(to_end) / static_cast<double>(out)));
    }
  }
}

}  // namespace

MasterReport master(const audio::Spool& mix, std::int64_t frames, const MasterSettings& settings, audio::Spool& out,
                    const std::filesystem::path& scratch, const Progress& progress) {
  MasterReport report;
  const Hertz rate = mix.rate();

  // 1  Measure the mix: all of it for loudness, and the level of each band when it plays.
  analysis::GatedLoudnessMeter before(rate);
  analysis::SpectrumMeter spectrum(rate);
  {
    AudioBuffer piece(2, 1 << 16, rate);
    for (std::int64_t at = 0; at < frames; at += piece.frames()) {
      const AudioBlock part = piece.block().part(0, frames - at);
      mix.read(at, part);
      parallel_for(2, [&](std::size_t i) { i == 0 ? before.add(part) : spectrum.add(part); });
      progress.part(0, 0.1).set(static_cast<double>(at) / static_cast<double>(frames), "measuring the mix");
    }
  }
  report.before = before.result();
  report.spectrum_before = spectrum.result();
  if (report.before <= Lufs{-100}) {
    return report;  // nothing there; `out` reads as silence
  }

  // 2  Balance, density, width, colour. The compressor's thresholds follow the level each band has on average, so that
  //    it works as much on a quiet mix as on a loud one.
  report.equalizer_db = equalizer_for(report.spectrum_before, settings.balance, settings.balance_strength);
  std::array<double, 4> band_level{};
  {
    const std::array<double, 5> edges{20, 120, 800, 5000, 20000};
    const double total = [&] {
      double sum = 0;
      for (double l : report.spectrum_before) sum += std::pow(10, l / 10);
      return sum;
    }();
    for (std::size_t b = 0; b < 4; ++b) {
      double sum = 0;
      for (int i = 0; i < analysis::kBands; ++i) {
        const double f = analysis::band_centre(i).value;
        if (f >= edges[b] && f < edges[b + 1]) sum += std::pow(10, report.spectrum_before[static_cast<std::size_t>(i)] / 10);
      }
      // Integrated loudness stands for the RMS of the whole; the bands share it.
      band_level[b] = kWorking.value + 3 + 10 * std::log10(std::max(sum / total, 1e-6));
    }
  }
  const double density = 1 - settings.punch;
  const auto make_chain = [&] {
    Chain chain;
    chain.processors.push_back(make_graphic_eq(report.equalizer_db));
    chain.add("multiband", {{"attack_ms", 10 + 25 * settings.punch}, {"release_ms", 140}, {"knee_db", 8},
                            {"band1_ratio", 1.3 + density}, {"band1_threshold_db", std::clamp(band_level[0] + 5 * settings.punch + 2, -60.0, 0.0)},
                            {"band2_ratio", 1.2 + 0.7 * density}, {"band2_threshold_db", std::clamp(band_level[1] + 5 * settings.punch + 3, -60.0, 0.0)},
                            {"band3_ratio", 1.2 + 0.7 * density}, {"band3_threshold_db", std::clamp(band_level[2] + 5 * settings.punch + 3, -60.0, 0.0)},
                            {"band4_ratio", 1.2 + 0.8 * density}, {"band4_threshold_db", std::clamp(band_level[3] + 5 * settings.punch + 3, -60.0, 0.0)}});
    chain.add("width", {{"width", settings.width}, {"mono_below_hz", 110}, {"safe", 1}});
    if (settings.warmth > 0) {
      // Pushed so that the average level sits 12 dB under the knee.
      chain.add("saturation", {{"type", 1}, {"drive_db", std::clamp(-kWorking.value - 22 + 10 * settings.warmth, 0.0, 24.0)},
                               {"mix", 0.5 * settings.warmth}, {"compensate", 1}});
    }
    return chain;
  };
  audio::Spool shaped(scratch, 2, rate);
  Cells cells;
  cells.peak.resize(static_cast<std::size_t>((frames + kCell - 1) / kCell));
  cells.energy.resize(cells.peak.size());
  in_segments(mix, frames, gain_between(report.before, kWorking), make_chain, [&](std::int64_t at, AudioBlock sound) {
    shaped.write(at, sound);
    const auto filters = dsp::k_weighting(rate);
    std::array<dsp::BiquadState, 2> states{};
    std::array<dsp::Pair, kCell> pairs;
    for (std::int64_t n = 0; n < sound.frames(); n += kCell) {
      const int count = static_cast<int>(std::min(kCell, sound.frames() - n));
      const float* left = sound.channel(0) + n;
      const float* right = sound.channel(1) + n;
      float peak = 0;
      for (int k = 0; k < count; ++k) peak = std::max(peak, std::max(std::fabs(left[k]), std::fabs(right[k])));
      dsp::to_pairs(left, right, pairs.data(), count);
      dsp::run_cascade(filters.data(), states.data(), filters.size(), pairs.data(), count);
      dsp::Pair energy{0, 0};
      for (int k = 0; k < count; ++k) energy += pairs[static_cast<std::size_t>(k)] * pairs[static_cast<std::size_t>(k)];
      const auto cell = static_cast<std::size_t>((at + n) / kCell);
      cells.peak[cell] = peak;
      cells.energy[cell] = energy[0] + energy[1];
    }
  }, progress.part(0.1, 0.5), "balancing");

  // 3  The gain that reaches the target through the limiter, by bisection on the model.
  const double ceiling = to_gain(settings.ceiling - Decibels{0.2});  // true peaks rise a little above samples
  const auto search = [&](double target) {
    double low = -40, high = 60;
    for (int i = 0; i < 40; ++i) {
      const double middle = (low + high) / 2;
      double deepest = 1;
      const double loudness = modelled_loudness(cells, rate, to_gain(Decibels{middle}), ceiling, deepest);
      (loudness < target && -20 * std::log10(deepest) < kMostLimiting ? low : high) = middle;
    }
    return low;
  };

  // 4  Limit, measure, and correct the model's error. A result that is a little too loud is simply turned down: that
  //    changes nothing but the level.
  double aim = settings.target.value + 0.05;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const double into_limiter = search(aim);
    report.gain_db = gain_between(report.before, kWorking).value + into_limiter;
    const auto make_limiter = [&] {
      Chain chain;
      chain.add("limiter", {{"input_db", std::clamp(into_limiter, -24.0, 36.0)}, {"ceiling_db", settings.ceiling.value}, // A limiter that lets go fast is louder; where loudness is what was asked for, that is the trade.
                            {"release_ms", settings.target > Lufs{-11} ? 15 : 60 + 60 * settings.punch}});
      return chain;
    };
    in_segments(shaped, frames, Decibels{0}, make_limiter, [&](std::int64_t at, AudioBlock sound) {
      fade(sound, at, frames, settings);
      out.write(at, sound);
    }, progress.part(0.5 + 0.08 * attempt, 0.6 + 0.08 * attempt), "limiting");

    analysis::LoudnessMeter after(rate, 2);
    analysis::SpectrumMeter result(rate);
    AudioBuffer piece(2, 1 << 16, rate);
    for (std::int64_t at = 0; at < frames; at += piece.frames()) {
      const AudioBlock part = piece.block().part(0, frames - at);
      out.read(at, part);
      parallel_for(2, [&](std::size_t i) { i == 0 ? after.add(part) : result.add(part); });
    }
    report.after = after.result();
    report.spectrum_after = result.result();
    report.mono_loss_db = result.mono_loss();
    report.width = result.width();
    report.short_term = after.short_term();
    const double error = report.after.integrated.value - settings.target.value;
    if (error > -0.1 && error < 0.6) {
      // Turn down what is above the target.
      const double trim = std::min(0.0, -error);
      if (trim < -0.005) {
        for (std::int64_t at = 0; at < frames; at += piece.frames()) {
          const AudioBlock part = piece.block().part(0, frames - at);
          out.read(at, part);
          part.scale(static_cast<float>(to_gain(Decibels{trim})));
          out.write(at, part);
        }
        report.after.integrated.value += trim;
        report.after.loudest_momentary.value += trim;
        report.after.true_peak.value += trim;
        report.after.sample_peak.value += trim;
        for (double& l : report.spectrum_after) l += trim;
        for (Lufs& l : report.short_term) l.value += trim;
      }
      break;
    }
    aim += std::clamp(-error, -3.0, 3.0);
  }
  progress.set(1, "mastered");
  return report;
}

}  // namespace figment::mix
