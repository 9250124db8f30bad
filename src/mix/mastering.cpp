#include "mix/mastering.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <numbers>

#include "analysis/gated_loudness.h"
#include "audio/spool.h"
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

constexpr int kVersion = 3;                   // raise when the sound of any segment may change
constexpr std::int64_t kRunUp = 3 << 14;
constexpr std::int64_t kHead = 2048;          // of the next segment, that the limiter looks ahead into
constexpr int kBlock = 512;
constexpr std::int64_t kCell = 64;            // frames of one cell of the limiter model

constexpr double kMostLimiting = 30;          // dB at the deepest; louder than that is refused rather than destroyed
constexpr int kTries = 5;
constexpr Lufs kWorking{-20};                 // where the chain meets the sound, whatever level the mix came at

double rounded(double value, double step) { return step * std::round(value / step); }

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
    gains[i] = std::clamp(rounded((gap[i] - mean / weight) * strength, 0.25), -6.0, limit);
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

// What the limiter will see, in cells: highest sample and K-weighted energy.
struct Cells {
  std::vector<float> peak, energy;
};

Cells cells_of(AudioView sound) {
  Cells cells;
  const auto filters = dsp::k_weighting(sound.rate());
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
    cells.peak.push_back(peak);
    cells.energy.push_back(static_cast<float>(energy[0] + energy[1]));
  }
  return cells;
}

// Integrated loudness after a gain and an ideal limiter, from cells: the gate of BS.1770 on 400 ms blocks every 100 ms.
// `ahead` is the highest peak within the look-ahead of each cell.
double modelled_loudness(const std::vector<float>& ahead, const std::vector<float>& energies, Hertz rate, double gain,
                         double ceiling, double& deepest) {
  const std::size_t count = ahead.size();
  const double release = std::exp(-static_cast<double>(kCell) / (0.08 * rate.value));
  double held = 1;
  deepest = 1;
  std::vector<double> sums(count + 1, 0.0);
  for (std::size_t i = 0; i < count; ++i) {
    const double need = ahead[i] * gain > ceiling ? ceiling / (ahead[i] * gain) : 1.0;
    held = std::min(need, 1 - (1 - held) * release);
    deepest = std::min(deepest, held);
    sums[i + 1] = sums[i] + energies[i] * gain * gain * held * held;
  }
  const auto step = static_cast<std::size_t>(std::max(1.0, rate.value / 10 / kCell));
  std::vector<double> tenths;
  for (std::size_t i = 0; i + step <= count; i += step) tenths.push_back((sums[i + step] - sums[i]) / static_cast<double>(step * kCell));
  if (tenths.empty() && count > 0) tenths.push_back(sums[count] / static_cast<double>(count * kCell));
  return analysis::gated_loudness(tenths).value;
}

void fade(AudioBlock block, std::int64_t at, std::int64_t frames, std::int64_t in, std::int64_t out) {
  const auto gain = [](std::int64_t n, std::int64_t length) {
    return static_cast<float>(0.5 - 0.5 * std::cos(std::numbers::pi * static_cast<double>(n) / static_cast<double>(length)));
  };
  for (int c = 0; c < 2; ++c) {
    float* x = block.channel(c);
    for (std::int64_t n = 0; n < block.frames(); ++n) {
      const std::int64_t from_start = at + n, to_end = frames - 1 - from_start;
      if (from_start < in) x[n] *= gain(from_start, in);
      if (to_end < out) x[n] *= gain(to_end, out);
    }
  }
}

Digest digest_of(AudioView sound) {
  Sha256 hash;
  for (int c = 0; c < sound.channels(); ++c) hash.add(std::as_bytes(std::span(sound.channel(c), static_cast<std::size_t>(sound.frames()))));
  return hash.finish();
}

// A segment after balance and density: what the limiter's model sees of it, and digests of what the limiter itself will
// see of it from its own segment and from both neighbours.
struct Shaped {
  Cells cells;
  Digest head, whole, tail;

