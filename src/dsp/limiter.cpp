#include "dsp/limiter.h"

#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <vector>

#include "dsp/delay_line.h"
#include "dsp/effect.h"
#include "dsp/fir.h"
#include "dsp/true_peak.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Input, Ceiling, Release, Lookahead, Count };

constexpr Parameter kTable[] = {
    {"input_db", -24, 36, 0, "level into it"},
    {"ceiling_db", -24, 0, -1, "true peak stays below"},
    {"release_ms", 5, 1000, 80, "how fast it lets go"},
    {"lookahead_ms", 0.5, 10, 4, "how early it begins; longer is cleaner; read by prepare"},
};
static_assert(std::size(kTable) == Count);

// Highest point of the curve between two neighbouring samples, for left and right together.
class PeakDetector {
 public:
  static constexpr int kTaps = 24, kDelay = kTaps / 2, kPhases = 8;

  void prepare() {
    // A low-pass at the old half rate, 8 times as fast; phase p takes every eighth tap.
    std::array<float, static_cast<std::size_t>(kTaps * kPhases)> all{};
    design_low_pass(all.data(), kTaps * kPhases - 1, 1.0 / kPhases, 7.0, kPhases);
    for (int p = 0; p < kPhases; ++p) {
      for (int j = 0; j < kTaps; ++j) {
        // The centre tap (95) belongs to tap 11 of phase 0: the sample itself.
        const int from = p + kPhases * (kTaps - 1 - j) - 1;
        phases_[static_cast<std::size_t>(p)][static_cast<std::size_t>(j)] =
            from >= 0 ? all[static_cast<std::size_t>(from)] : 0.0F;
      }
    }
    clear();
  }
  void clear() noexcept {
    for (auto& m : memory_) m.fill(0);
  }
  // peak[i] looks at the curve from kDelay to kDelay - 1 frames before frame i.
  void run(const float* left, const float* right, int n, float* peak) noexcept {
    std::fill_n(peak, kCell, 0.0F);
    const float* in[2] = {left, right};
    for (std::size_t c = 0; c < 2; ++c) {
      float* x = memory_[c].data();
      std::copy_n(in[c], n, x + kTaps - 1);
      for (const auto& phase : phases_) fir_peak(phase.data(), kTaps, x, peak, n);
      for (const auto& phase : kTruePeakTaps) fir_peak(phase.data(), 12, x + (kTaps - 12) / 2, peak, n);
      // The sample itself, exactly, whatever the filters make of it.
      for (int i = 0; i < n; ++i) peak[i] = std::max(peak[i], std::abs(x[i + kTaps - 1 - kDelay]));
      std::copy_n(x + n, kTaps - 1, x);
    }
  }

 private:
  alignas(32) std::array<std::array<float, kTaps>, kPhases> phases_{};
  alignas(32) std::array<float, kTaps - 1 + kCell + kFirStep> memory_[2]{};
};

// The lowest of the last `length` values. Monotonic queue: constant time on average.
class LowestOf {
 public:
  void prepare(int length) {
    length_ = static_cast<std::uint64_t>(length);
    entries_.assign(std::bit_ceil(static_cast<std::size_t>(length) + 1), {});
    clear();
  }
  void clear() noexcept { first_ = last_ = now_ = 0; }
  float push(float value) noexcept {
    const std::size_t mask = entries_.size() - 1;
    while (last_ != first_ && entries_[(last_ - 1) & mask].value >= value) --last_;
    entries_[last_++ & mask] = {value, now_};
    if (entries_[first_ & mask].when + length_ <= now_) ++first_;
    ++now_;
    return entries_[first_ & mask].value;
  }

 private:
  struct Entry {
    float value;
    std::uint64_t when;
  };
  std::vector<Entry> entries_;
  std::size_t first_ = 0, last_ = 0;
  std::uint64_t length_ = 1, now_ = 0;
};

// Mean of the last `length` values. In double precision a running sum stays exact to 1e-12 for days.
class MeanOf {
 public:
  void prepare(int length) {
    values_.assign(static_cast<std::size_t>(length), 1.0);
    clear();
  }
  void clear() noexcept {
    std::fill(values_.begin(), values_.end(), 1.0);
    sum_ = static_cast<double>(values_.size());
    per_ = 1 / sum_;
    at_ = 0;
  }
  double push(double value) noexcept {
    sum_ += value - values_[at_];
    values_[at_] = value;
    if (++at_ == values_.size()) at_ = 0;
    return sum_ * per_;
  }

 private:
  std::vector<double> values_;
  std::size_t at_ = 0;
  double sum_ = 1, per_ = 1;
};

