#include "dsp/saturation.h"

#include <array>
#include <cmath>
#include <numbers>

#include "dsp/biquad.h"
#include "dsp/delay_line.h"
#include "dsp/effect.h"
#include "dsp/fast_math.h"
#include "dsp/oversampler.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Drive, Type, Mix, Output, Compensate, Count };

constexpr Parameter kTable[] = {
    {"drive_db", 0, 48, 9, "how hard it is pushed"},
    {"type", 0, 3, 1, "0 tube, 1 tape, 2 hard clip, 3 fold"},
    {"mix", 0, 1, 1, "0 dry … 1 saturated"},
    {"output_db", -24, 24, 0, "level afterwards"},
    {"compensate", 0, 1, 1, "1: keep the level a -12 dBFS sine had"},
};
static_assert(std::size(kTable) == Count);

enum class Curve : int { Tube, Tape, Hard, Fold };
constexpr float kTubeBias = 1.82211880F;  // e^(2 · 0.3)
constexpr double kTapeHz = 3500, kTapeDb = 7;

template <Curve type>
inline float shape(float x) noexcept {
  if constexpr (type == Curve::Tube) return biased_tanh_fast(x, kTubeBias);
  if constexpr (type == Curve::Tape) return tanh_fast(x);
  if constexpr (type == Curve::Hard) return std::min(std::max(x, -1.0F), 1.0F);
  if constexpr (type == Curve::Fold) return sin_turns(std::min(std::max(x, -1e5F), 1e5F) * 0.25F);
}

template <Curve type>
void shape_all(float* x, int count) noexcept {
  for (int i = 0; i < count; ++i) x[i] = shape<type>(x[i]);
}

using ShapeAll = void (*)(float*, int) noexcept;
constexpr std::array<ShapeAll, 4> kShapes = {shape_all<Curve::Tube>, shape_all<Curve::Tape>, shape_all<Curve::Hard>,
                                             shape_all<Curve::Fold>};

class Saturation final : public Effect {
 public:
  Saturation() : Effect(kTable) {}
  [[nodiscard]] Frames latency() const noexcept override { return Frames{latency_}; }
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{0.2}; }

 private:
  void configure() override {
    for (Smooth* s : {&drive_, &mix_, &output_}) s->prepare(rate());
    for (auto& o : over_) o.prepare(4);
    latency_ = over_[0].latency();
    for (auto& d : dry_) d.prepare(latency_);
    push_ = Biquad::high_shelf(kTapeHz, kTapeDb, 0.6, rate());
    pull_ = Biquad::high_shelf(kTapeHz, -kTapeDb, 0.6, rate());
    block_dc_ = Biquad::high_pass_1(8, rate());
  }
  void clear() noexcept override {
    for (auto& o : over_) o.clear();
    for (auto& d : dry_) d.clear();
    push_state_ = pull_state_ = dc_state_ = {};
  }

  void begin_cell(bool snap) noexcept override {
    drive_.move(value(Drive), snap);
    mix_.move(value(Mix), snap);
    output_.move(value(Output), snap);
    if (take_changes() || drive_.moving() || output_.moving() || snap) {
      type_ = static_cast<std::size_t>(choice(Type));
      gain_from_ = snap ? input_gain() : gain_to_;
      gain_to_ = input_gain();
      const double level = on(Compensate) ? compensation() : 1.0;
      const double out = level * std::pow(10.0, output_.now() / 20);
      out_from_ = snap ? out : out_to_;
      out_to_ = out;
      settled_ = false;
    } else if (!settled_) {
      gain_from_ = gain_to_;
      out_from_ = out_to_;
      settled_ = true;
    }
  }

  [[nodiscard]] double input_gain() const noexcept { return std::pow(10.0, drive_.now() / 20); }

  // How much a -12 dBFS sine lost or won in RMS (its direct current not counted), turned round.
  [[nodiscard]] double compensation() const noexcept {
    constexpr int kPoints = 32;
    constexpr float kAmplitude = 0.25118864F;
    std::array<float, kPoints> wave;
    for (int i = 0; i < kPoints; ++i) {
      wave[static_cast<std::size_t>(i)] =
          static_cast<float>(gain_to_) * kAmplitude * sin_turns((static_cast<float>(i) + 0.5F) / kPoints);
    }
    kShapes[type_](wave.data(), kPoints);
    double sum = 0, square = 0;
    for (const float y : wave) sum += y, square += y * y;
    const double variance = square / kPoints - (sum / kPoints) * (sum / kPoints);
    return kAmplitude / std::sqrt(2 * std::max(variance, 1e-6));
  }

  void run(const Cell& cell) noexcept override {
    const int n = cell.frames;
    alignas(32) float dry[2][kCell], gain[kCell], wet[kCell];
    float* io[2] = {cell.left, cell.right};
    for (int c = 0; c < 2; ++c) {
      for (int i = 0; i < n; ++i) {
        dry_[c].push(io[c][i]);
        dry[c][i] = dry_[c].at(static_cast<std::size_t>(latency_));
      }
    }
    const auto ramp = [&](double from, double to) {
      const auto start = static_cast<float>(from), step = static_cast<float>((to - from) / kCell);
      for (int i = 0; i < n; ++i) gain[i] = start + step * static_cast<float>(cell.at + i + 1);
    };
    const bool tape = type_ == static_cast<std::size_t>(Curve::Tape);
    if (tape) filter(push_, push_state_, cell);
    ramp(gain_from_, gain_to_);
    for (int c = 0; c < 2; ++c) {
      for (int i = 0; i < n; ++i) io[c][i] *= gain[i];
      kShapes[type_](over_[c].up(io[c], n), over_[c].times() * n);
      over_[c].down(n, io[c]);
    }
    if (tape) filter(pull_, pull_state_, cell);
    // Every curve rectifies: an odd one what is not symmetric itself (a filtered saw, a pulse).
    filter(block_dc_, dc_state_, cell);
    ramp(out_from_, out_to_);
    mix_.fill(wet, cell.at, n);
    for (int c = 0; c < 2; ++c) {
      for (int i = 0; i < n; ++i) io[c][i] = blend(dry[c][i], gain[i] * io[c][i], wet[i]);
    }
  }

  static void filter(const Biquad& b, BiquadState& s, const Cell& cell) noexcept {
    Pair frames[kCell];
    to_pairs(cell.left, cell.right, frames, cell.frames);
    run_cascade(&b, &s, 1, frames, cell.frames);
    from_pairs(frames, cell.left, cell.right, cell.frames);
  }

  // Silence has emptied the oversampler; then only the filters' states are left.
  bool settle(int silent) noexcept override {
    if (silent < 4 * latency_) return false;
    if (!dsp::settle(&push_state_, 1) || !dsp::settle(&pull_state_, 1) || !dsp::settle(&dc_state_, 1)) return false;
    clear();
    return true;
  }

  Smooth drive_, mix_, output_;
  std::array<Oversampler, 2> over_;
  std::array<DelayLine, 2> dry_;
  Biquad push_, pull_, block_dc_;
  BiquadState push_state_, pull_state_, dc_state_;
  double gain_from_ = 1, gain_to_ = 1, out_from_ = 1, out_to_ = 1;
  std::size_t type_ = 0;
  int latency_ = 0;
  bool settled_ = false;
};

}  // namespace

std::unique_ptr<Processor> make_saturation() { return std::make_unique<Saturation>(); }

}  // namespace figment::dsp