  [[nodiscard]] std::string to_bytes() const {
    std::string bytes = head + whole + tail;
    for (const auto* values : {&cells.peak, &cells.energy}) bytes.append(reinterpret_cast<const char*>(values->data()), values->size() * sizeof(float));
    return bytes;
  }
  static std::optional<Shaped> from_bytes(const std::string& bytes, std::size_t count) {
    if (bytes.size() != 3 * 64 + 2 * count * sizeof(float)) return std::nullopt;
    Shaped s;
    s.head = bytes.substr(0, 64), s.whole = bytes.substr(64, 64), s.tail = bytes.substr(128, 64);
    s.cells.peak.resize(count), s.cells.energy.resize(count);
    std::memcpy(s.cells.peak.data(), bytes.data() + 192, count * sizeof(float));
    std::memcpy(s.cells.energy.data(), bytes.data() + 192 + count * sizeof(float), count * sizeof(float));
    return s;
  }
};

// One mastering from its start to its end.
class Run {
 public:
  Run(const audio::WaveReader& mix, const MasterSettings& settings, const MasterMemory& memory, const std::filesystem::path& scratch, const Progress& progress)
      : mix_(mix), settings_(settings), memory_(memory), progress_(progress), rate_(mix.rate()), frames_(mix.frames()),
        length_(segment_frames(rate_)), count_(static_cast<std::size_t>((frames_ + length_ - 1) / length_)),
        shaped_sound_(scratch, 2, rate_), limited_sound_(scratch, 2, rate_),
        shaped_(count_), shaped_there_(count_, 0), limited_there_(count_) {}

  void master(const analysis::Tally& before, audio::WaveWriter& out, MasterReport& report) {
    assert(memory_.cache == nullptr || memory_.mix.size() == count_);
    decide(before, report);
    shape_all();
    gather(report);
    limit_to_target(report);
    write(out, report);
  }

 private:
  [[nodiscard]] std::int64_t start(std::size_t i) const { return static_cast<std::int64_t>(i) * length_; }
  [[nodiscard]] std::int64_t length(std::size_t i) const { return std::min(length_, frames_ - start(i)); }

  // Balance, density, width, colour, by measurement. The compressor's thresholds follow the level each band has on
  // average, so that it works as much on a quiet mix as on a loud one.
  void decide(const analysis::Tally& before, MasterReport& report) {
    equalizer_ = report.equalizer_db = equalizer_for(report.spectrum_before, settings_.balance, settings_.balance_strength);
    const std::array<double, 5> edges{20, 120, 800, 5000, 20000};
    double total = 0;
    for (double l : report.spectrum_before) total += std::pow(10, l / 10);
    for (std::size_t b = 0; b < 4; ++b) {
      double sum = 0;
      for (int i = 0; i < analysis::kBands; ++i) {
        const double f = analysis::band_centre(i).value;
        if (f >= edges[b] && f < edges[b + 1]) sum += std::pow(10, report.spectrum_before[static_cast<std::size_t>(i)] / 10);
      }
      // Integrated loudness stands for the RMS of the whole; the bands share it.
      band_level_[b] = rounded(kWorking.value + 3 + 10 * std::log10(std::max(sum / total, 1e-6)), 0.5);
    }
    working_db_ = rounded(gain_between(before.loudness().integrated, kWorking).value, 0.25);
  }

  [[nodiscard]] Chain shaping_chain() const {
    const double density = 1 - settings_.punch, punch = settings_.punch;
    const auto threshold = [&](std::size_t b, double above) { return std::clamp(band_level_[b] + 5 * punch + above, -60.0, 0.0); };
    Chain chain;
    chain.processors.push_back(make_graphic_eq(equalizer_));
    chain.add("multiband", {{"attack_ms", 10 + 25 * punch}, {"release_ms", 140}, {"knee_db", 8},
                            {"band1_ratio", 1.3 + density}, {"band1_threshold_db", threshold(0, 2)},
                            {"band2_ratio", 1.2 + 0.7 * density}, {"band2_threshold_db", threshold(1, 3)},
                            {"band3_ratio", 1.2 + 0.7 * density}, {"band3_threshold_db", threshold(2, 3)},
                            {"band4_ratio", 1.2 + 0.8 * density}, {"band4_threshold_db", threshold(3, 3)}});
    chain.add("width", {{"width", settings_.width}, {"mono_below_hz", 110}, {"safe", 1}});
    if (settings_.warmth > 0) {
      // Pushed so that the average level sits 12 dB under the knee.
      chain.add("saturation", {{"type", 1}, {"drive_db", std::clamp(-kWorking.value - 22 + 10 * settings_.warmth, 0.0, 24.0)},
                               {"mix", 0.5 * settings_.warmth}, {"compensate", 1}});
    }
    return chain;
  }