class Stage {
 public:
  // `smoothing` frames of look-ahead go into the shape of the gain.
  void prepare(int smoothing, double rate) {
    detector_.prepare();
    const int first = std::max(smoothing / 2, 1), second = std::max(smoothing - first + 1, 1);
    const int span = first + second - 1;  // of both boxes in series
    constexpr int kReach = PeakDetector::kTaps / 2 + 1;
    lowest_.prepare(span + 2 * kReach);
    first_.prepare(first);
    second_.prepare(second);
    latency_ = PeakDetector::kDelay + span - 1 + kReach;
    for (auto& line : lines_) line.prepare(latency_);
    average_step_ = 1 - one_pole_keep(0.3, rate);
    clear();
  }
  void clear() noexcept {
    detector_.clear();
    lowest_.clear();
    first_.clear();
    second_.clear();
    for (auto& line : lines_) line.clear();
    gain_ = 1;
    average_ = 1;
    seen_ = 0;
  }
  void set(double ceiling, double release_seconds, double rate) noexcept {
    ceiling_ = static_cast<float>(ceiling);
    fast_ = 1 - one_pole_keep(0.5 * release_seconds, rate);
    slow_ = 1 - one_pole_keep(2 * release_seconds, rate);
  }
  [[nodiscard]] int latency() const noexcept { return latency_; }
  [[nodiscard]] bool at_rest() const noexcept { return gain_ > 0.9999; }

  void run(float* left, float* right, int n) noexcept {
    alignas(32) float asked[kCell], gain[kCell];
    detector_.run(left, right, n, asked);
    for (int i = 0; i < n; ++i) asked[i] = ceiling_ / std::max(asked[i], ceiling_);
    for (int i = 0; i < n; ++i) {
      const double held = static_cast<double>(lowest_.push(asked[i]));
      // Out of a dip below its own average it hurries, beyond the average it takes its time.
      const double letting_go = gain_ + (held - gain_) * (gain_ < average_ ? fast_ : slow_);
      gain_ = std::min(held, letting_go);
      // At first a plain mean, so that a sound begun in its middle soon goes on as in the whole.
      average_ += (gain_ - average_) * (seen_ * average_step_ < 1 ? 1 / ++seen_ : average_step_);
      gain[i] = static_cast<float>(second_.push(first_.push(gain_)));
    }
    float* io[2] = {left, right};
    for (std::size_t c = 0; c < 2; ++c) {
      for (int i = 0; i < n; ++i) {
        lines_[c].push(io[c][i]);
        io[c][i] = gain[i] * lines_[c].at(static_cast<std::size_t>(latency_));
      }
    }
  }

 private:
  PeakDetector detector_;
  LowestOf lowest_;
  MeanOf first_, second_;
  std::array<DelayLine, 2> lines_;
  float ceiling_ = 1;
  double gain_ = 1, average_ = 1, average_step_ = 0, seen_ = 0, fast_ = 1, slow_ = 1;
  int latency_ = 0;
};

// In hand below the ceiling: 0.13 dB for the first stage, so that the second seldom works; 0.11 dB for the second.
// Meters differ by that much on noise near half the rate, because each has its own interpolation filter.
constexpr double kFirstMargin = 0.9851, kSecondMargin = 0.9874;

class Limiter final : public Effect {
 public:
  Limiter() : Effect(kTable) {}
  [[nodiscard]] Frames latency() const noexcept override { return Frames{first_.latency() + second_.latency()}; }
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{0.01}; }

 private:
  void configure() override {
    input_.prepare(rate());
    ceiling_.prepare(rate(), Seconds{0.02});
    first_.prepare(static_cast<int>(std::lround(value(Lookahead) * rate() / 1000)), rate());
    second_.prepare(static_cast<int>(std::lround(0.001 * rate())), rate());
  }
  void clear() noexcept override {
    first_.clear();
    second_.clear();
  }
  void begin_cell(bool snap) noexcept override {
    input_.move(to_gain(Decibels{value(Input)}), snap);
    ceiling_.move(to_gain(Decibels{value(Ceiling)}), snap);
    if (!take_changes() && !ceiling_.moving()) return;
    first_.set(kFirstMargin * ceiling_.now(), value(Release) / 1000, rate());
    second_.set(kSecondMargin * ceiling_.now(), 0.03, rate());
  }
  void run(const Cell& cell) noexcept override {
    const int n = cell.frames;
    alignas(32) float gain[kCell];
    input_.fill(gain, cell.at, n);
    for (int i = 0; i < n; ++i) {
      cell.left[i] *= gain[i];
      cell.right[i] *= gain[i];
    }
    first_.run(cell.left, cell.right, n);
    second_.run(cell.left, cell.right, n);
  }
  bool settle(int silent) noexcept override {
    if (silent < 4 * latency().value || !first_.at_rest() || !second_.at_rest()) return false;
    clear();
    return true;
  }

  Smooth input_, ceiling_;
  Stage first_, second_;
};

}  // namespace

std::unique_ptr<Processor> make_limiter() { return std::make_unique<Limiter>(); }

}  // namespace figment::dsp
