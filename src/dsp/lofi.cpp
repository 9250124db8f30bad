#include "dsp/lofi.h"

#include <array>
#include <cmath>
#include <numbers>

#include "dsp/biquad.h"
#include "dsp/delay_line.h"
#include "dsp/effect.h"

namespace figment::dsp {
namespace {

enum : std::size_t { WowCents, WowHz, FlutterCents, FlutterHz, Noise, Crackle, LowCut, HighCut, Mix, Count };

constexpr Parameter kTable[] = {
    {"wow_cents", 0, 100, 10, "slow pitch drift, peak"},
    {"wow_hz", 0.1, 3, 0.55, "how often it drifts"},
    {"flutter_cents", 0, 50, 3, "fast pitch shake, peak"},
    {"flutter_hz", 3, 20, 7.5, "how fast it shakes"},
    {"noise_db", -120, -20, -62, "level of the hiss; -120: none"},
    {"crackle", 0, 1, 0.15, "0 none … 1 a well-loved record"},
    {"low_cut_hz", 10, 1000, 70, "no sound below"},
    {"high_cut_hz", 500, 22000, 9000, "no sound above"},
    {"mix", 0, 1, 1, "0 dry … 1 old"},
};
static_assert(std::size(kTable) == Count);
constexpr double kBaseSeconds = 0.012, kReachSeconds = 0.011;

class LoFi final : public Effect {
 public:
  LoFi() : Effect(kTable) {}
  [[nodiscard]] Frames latency() const noexcept override { return Frames{base_}; }
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{0.2}; }

 private:
  void configure() override {
    for (Smooth* s : {&wow_, &flutter_, &noise_, &mix_, &low_, &high_}) s->prepare(rate(), Seconds{0.02});
    base_ = static_cast<int>(std::lround(kBaseSeconds * rate()));
    for (auto& line : lines_) line.prepare(2 * base_ + 4);
    hiss_keep_ = static_cast<float>(one_pole_keep(1 / (2 * std::numbers::pi * 2500), rate()));
    click_keep_ = static_cast<float>(one_pole_keep(0.0004, rate()));
  }
  void clear() noexcept override {
    for (auto& line : lines_) line.clear();
    bands_.fill({});
    // The drift repeats after a thousand turns.
    wow_phase_ = 1000 * turns_at_start(value(WowHz) / 1000);
    flutter_phase_ = 1000 * turns_at_start(value(FlutterHz) / 1000);
    seed_ = 0x9E3779B9U;
    hiss_ = click_ = {};
  }

  static double reach(double cents, double hz) noexcept {
    return (std::exp2(cents / 1200) - 1) / (2 * std::numbers::pi * hz);
  }

  void begin_cell(bool snap) noexcept override {
    wow_.move(reach(value(WowCents), value(WowHz)), snap);
    flutter_.move(reach(value(FlutterCents), value(FlutterHz)), snap);
    noise_.move(value(Noise) > -119.5 ? to_gain(Decibels{value(Noise)}) : 0.0, snap);
    mix_.move(value(Mix), snap);
    const double cell_seconds = kCell / rate();
    wow_phase_ = std::fmod(wow_phase_ + value(WowHz) * cell_seconds, 1000.0);
    flutter_phase_ = std::fmod(flutter_phase_ + value(FlutterHz) * cell_seconds, 1000.0);
    const auto wave = [](double turns) { return std::sin(2 * std::numbers::pi * turns); };
    // 0.637 and 1.41: off beat, so that the drift does not sound like a vibrato; repeats only after a thousand turns.
    const double offset = wow_.now() * (0.75 * wave(wow_phase_) + 0.25 * wave(0.637 * wow_phase_)) +
                          flutter_.now() * (0.7 * wave(flutter_phase_) + 0.3 * wave(1.41 * flutter_phase_));
    const double place = base_ + std::clamp(offset, -kReachSeconds, kReachSeconds) * rate();
    place_from_ = snap ? place : place_to_;
    place_to_ = place;
    low_.move(std::log2(value(LowCut)), snap);
    high_.move(std::log2(std::min(value(HighCut), 0.49 * rate())), snap);
    if (snap || low_.moving() || high_.moving()) {
      filters_[0] = Biquad::high_pass(std::exp2(low_.now()), 0.7071, rate());
      filters_[1] = Biquad::low_pass(std::exp2(high_.now()), 0.7071, rate());
    }
    click_chance_ = static_cast<float>(value(Crackle) * value(Crackle) * 30 / rate());
    click_level_ = static_cast<float>(0.02 + 0.08 * value(Crackle));
    noisy_ = noise_.moving() || noise_.now() > 0 || value(Crackle) > 0;
  }