  // The run-up and what the chain looks ahead lie in the neighbours.
  [[nodiscard]] Digest shaping_key(std::size_t i) const {
    nlohmann::json key{"master.shape", kVersion, rate_.value, working_db_, equalizer_, band_level_, settings_.punch, settings_.width, settings_.warmth,
                       length(i)};
    for (std::size_t k = i > 0 ? i - 1 : 0; k < std::min(count_, i + 2); ++k) key.push_back(memory_.mix[k]);
    if (i == 0) key.push_back("first");
    return sha256(key.dump());
  }

  // Shapes a segment; its sound then lies in shaped_sound_. `unless_known`: not when the cache knows all that is needed.
  void shape(std::size_t i, bool unless_known) {
    const NoDenormals guard;
    const auto cells = static_cast<std::size_t>((length(i) + kCell - 1) / kCell);
    const Digest key = memory_.cache != nullptr ? shaping_key(i) : Digest{};
    if (memory_.cache != nullptr && unless_known) {
      if (const auto bytes = memory_.cache->get(key)) {
        if (auto known = Shaped::from_bytes(*bytes, cells)) {
          shaped_[i] = std::move(*known);
          return;
        }
      }
    }
    Chain chain = shaping_chain();
    chain.prepare(rate_);
    AudioBuffer sound(2, kRunUp + length(i) + chain.latency, rate_);
    mix_.read(start(i) - kRunUp, sound.block());
    sound.block().scale(static_cast<float>(to_gain(Decibels{working_db_})));
    chain.process(sound.block());
    const AudioView result = sound.view().part(kRunUp + chain.latency, length(i));
    shaped_sound_.write(start(i), result);
    shaped_there_[i] = 1;
    if (!shaped_[i].whole.empty()) return;
    shaped_[i].cells = cells_of(result);
    shaped_[i].head = digest_of(result.part(0, kHead));
    shaped_[i].whole = digest_of(result);
    shaped_[i].tail = digest_of(result.part(result.frames() - kRunUp, kRunUp));
    if (memory_.cache != nullptr) memory_.cache->put(key, shaped_[i].to_bytes());
  }

  void shape_all() {
    std::atomic<std::size_t> done{0};
    parallel_for(count_, [&](std::size_t i) {
      shape(i, true);
      progress_.part(0, 0.5).set(static_cast<double>(++done) / static_cast<double>(count_), "balancing");
    });
  }

  // What the search for the gain works on.
  void gather(MasterReport& report) {
    std::vector<float> peaks;
    for (const Shaped& s : shaped_) {
      peaks.insert(peaks.end(), s.cells.peak.begin(), s.cells.peak.end());
      energies_.insert(energies_.end(), s.cells.energy.begin(), s.cells.energy.end());
    }
    // Look-ahead: three cells before and after share the gain of the peak.
    for (std::size_t i = 0; i < peaks.size(); ++i)
      ahead_.push_back(*std::max_element(peaks.begin() + static_cast<std::ptrdiff_t>(i >= 3 ? i - 3 : 0),
                                         peaks.begin() + static_cast<std::ptrdiff_t>(std::min(peaks.size(), i + 4))));
    report.gain_db = working_db_;
  }

  // The highest gain, in tenths of a decibel, that stays under a loudness through the limiter: by bisection on the model.
  [[nodiscard]] double gain_for(double loudness) const {
    const double ceiling = to_gain(limit_to_ - Decibels{0.2});  // true peaks rise a little above samples
    int low = -400, high = 600;
    while (high - low > 1) {
      const int middle = (low + high) / 2;
      double deepest = 1;
      const double found = modelled_loudness(ahead_, energies_, rate_, to_gain(Decibels{middle / 10.0}), ceiling, deepest);
      (found < loudness && -20 * std::log10(deepest) < kMostLimiting ? low : high) = middle;
    }
    return low / 10.0;
  }

