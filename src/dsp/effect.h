// What all effects of ours share: blocks become cells on a fixed grid, parameters become smooth, silence becomes free.
//
//   Cells    The sound is cut into cells of kCell frames, counted from the last reset, whatever blocks it comes in.
//            `begin_cell` runs once per cell (parameters, coefficients, LFOs); `run` gets the cell whole or in parts
//            and works frame by frame. So the result cannot depend on how the host cuts its blocks. A parameter set
//            between two blocks takes effect at the next cell, at most 31 frames later
//   Channels `run` always sees left and right. Mono sound is handed over twice, and the mean of both is what comes out
//   Hostile  Input that is not finite becomes 0, and what is beyond ±1e6 (+120 dBFS) is clamped there, so no state is
//            ever poisoned
//   Silence  After a cell of silence `settle` (told for how many frames there has been nothing) may clear a state that
//   has become inaudible and return true: from then
//            on, `run` is not called until sound (or a key) comes. `run` on silence from a cleared state must give
//            silence and leave the state cleared
//   Snap     The first `begin_cell` after reset says `snap`: start at the set values, do not glide to them

#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>

#include "dsp/processor.h"

namespace figment::dsp {

inline constexpr int kCell = 32;

// A value that follows its target without clicks: it moves once per cell (one-pole) and linearly inside the cell.
class Smooth {
 public:
  void prepare(double rate, Seconds time_constant = Seconds{0.01}) noexcept {
    keep_ = std::exp(-kCell / (rate * time_constant.value));
  }
  void move(double target, bool snap) noexcept {
    from_ = to_;
    if (snap) from_ = to_ = target;
    if (to_ == target) return;
    to_ = target + (to_ - target) * keep_;
    if (std::abs(to_ - target) <= 1e-4 * std::max(std::abs(target), 1e-3)) to_ = target;
  }
  [[nodiscard]] bool moving() const noexcept { return from_ != to_; }
  [[nodiscard]] double from() const noexcept { return from_; }
  [[nodiscard]] double now() const noexcept { return to_; }  // at the end of this cell
  // The ramp over frames at … at + count - 1 of the cell.
  void fill(float* out, int at, int count) const noexcept {
    const auto start = static_cast<float>(from_);
    const auto step = static_cast<float>((to_ - from_) / kCell);
    for (int i = 0; i < count; ++i) out[i] = start + step * static_cast<float>(at + i + 1);
  }

 private:
  double from_ = 0, to_ = 0, keep_ = 0;
};

struct Cell {
  float* left;  // kCell floats each may be overwritten, 32-byte aligned; only `frames` of them count
  float* right;
  const float* key_left;  // null when there is no key
  const float* key_right;
  int at;      // where in the cell this part begins: 0 … kCell - 1
  int frames;  // 1 … kCell - at
};

class Effect : public Processor {
 public:
  void prepare(const Format& format) final;  // Error InvalidArgument unless 1 or 2 channels, 8 … 384 kHz
  void process(audio::AudioBlock io, audio::AudioView key) noexcept final;
  void reset() noexcept final;
  [[nodiscard]] std::span<const Parameter> parameters() const noexcept final { return table_; }
  void set(std::size_t parameter, double value) noexcept final;
  using Processor::process;
  using Processor::set;

 protected:
  explicit Effect(std::span<const Parameter> table) noexcept;

  virtual void configure() = 0;       // rate() and channels() are known: allocate
  virtual void clear() noexcept = 0;  // silence inside
  virtual void begin_cell(bool snap) noexcept = 0;
  virtual void run(const Cell& cell) noexcept = 0;
  virtual bool settle(int /*silent_frames*/) noexcept { return false; }

  [[nodiscard]] double value(std::size_t parameter) const noexcept { return values_[parameter]; }
  [[nodiscard]] int choice(std::size_t parameter) const noexcept { return static_cast<int>(values_[parameter] + 0.5); }
  [[nodiscard]] bool on(std::size_t parameter) const noexcept { return values_[parameter] >= 0.5; }
  // True when any parameter was set since this was last asked.
  [[nodiscard]] bool take_changes() noexcept { return std::exchange(changed_, false); }
  [[nodiscard]] double rate() const noexcept { return rate_; }
  // Where an LFO stands at the first frame after reset, in turns 0 … 1.
  [[nodiscard]] double turns_at_start(double hz) const noexcept {
    const double turns = hz * static_cast<double>(start_) / rate_;
    return turns - std::floor(turns);
  }
  [[nodiscard]] int channels() const noexcept { return channels_; }

 private:
  static constexpr std::size_t kMaxParameters = 40;
  std::span<const Parameter> table_;
  std::array<double, kMaxParameters> values_{};
  double rate_ = 44100;
  int channels_ = 2;
  std::int64_t start_ = 0;
  int at_ = 0, silent_frames_ = 0;
  bool changed_ = true, snap_ = true, cell_silent_ = true, asleep_ = false;
};

// From dry (wet = 0) to wet (wet = 1); both ends exactly.
[[nodiscard]] inline float blend(float dry, float effect, float wet) noexcept { return (1 - wet) * dry + wet * effect; }

// exp(-1 / (time · rate)): how much of itself a one-pole follower keeps per frame. 0 for no time.
[[nodiscard]] inline double one_pole_keep(double seconds, double rate) noexcept {
  return seconds > 0 ? std::exp(-1.0 / (seconds * rate)) : 0.0;
}

}  // namespace figment::dsp