  float random() noexcept {  // -1 … 1, white
    seed_ ^= seed_ << 13;
    seed_ ^= seed_ >> 17;
    seed_ ^= seed_ << 5;
    return static_cast<float>(static_cast<std::int32_t>(seed_)) * (1.0F / 2147483648.0F);
  }

  void run(const Cell& cell) noexcept override {
    const int n = cell.frames;
    alignas(32) float wet[kCell], noise[kCell], dry[2][kCell];
    float* io[2] = {cell.left, cell.right};
    noise_.fill(noise, cell.at, n);
    mix_.fill(wet, cell.at, n);
    const double step = (place_to_ - place_from_) / kCell;
    for (int c = 0; c < 2; ++c) {
      auto& line = lines_[static_cast<std::size_t>(c)];
      for (int i = 0; i < n; ++i) {
        line.push(io[c][i]);
        dry[c][i] = line.at(static_cast<std::size_t>(base_));
        io[c][i] = line.at(place_from_ + step * (cell.at + i + 1));
      }
    }
    if (noisy_) {
      for (int i = 0; i < n; ++i) {
        const bool click = std::abs(random()) < click_chance_;
        const float size = click ? click_level_ * random() : 0.0F, side = click ? random() : 0.0F;
        for (std::size_t c = 0; c < 2; ++c) {
          // White mixed with its low-passed self falls by some 3 dB per octave above 500 Hz; scaled to RMS = noise.
          const float white = random();
          hiss_[c] = white + (hiss_[c] - white) * hiss_keep_;
          click_[c] = size * (c == 0 ? 1 - side : 1 + side) - 0.6F * click_[c] * click_keep_;
          io[c][i] += noise[i] * (1.025F * white + 2.05F * hiss_[c]) + click_[c];
        }
      }
    }
    Pair frames[kCell];
    to_pairs(cell.left, cell.right, frames, n);
    run_cascade(filters_.data(), bands_.data(), 2, frames, n);
    from_pairs(frames, cell.left, cell.right, n);
    for (int c = 0; c < 2; ++c) {
      for (int i = 0; i < n; ++i) io[c][i] = blend(dry[c][i], io[c][i], wet[i]);
    }
  }

  bool settle(int silent) noexcept override {
    if (noisy_ || silent < 3 * base_) return false;
    if (!dsp::settle(bands_.data(), 2)) return false;
    for (auto& line : lines_) line.clear();
    hiss_ = click_ = {};
    return true;
  }

  Smooth wow_, flutter_, noise_, mix_, low_, high_;
  std::array<DelayLine, 2> lines_;
  std::array<Biquad, 2> filters_;
  std::array<BiquadState, 2> bands_;
  double wow_phase_ = 0, flutter_phase_ = 0, place_from_ = 0, place_to_ = 0;
  std::uint32_t seed_ = 1;
  std::array<float, 2> hiss_{}, click_{};
  float hiss_keep_ = 0, click_keep_ = 0, click_chance_ = 0, click_level_ = 0;
  int base_ = 0;
  bool noisy_ = true;
};

}  // namespace

std::unique_ptr<Processor> make_lofi() { return std::make_unique<LoFi>(); }

}  // namespace figment::dsp
