#include "mix/mastering.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <numbers>

#include "analysis/gated_loudness.h"
#include "analysis/third_octaves.h"
#include "audio/spool.h"
#include "base/denormals.h"
#include "base/executor.h"
#include "dsp/biquad.h"
#include "dsp/loudness.h"
#include "dsp/processor.h"
#include "mix/curve_eq.h"
#include "mix/graphic_eq.h"

namespace figment::mix {
namespace {

using analysis::BandLevels;
using audio::AudioBlock;
using audio::AudioBuffer;
using audio::AudioView;

constexpr int kVersion = 3;                   // raise when the sound of any segment may change
constexpr std::int64_t kRunUpAt48 = 3 << 14;  // for every begun 48 kHz of the rate
constexpr std::int64_t kHead = 2048;          // of the next segment, that the limiter looks ahead into
constexpr int kBlock = 512;
constexpr std::int64_t kCell = 64;            // frames of one cell of the limiter model

constexpr double kMostLimiting = 30;          // dB at the deepest; louder than that is refused rather than destroyed
constexpr int kTries = 5;
constexpr double kMatched = 0.4;              // dB of mean distance that are near enough
constexpr double kProgress = 0.05;            // dB that a round must gain
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
  void prepare(Hertz rate, int channels) {
    latency = 0;
    for (auto& p : processors) {
      p->prepare({rate, channels, kBlock});
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
    const float* right = sound.channel(sound.channels() - 1) + n;
    float peak = 0;
    for (int k = 0; k < count; ++k) peak = std::max(peak, std::max(std::fabs(left[k]), std::fabs(right[k])));
    dsp::to_pairs(left, right, pairs.data(), count);
    dsp::run_cascade(filters.data(), states.data(), filters.size(), pairs.data(), count);
    dsp::Pair energy{0, 0};
    for (int k = 0; k < count; ++k) energy += pairs[static_cast<std::size_t>(k)] * pairs[static_cast<std::size_t>(k)];
    cells.peak.push_back(peak);
    cells.energy.push_back(static_cast<float>(sound.channels() > 1 ? energy[0] + energy[1] : energy[0]));
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
  for (int c = 0; c < block.channels(); ++c) {
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

// What is mastered, wherever it lies; silent before its start and after its end.
struct Source {
  Hertz rate;
  int channels;
  std::int64_t frames;
  std::function<void(std::int64_t frame, AudioBlock out)> read;
};

// One mastering from its start to its end.
class Run {
 public:
  Run(Source mix, const MasterSettings& settings, const MasterMemory& memory, const std::filesystem::path& scratch, const Progress& progress)
      : mix_(std::move(mix)), settings_(settings), memory_(memory), progress_(progress), rate_(mix_.rate), channels_(mix_.channels), frames_(mix_.frames),
        length_(segment_frames(rate_)), run_up_(kRunUpAt48 * static_cast<std::int64_t>(std::ceil(rate_.value / 48000))),
        count_(static_cast<std::size_t>((frames_ + length_ - 1) / length_)), width_(settings.width),
        shaped_sound_(scratch, channels_, rate_), limited_sound_(scratch, channels_, rate_),
        shaped_(count_), shaped_there_(count_, 0), limited_there_(count_), tallied_(count_), tallies_(count_) {}

  void master(const analysis::Tally& before, audio::WaveWriter& out, MasterReport& report) {
    assert(memory_.cache == nullptr || memory_.mix.size() == count_);
    decide(before, report);
    const int rounds = settings_.match ? settings_.match->rounds : 1;
    for (int round = 1; round <= rounds; ++round) {
      report.rounds = round;
      now_ = rounds == 1 ? progress_ : progress_.part((round - 1.0) / rounds, (round + 0.0) / rounds);
      set_curve();
      shape_all();
      gather(report);
      if (round == rounds) break;
      // The level needs only to be near while the balance is still moving.
      limit_to_target(report, 1);
      if (!correct(report)) break;
    }
    limit_to_target(report, kTries);
    report.curve_db = curve_;
    report.widened = width_;
    write(out, report);
  }

 private:
  [[nodiscard]] std::int64_t start(std::size_t i) const { return static_cast<std::int64_t>(i) * length_; }
  [[nodiscard]] std::int64_t length(std::size_t i) const { return std::min(length_, frames_ - start(i)); }

  // Balance, density, width, colour, by measurement. The compressor's thresholds follow the level each band has on
  // average, so that it works as much on a quiet mix as on a loud one.
  void decide(const analysis::Tally& before, MasterReport& report) {
    BandLevels spectrum = report.spectrum_before;
    if (settings_.match) {
      const MatchTarget& match = *settings_.match;
      curve_ = match_gains(match.source, match.source, match.wanted, {}, match.rules);
      for (std::size_t b = 0; b < spectrum.size(); ++b) spectrum[b] = match.source[b] + curve_[b];
    } else {
      equalizer_ = report.equalizer_db = equalizer_for(spectrum, settings_.balance, settings_.balance_strength);
    }
    const std::array<double, 5> edges{20, 120, 800, 5000, 20000};
    double total = 0;
    for (double l : spectrum) total += std::pow(10, l / 10);
    for (std::size_t b = 0; b < 4; ++b) {
      double sum = 0;
      for (int i = 0; i < analysis::kBands; ++i) {
        const double f = analysis::band_centre(i).value;
        if (f >= edges[b] && f < edges[b + 1]) sum += std::pow(10, spectrum[static_cast<std::size_t>(i)] / 10);
      }
      // Integrated loudness stands for the RMS of the whole; the bands share it.
      band_level_[b] = rounded(kWorking.value + 3 + 10 * std::log10(std::max(sum / total, 1e-6)), 0.5);
    }
    working_db_ = rounded(gain_between(before.loudness().integrated, kWorking).value, 0.25);
  }

  // Makes the equalizer of a match; what was shaped with another is void.
  void set_curve() {
    if (!settings_.match) return;
    for (double& g : curve_) g = rounded(g, 0.1);
    curve_eq_.reset();
    if (curve_ != BandLevels{}) curve_eq_.emplace(curve_, rate_);
    shaped_.assign(count_, {});
    shaped_there_.assign(count_, 0);
  }

  // After a round of matching: what is still missing is added to the equalizer and to the width. False when there is
  // nothing more to gain; then everything is as in the best round.
  bool correct(MasterReport& report) {
    const MatchTarget& match = *settings_.match;
    const BandLevels now = analysis::third_octaves(limited_sound_, frames_, progress_);
    const double off = compare(now, match.wanted, match.source).mean_db;
    const double narrow = match.width && channels_ > 1 && *match.width > 0 && report.width > 0 ? 10 * std::log10(*match.width / report.width) : 0;
    if (off >= best_off_ - kProgress && std::fabs(narrow) >= best_narrow_ - 10 * kProgress) {
      const bool same = curve_ == best_curve_ && width_ == best_width_;
      curve_ = best_curve_, width_ = best_width_;
      if (!same) {
        set_curve();
        shape_all();
        gather(report);
      }
      return false;
    }
    best_off_ = off, best_narrow_ = std::fabs(narrow), best_curve_ = curve_, best_width_ = width_;
    if (off <= kMatched && std::fabs(narrow) < 0.5) return false;
    curve_ = match_gains(match.source, now, match.wanted, curve_, match.rules);
    if (std::fabs(narrow) >= 0.5) width_ = rounded(std::clamp(width_ * std::pow(10, narrow / 20), 0.0, 2.0), 0.01);
    return true;
  }

  [[nodiscard]] Chain shaping_chain() const {
    const double density = 1 - settings_.punch, punch = settings_.punch;
    const auto threshold = [&](std::size_t b, double above) { return std::clamp(band_level_[b] + 5 * punch + above, -60.0, 0.0); };
    Chain chain;
    if (!settings_.match) chain.processors.push_back(make_graphic_eq(equalizer_));
    if (settings_.density > 0)
      chain.add("multiband", {{"attack_ms", 10 + 25 * punch}, {"release_ms", 140}, {"knee_db", 8}, {"mix", settings_.density},
                            {"band1_ratio", 1.3 + density}, {"band1_threshold_db", threshold(0, 2)},
                            {"band2_ratio", 1.2 + 0.7 * density}, {"band2_threshold_db", threshold(1, 3)},
                            {"band3_ratio", 1.2 + 0.7 * density}, {"band3_threshold_db", threshold(2, 3)},
                            {"band4_ratio", 1.2 + 0.8 * density}, {"band4_threshold_db", threshold(3, 3)}});
    // Without anything to do it stays out of the way, whatever it would find out of phase.
    const bool as_it_is = settings_.match && width_ == 1 && settings_.mono_below_hz <= 10;
    if (channels_ > 1 && !as_it_is) chain.add("width", {{"width", width_}, {"mono_below_hz", settings_.mono_below_hz}, {"safe", 1}});
    if (settings_.density > 0 && settings_.warmth > 0) {
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
    if (settings_.match || settings_.density != 1 || settings_.mono_below_hz != 110)
      key.push_back({"match", curve_, width_, settings_.density, settings_.mono_below_hz});
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
    chain.prepare(rate_, channels_);
    AudioBuffer sound(channels_, run_up_ + length(i) + chain.latency, rate_);
    mix_.read(start(i) - run_up_, sound.block());
    sound.block().scale(static_cast<float>(to_gain(Decibels{working_db_})));
    if (curve_eq_) curve_eq_->process(sound.block());
    chain.process(sound.block());
    progress_.check();
    const AudioView result = sound.view().part(run_up_ + chain.latency, length(i));
    shaped_sound_.write(start(i), result);
    shaped_there_[i] = 1;
    if (!shaped_[i].whole.empty()) return;
    shaped_[i].cells = cells_of(result);
    shaped_[i].head = digest_of(result.part(0, kHead));
    shaped_[i].whole = digest_of(result);
    shaped_[i].tail = digest_of(result.part(result.frames() - run_up_, run_up_));
    if (memory_.cache != nullptr) memory_.cache->put(key, shaped_[i].to_bytes());
  }

  void shape_all() {
    std::atomic<std::size_t> done{0};
    parallel_for(count_, [&](std::size_t i) {
      shape(i, true);
      now_.part(0, 0.5).set(static_cast<double>(++done) / static_cast<double>(count_), "balancing");
    });
  }

  // What the search for the gain works on.
  void gather(MasterReport& report) {
    ahead_.clear();
    energies_.clear();
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

  [[nodiscard]] double deepest(double gain_db) const {
    double lowest = 1;
    (void)modelled_loudness(ahead_, energies_, rate_, to_gain(Decibels{gain_db}), to_gain(limit_to_ - Decibels{0.2}), lowest);
    return -20 * std::log10(lowest);
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
  void limit(const std::vector<std::size_t>& segments) {
    std::vector<std::size_t> missing;
    for (const std::size_t i : segments)
      for (std::size_t k = i > 0 ? i - 1 : 0; k < std::min(count_, i + 2); ++k)
        if (shaped_there_[k] == 0 && (missing.empty() || std::find(missing.begin(), missing.end(), k) == missing.end())) missing.push_back(k);
    parallel_for(missing.size(), [&](std::size_t m) { shape(missing[m], false); });
    parallel_for(segments.size(), [&](std::size_t s) {
      const NoDenormals guard;
      const std::size_t i = segments[s];
      Chain chain = limiter_chain();
      chain.prepare(rate_, channels_);
      assert(chain.latency <= kHead);
      AudioBuffer sound(channels_, run_up_ + length(i) + chain.latency, rate_);
      shaped_sound_.read(start(i) - run_up_, sound.block());
      chain.process(sound.block());
      const AudioBlock result = sound.block().part(run_up_ + chain.latency, length(i));
      fade(result, start(i), frames_, fade_in_, fade_out_);
      limited_sound_.write(start(i), result);
      tallies_[i] = analysis::tally(sound.view().part(run_up_ + chain.latency - run_up_ / 2, run_up_ / 2), result);
      limited_there_[i] = tallied_[i] = limiting_key(i);
      if (memory_.cache != nullptr) memory_.cache->put(limited_there_[i], tallies_[i].to_bytes());
      progress_.check();
    });
  }

  // Limits, measures, and corrects the model's error. A result that is a little too loud is simply turned down: that
  // changes nothing but the level.
  void limit_to_target(MasterReport& report, int tries) {
    fade_in_ = to_frames(settings_.fade_in, rate_).value;
    fade_out_ = to_frames(settings_.fade_out, rate_).value;
    limit_to_ = settings_.ceiling;
    double aim = settings_.target.value + 0.05;
    for (int attempt = 0; attempt < tries; ++attempt) {
      into_limiter_ = gain_for(aim);
      std::vector<std::size_t> stale;
      for (std::size_t i = 0; i < count_; ++i) {
        const Digest key = limiting_key(i);
        if (tallied_[i] == key) continue;
        std::optional<analysis::Tally> known;
        if (memory_.cache != nullptr)
          if (const auto bytes = memory_.cache->get(key)) known = analysis::Tally::from_bytes(*bytes);
        if (!known) {
          stale.push_back(i);
          continue;
        }
        tallies_[i] = std::move(*known);
        tallied_[i] = key;
      }
      limit(stale);
      now_.set(0.5 + 0.08 * (attempt + 1), "limiting");

      analysis::Tally whole;
      for (const auto& t : tallies_) whole.append(t);
      report.after = whole.loudness();
      report.spectrum_after = whole.spectrum();
      report.mono_loss_db = whole.mono_loss();
      report.width = whole.width();
      report.short_term = whole.short_term();
      report.gain_db = working_db_ + into_limiter_;
      report.deepest_db = deepest(into_limiter_);
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
    limit(missing);
    std::atomic<std::size_t> done{0};
    parallel_for(count_, [&](std::size_t i) {
      if (places[i]) {
        out.copy(start(i), length(i), audio::WaveReader(places[i]->sound), places[i]->frame);
      } else {
        AudioBuffer sound(channels_, length(i), rate_);
        limited_sound_.read(start(i), sound.block());
        if (trim_db_ < 0) sound.block().scale(static_cast<float>(to_gain(Decibels{trim_db_})));
        out.write(start(i), sound.view());
      }
      progress_.part(0.9, 1).set(static_cast<double>(++done) / static_cast<double>(count_), "mastering");
    });
  }

  const Source mix_;
  const MasterSettings& settings_;
  const MasterMemory& memory_;
  const Progress& progress_;
  Progress now_;                                         // of this round
  Hertz rate_;
  int channels_;
  std::int64_t frames_, length_, run_up_;
  std::size_t count_;

  // Decisions.
  std::array<double, 10> equalizer_{};
  BandLevels curve_{};
  std::optional<CurveEq> curve_eq_;
  double width_;
  BandLevels best_curve_{};
  double best_width_ = 1, best_off_ = 1e9, best_narrow_ = 1e9;
  std::array<double, 4> band_level_{};
  double working_db_ = 0, into_limiter_ = 0, trim_db_ = 0;
  Decibels limit_to_{-1};
  std::int64_t fade_in_ = 0, fade_out_ = 0;

  audio::Spool shaped_sound_, limited_sound_;
  std::vector<Shaped> shaped_;
  std::vector<char> shaped_there_;                       // its sound lies in shaped_sound_
  std::vector<Digest> limited_there_;                    // the key under which it lies in limited_sound_
  std::vector<float> ahead_, energies_;
  std::vector<Digest> tallied_;                          // the key of what lies in tallies_
  std::vector<analysis::Tally> tallies_;
};

MasterReport run(Source source, const analysis::Tally& before, const MasterSettings& settings, audio::WaveWriter& out, const MasterMemory& memory,
                 const std::filesystem::path& scratch, const Progress& progress) {
  MasterReport report;
  report.before = before.loudness().integrated;
  report.spectrum_before = before.spectrum();
  if (report.before <= Lufs{-100}) return report;  // nothing there; what is not written is silent
  Run(std::move(source), settings, memory, scratch, progress).master(before, out, report);
  progress.set(1, "mastered");
  return report;
}

}  // namespace

MasterReport master(const audio::WaveReader& mix, const analysis::Tally& before, const MasterSettings& settings,
                    audio::WaveWriter& out, const MasterMemory& memory, const std::filesystem::path& scratch,
                    const Progress& progress) {
  return run({mix.rate(), mix.channels(), mix.frames(), [&mix](std::int64_t frame, AudioBlock block) { mix.read(frame, block); }}, before, settings, out,
             memory, scratch, progress);
}

MasterReport master(const audio::Spool& sound, std::int64_t frames, const analysis::Tally& before, const MasterSettings& settings,
                    audio::WaveWriter& out, const std::filesystem::path& scratch, const Progress& progress) {
  return run({sound.rate(), sound.channels(), frames, [&sound](std::int64_t frame, AudioBlock block) { sound.read(frame, block); }}, before, settings, out,
             {}, scratch, progress);
}

}  // namespace figment::mix