  [[nodiscard]] Chain limiter_chain() const {
    Chain chain;
    chain.add("limiter", {{"input_db", std::clamp(into_limiter_, -24.0, 36.0)}, {"ceiling_db", limit_to_.value},
                          // A limiter that lets go fast is louder; where loudness is what was asked for, that is the trade.
                          {"release_ms", settings_.target > Lufs{-11} ? 15 : 60 + 60 * settings_.punch}});
    return chain;
  }

  [[nodiscard]] Digest limiting_key(std::size_t i) const {
    nlohmann::json key{"master.limit", kVersion, rate_.value, into_limiter_, limit_to_.value, settings_.target > Lufs{-11}, settings_.punch,
                       i > 0 ? shaped_[i - 1].tail : Digest{}, shaped_[i].whole, i + 1 < count_ ? shaped_[i + 1].head : Digest{}};
    const std::int64_t to_end = frames_ - start(i);
    if (start(i) < fade_in_) key.push_back({"in", start(i), fade_in_});
    if (to_end - length(i) < fade_out_) key.push_back({"out", to_end, fade_out_});
    return sha256(key.dump());
  }

  // Makes the limited sound of these segments, and of their neighbours whatever they need for it.
  void limit(const std::vector<std::size_t>& segments, std::vector<analysis::Tally>& tallies) {
    std::vector<std::size_t> missing;
    for (const std::size_t i : segments)
      for (std::size_t k = i > 0 ? i - 1 : 0; k < std::min(count_, i + 2); ++k)
        if (shaped_there_[k] == 0 && (missing.empty() || std::find(missing.begin(), missing.end(), k) == missing.end())) missing.push_back(k);
    parallel_for(missing.size(), [&](std::size_t m) { shape(missing[m], false); });
    parallel_for(segments.size(), [&](std::size_t s) {
      const NoDenormals guard;
      const std::size_t i = segments[s];
      Chain chain = limiter_chain();
      chain.prepare(rate_);
      assert(chain.latency <= kHead);
      AudioBuffer sound(2, kRunUp + length(i) + chain.latency, rate_);
      shaped_sound_.read(start(i) - kRunUp, sound.block());
      chain.process(sound.block());
      const AudioBlock result = sound.block().part(kRunUp + chain.latency, length(i));
      fade(result, start(i), frames_, fade_in_, fade_out_);
      limited_sound_.write(start(i), result);
      tallies[i] = analysis::tally(sound.view().part(kRunUp + chain.latency - kRunUp / 2, kRunUp / 2), result);
      if (memory_.cache != nullptr) memory_.cache->put(limiting_key(i), tallies[i].to_bytes());
      limited_there_[i] = limiting_key(i);
      progress_.check();
    });
  }

  // Limits, measures, and corrects the model's error. A result that is a little too loud is simply turned down: that
  // changes nothing but the level.
  void limit_to_target(MasterReport& report) {
    fade_in_ = to_frames(settings_.fade_in, rate_).value;
    fade_out_ = to_frames(settings_.fade_out, rate_).value;
    limit_to_ = settings_.ceiling;
    double aim = settings_.target.value + 0.05;
    for (int attempt = 0; attempt < kTries; ++attempt) {
      into_limiter_ = gain_for(aim);
      tallies_.assign(count_, {});
      std::vector<std::size_t> stale;
      for (std::size_t i = 0; i < count_; ++i) {
        std::optional<analysis::Tally> known;
        if (memory_.cache != nullptr)
          if (const auto bytes = memory_.cache->get(limiting_key(i))) known = analysis::Tally::from_bytes(*bytes);
        if (known) tallies_[i] = std::move(*known);
        else stale.push_back(i);
      }
      limit(stale, tallies_);
      progress_.set(0.5 + 0.08 * (attempt + 1), "limiting");

      analysis::Tally whole;
      for (const auto& t : tallies_) whole.append(t);
      report.after = whole.loudness();
      report.spectrum_after = whole.spectrum();
      report.mono_loss_db = whole.mono_loss();
      report.width = whole.width();
      report.short_term = whole.short_term();
      report.gain_db = working_db_ + into_limiter_;
      const double error = report.after.integrated.value - settings_.target.value;
      const double over = report.after.true_peak.value - settings_.ceiling.value;
      trim_db_ = std::min(0.0, -rounded(error, 0.1));
      const bool loud = error > -0.1 && error < 0.6, below = over + trim_db_ <= 0.02;
      if (!loud) aim += std::clamp(-error, -3.0, 3.0);
      // What hisses up to the Nyquist frequency swings between samples by more than a limiter can foresee.
      if (!below) limit_to_ = Decibels{limit_to_.value - std::ceil(10 * (over + trim_db_)) / 10};
      if (loud && below) break;
      trim_db_ = std::min(0.0, -std::ceil(10 * over) / 10);   // if this was the last try: the ceiling holds in any case
    }
    report.after.integrated.value += trim_db_;
    report.after.loudest_momentary.value += trim_db_;
    report.after.true_peak.value += trim_db_;
    report.after.sample_peak.value += trim_db_;
    for (double& l : report.spectrum_after) l += trim_db_;
    for (Lufs& l : report.short_term) l.value += trim_db_;
  }

  // The result, segment by segment: taken from where it lies already, or from what was limited now.
  void write(audio::WaveWriter& out, MasterReport& report) {
    std::vector<std::optional<MasterMemory::Place>> places(count_);
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < count_; ++i) {
      report.segments.push_back(sha256(nlohmann::json{"master.segment", trim_db_, limiting_key(i)}.dump()));
      if (memory_.find) places[i] = memory_.find(report.segments[i]);
      if (places[i]) continue;
      ++report.segments_made;
      if (limited_there_[i] != limiting_key(i)) missing.push_back(i);
    }
    limit(missing, tallies_);
    std::atomic<std::size_t> done{0};
    parallel_for(count_, [&](std::size_t i) {
      if (places[i]) {
        out.copy(start(i), length(i), audio::WaveReader(places[i]->sound), places[i]->frame);
      } else {
        AudioBuffer sound(2, length(i), rate_);
        limited_sound_.read(start(i), sound.block());
        if (trim_db_ < 0) sound.block().scale(static_cast<float>(to_gain(Decibels{trim_db_})));
        out.write(start(i), sound.view());
      }
      progress_.part(0.9, 1).set(static_cast<double>(++done) / static_cast<double>(count_), "mastering");
    });
  }

  const audio::WaveReader& mix_;
  const MasterSettings& settings_;
  const MasterMemory& memory_;
  const Progress& progress_;
  Hertz rate_;
  std::int64_t frames_, length_;
  std::size_t count_;

  // Decisions.
  std::array<double, 10> equalizer_{};
  std::array<double, 4> band_level_{};
  double working_db_ = 0, into_limiter_ = 0, trim_db_ = 0;
  Decibels limit_to_{-1};
  std::int64_t fade_in_ = 0, fade_out_ = 0;

  audio::Spool shaped_sound_, limited_sound_;
  std::vector<Shaped> shaped_;
  std::vector<char> shaped_there_;                       // its sound lies in shaped_sound_
  std::vector<Digest> limited_there_;                    // the key under which it lies in limited_sound_
  std::vector<float> ahead_, energies_;
  std::vector<analysis::Tally> tallies_;
};

}  // namespace

MasterReport master(const audio::WaveReader& mix, const analysis::Tally& before, const MasterSettings& settings,
                    audio::WaveWriter& out, const MasterMemory& memory, const std::filesystem::path& scratch,
                    const Progress& progress) {
  MasterReport report;
  report.before = before.loudness().integrated;
  report.spectrum_before = before.spectrum();
  if (report.before <= Lufs{-100}) return report;  // nothing there; what is not written is silent
  Run(mix, settings, memory, scratch, progress).master(before, out, report);
  progress.set(1, "mastered");
  return report;
}

}  // namespace figment::mix
