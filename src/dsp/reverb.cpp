#include "dsp/reverb.h"

#include <array>
#include <cmath>
#include <numbers>

#include "dsp/biquad.h"
#include "dsp/block_line.h"
#include "dsp/effect.h"
#include "dsp/fast_math.h"

namespace figment::dsp {
namespace {

enum : std::size_t {
  PreDelay,
  Size,
  Decay,
  Damping,
  LowDecay,
  Diffusion,
  Modulation,
  Width,
  Early,
  LowCut,
  HighCut,
  Mix,
  Count
};

constexpr Parameter kTable[] = {
    {"pre_delay_ms", 0, 250, 12, "silence before the room answers"},
    {"size", 0, 1, 0.6, "0 closet … 1 cathedral: spacing of the reflections"},
    {"decay_s", 0.1, 30, 1.8, "time to fall by 60 dB"},
    {"damping_hz", 500, 20000, 5000, "at this frequency it decays twice as fast"},
    {"low_decay", 0.3, 2, 1.1, "decay of the lows, as a multiple"},
    {"diffusion", 0, 1, 0.8, "0 single echoes … 1 dense from the start"},
    {"modulation", 0, 1, 0.4, "how much the walls wander"},
    {"width", 0, 1, 1, "0 mono … 1 all around"},
    {"early_db", -60, 6, -8, "level of the first reflections"},
    {"low_cut_hz", 10, 1000, 120, "no reverb below"},
    {"high_cut_hz", 1000, 22000, 12000, "no reverb above"},
    {"mix", 0, 1, 0.25, "0 dry … 1 room only (for sends)"},
};
static_assert(std::size(kTable) == Count);

constexpr std::size_t kLines = 16, kDiffusers = 4, kTaps = 10;
constexpr double kLowCorner = 250;

// Milliseconds at full size: rising by a twelfth or so, in an order that gives both sides of each butterfly of the
// Hadamard matrix short and long ones; no two are in a simple ratio.
constexpr std::array<double, kLines> kLengths = {30.83, 67.73, 22.93, 53.39, 42.71, 80.23, 36.43, 57.89,
                                                 25.61, 62.47, 33.59, 73.61, 28.27, 49.87, 39.17, 46.03};
constexpr std::array<double, kDiffusers> kDiffuserLengths[2] = {{3.61, 5.23, 8.87, 12.29}, {3.97, 4.79, 9.43, 11.71}};
// First reflections at full size: a few clear ones, then closer ones, each weaker; left and right differ.
constexpr std::array<double, kTaps> kTapTimes[2] = {{6.9, 13.1, 19.7, 24.3, 31.9, 38.3, 43.7, 52.1, 60.7, 71.3},
                                                    {8.3, 11.9, 17.3, 26.9, 29.3, 36.7, 46.1, 49.3, 63.1, 68.9}};
constexpr std::array<float, kTaps> kTapGains[2] = {
    {0.84F, -0.71F, 0.62F, 0.55F, -0.50F, 0.43F, -0.37F, 0.33F, 0.27F, -0.22F},
    {0.81F, 0.74F, -0.64F, 0.53F, 0.51F, -0.44F, 0.36F, -0.34F, 0.26F, 0.23F}};
constexpr double kTapLevel = 0.62;  // makes their squares sum to one
constexpr double kLongestMs = 84, kWanderMs = 0.3;

class Reverb final : public Effect {
 public:
  Reverb() : Effect(kTable) {}
  [[nodiscard]] Seconds tail() const noexcept override {
    return Seconds{value(PreDelay) / 1000 + 0.1 + 1.2 * value(Decay) * std::max(1.0, value(LowDecay))};
  }

 private:
  void configure() override {
    for (auto& s : smooth_) s.prepare(rate());
    smooth_[Size].prepare(rate(), Seconds{0.15});
    for (Smooth* s : {&smooth_[Decay], &smooth_[Damping], &smooth_[LowDecay]}) s->prepare(rate(), Seconds{0.05});
    const double per_ms = rate() / 1000;
    for (auto& line : lines_) line.prepare((kLongestMs + kWanderMs) * per_ms);
    for (std::size_t c = 0; c < 2; ++c) {
      pre_[c].prepare((250 + 75) * per_ms);
      for (std::size_t k = 0; k < kDiffusers; ++k) {
        diffusers_[c][k].prepare(kDiffuserLengths[c][k] * per_ms);
        diffuser_frames_[c][k] = std::max(static_cast<int>(std::lround(kDiffuserLengths[c][k] * per_ms)), kCell + 1);
      }
    }
    for (std::size_t k = 0; k < kLines; ++k) wander_step_[k] = wander_hz(k) * kCell / rate();
    low_keep_ = static_cast<float>(1 - one_pole_keep(1 / (2 * std::numbers::pi * kLowCorner), rate()));
  }

  static double wander_hz(std::size_t line) noexcept { return 0.3 * std::pow(4.0, static_cast<double>(line) / kLines); }

  void clear() noexcept override {
    for (auto& line : lines_) line.clear();
    for (auto& line : pre_) line.clear();
    for (auto& side : diffusers_) {
      for (auto& line : side) line.clear();
    }
    damped_.fill(0);
    low_.fill(0);
    cut_states_.fill({});
    for (std::size_t k = 0; k < kLines; ++k) {
      const double turns = static_cast<double>(k) * 0.381966 + turns_at_start(wander_hz(k));
      phases_[k] = turns - std::floor(turns);
    }
    written_ = 0;
    quiet_ = 0;
  }

  void begin_cell(bool snap) noexcept override {
    pre_from_ = pre_to_;
    tap_from_ = tap_to_;
    if (take_changes() || moving_ || snap) glide(snap);
    // Where each line is read at the end of this cell.
    const auto reach = static_cast<float>(smooth_[Modulation].now() * kWanderMs * rate() / 1000);
    for (std::size_t k = 0; k < kLines; ++k) {
      phases_[k] += wander_step_[k];
      phases_[k] -= phases_[k] >= 1 ? 1.0 : 0.0;
    }
    for (std::size_t k = 0; k < kLines; ++k) {
      from_[k] = to_[k];
      to_[k] = length_[k] + reach * sin_turns(static_cast<float>(phases_[k]));
    }
    if (snap) from_ = to_;
  }

  // Everything that follows from the parameters.
  void glide(bool snap) noexcept {
    moving_ = false;
    for (std::size_t p = 0; p < Count; ++p) {
      const bool frequency = p == Damping || p == LowCut || p == HighCut || p == Decay;
      double target = frequency ? std::log2(value(p)) : value(p);
      if (p == Early) target = value(p) > -59.5 ? kTapLevel * to_gain(Decibels{value(p)}) : 0;
      smooth_[p].move(target, snap);
      moving_ = moving_ || smooth_[p].now() != target || smooth_[p].moving();
    }
    const double per_ms = rate() / 1000, scale = 0.25 + 0.75 * smooth_[Size].now();
    const double decay = std::exp2(smooth_[Decay].now()), low_decay = smooth_[LowDecay].now();
    const double corner = 2 * std::numbers::pi * std::min(std::exp2(smooth_[Damping].now()), 0.49 * rate()) / rate();
    double kept = 0;
    for (std::size_t k = 0; k < kLines; ++k) {
      const double frames = std::max(kLengths[k] * scale * per_ms, kCell + 8.0 + kWanderMs * per_ms);
      length_[k] = static_cast<float>(frames);
      const double gain = std::pow(10.0, -3 * frames / (rate() * decay));  // 60 dB in `decay`
      // One-pole low-pass whose gain at the corner is once more `gain`: there it decays twice as fast.
      const double square = std::max(gain * gain, 1e-6);
      const double a = 1 - square * std::cos(corner), b = 1 - square;
      const double pole = std::clamp((a - std::sqrt(std::max(a * a - b * b, 0.0))) / b, 0.0, 0.98);
      pole_[k] = static_cast<float>(pole);
      gain_[k] = static_cast<float>(gain);
      low_gain_[k] = static_cast<float>(std::pow(gain, 1 / low_decay) / gain - 1);
      kept += gain * gain / kLines;
    }
    // White sound of power P in each line's share settles at P · kept / (1 - kept) behind the decay, where we listen.
    kept = std::clamp(kept, 0.02, 0.999999);
    in_gain_ = static_cast<float>(std::sqrt((1 - kept) / kept));
    pre_to_ = static_cast<int>(std::lround(smooth_[PreDelay].now() * per_ms));
    for (std::size_t c = 0; c < 2; ++c) {
      for (std::size_t k = 0; k < kTaps; ++k) tap_to_[c][k] = static_cast<int>(kTapTimes[c][k] * scale * per_ms);
    }
    if (snap) pre_from_ = pre_to_, tap_from_ = tap_to_;
    diffusion_ = static_cast<float>(0.72 * smooth_[Diffusion].now());
    cuts_[0] = Biquad::high_pass(std::exp2(smooth_[LowCut].now()), 0.7071, rate());
    cuts_[1] = Biquad::low_pass(std::min(std::exp2(smooth_[HighCut].now()), 0.49 * rate()), 0.7071, rate());
  }

  // x[i] = the line, `from … to` frames late, third-order Lagrange. The whole part of the delay stays put within a
  // cell, so that reads are contiguous.
  void read(std::size_t k, int at, int n, float* x) noexcept {
    const float step = (to_[k] - from_[k]) / kCell;
    if (std::abs(to_[k] - from_[k]) > 0.5F) {  // the size glides: every frame for itself
      for (int i = 0; i < n; ++i) {
        const float place = from_[k] + step * static_cast<float>(at + i + 1);
        const int whole = static_cast<int>(place);
        x[i] = between(lines_[k].window(whole + 2 - i, 4), place - static_cast<float>(whole));
      }
      return;
    }
    const int whole = static_cast<int>(0.5F * (from_[k] + to_[k]));
    const float start = from_[k] - static_cast<float>(whole);
    const float* w = lines_[k].window(whole + 2, n + 3);
    for (int i = 0; i < n; ++i) x[i] = between(w + i, start + step * static_cast<float>(at + i + 1));
  }
  static float between(const float* w, float f) noexcept {
    const float fm = f - 1, fmm = f - 2, fp = f + 1;
    return w[2] * fm * fmm * fp * 0.5F - w[3] * f * fm * fmm * (1.0F / 6) - w[1] * f * fmm * fp * 0.5F +
           w[0] * f * fm * fp * (1.0F / 6);
  }

  void run(const Cell& cell) noexcept override {
    const int n = cell.frames;
    alignas(32) float in[2][kCell], early[2][kCell] = {};
    const float* io[2] = {cell.left, cell.right};
    for (std::size_t c = 0; c < 2; ++c) {
      pre_[c].write(io[c], n);
      std::fill_n(in[c], n, 0.0F);
      tap(pre_[c], pre_from_, pre_to_, 1, cell, in[c]);
    }
    if (smooth_[Early].now() > 0 || smooth_[Early].moving()) {
      for (std::size_t c = 0; c < 2; ++c) {
        for (std::size_t k = 0; k < kTaps; ++k) {
          tap(pre_[c], pre_from_ + tap_from_[c][k], pre_to_ + tap_to_[c][k], kTapGains[c][k], cell, early[c]);
        }
      }
    }
    for (std::size_t c = 0; c < 2; ++c) {
      for (std::size_t k = 0; k < kDiffusers; ++k) diffuse(diffusers_[c][k], diffuser_frames_[c][k], in[c], n);
    }
    alignas(32) float x[kLines][kCell];
    for (std::size_t k = 0; k < kLines; ++k) read(k, cell.at, n, x[k]);
    decay(x, n);

    alignas(32) float wet[2][kCell];
    for (int i = 0; i < n; ++i) {
      // Two orthogonal patterns of signs: left and right hear all lines, and nothing in common.
      float left = 0, right = 0;
      for (std::size_t k = 0; k < kLines; k += 4) {
        const float a = x[k][i], b = x[k + 1][i], c = x[k + 2][i], d = x[k + 3][i];
        left += a + b - c - d;
        right += a - b - c + d;
      }
      wet[0][i] = 0.25F * left;
      wet[1][i] = 0.25F * right;
    }
    mix_and_write(x, in, n);
    finish(cell, wet, early, n);
  }

  // out += gain · (the line, whole frames late). A changed place cross-fades in over the cell.
  static void tap(BlockLine& line, int from, int to, float gain, const Cell& cell, float* out) noexcept {
    const int n = cell.frames;
    const float* late = line.window(to + n, n);
    if (from == to) {
      for (int i = 0; i < n; ++i) out[i] += gain * late[i];
      return;
    }
    for (int i = 0; i < n; ++i) out[i] += gain * late[i] * static_cast<float>(cell.at + i + 1) / kCell;
    late = line.window(from + n, n);
    for (int i = 0; i < n; ++i) out[i] += gain * late[i] * (1 - static_cast<float>(cell.at + i + 1) / kCell);
  }

  void diffuse(BlockLine& line, int frames, float* x, int n) noexcept {
    const float* late = line.window(frames, n);
    alignas(32) float inner[kCell];
    const float g = diffusion_;
    for (int i = 0; i < n; ++i) {
      inner[i] = x[i] + g * late[i];
      x[i] = late[i] - g * inner[i];
    }
    line.write(inner, n);
  }

  // What a passage through each line costs, by frequency. Lines lie in lanes here, so the recursions run side by side.
  void decay(float (*x)[kCell], int n) noexcept {
    for (int i = 0; i < n; ++i) {
      alignas(32) float lane[kLines];
      for (std::size_t k = 0; k < kLines; ++k) lane[k] = x[k][i];
      for (std::size_t k = 0; k < kLines; ++k) {
        damped_[k] = lane[k] + pole_[k] * (damped_[k] - lane[k]);
        low_[k] += low_keep_ * (damped_[k] - low_[k]);
        lane[k] = gain_[k] * (damped_[k] + low_gain_[k] * low_[k]);
      }
      for (std::size_t k = 0; k < kLines; ++k) x[k][i] = lane[k];
    }
  }

  // Hadamard, new sound, back into the lines.
  void mix_and_write(float (*x)[kCell], const float (*in)[kCell], int n) noexcept {
    for (std::size_t half = 1; half < kLines; half *= 2) {
      for (std::size_t k = 0; k < kLines; ++k) {
        if ((k & half) != 0) continue;
        float* a = x[k];
        float* b = x[k | half];
        for (int i = 0; i < n; ++i) {
          const float sum = a[i] + b[i], difference = a[i] - b[i];
          a[i] = sum;
          b[i] = difference;
        }
      }
    }
    float most = written_;
    for (std::size_t k = 0; k < kLines; ++k) {
      const float gain = (k / 2) % 2 == 0 ? in_gain_ : -in_gain_;
      const float* fresh = in[k % 2];
      for (int i = 0; i < n; ++i) x[k][i] = 0.25F * x[k][i] + gain * fresh[i];
      for (int i = 0; i < n; ++i) most = std::max(most, std::abs(x[k][i]));
      lines_[k].write(x[k], n);
    }
    written_ = most;
  }

  void finish(const Cell& cell, float (*wet)[kCell], const float (*early)[kCell], int n) noexcept {
    alignas(32) float level[kCell], width[kCell], mix[kCell];
    smooth_[Early].fill(level, cell.at, n);
    smooth_[Width].fill(width, cell.at, n);
    smooth_[Mix].fill(mix, cell.at, n);
    Pair frames[kCell];
    for (int i = 0; i < n; ++i) {
      frames[i] = Pair{wet[0][i] + level[i] * early[0][i], wet[1][i] + level[i] * early[1][i]};
    }
    run_cascade(cuts_.data(), cut_states_.data(), 2, frames, n);
    from_pairs(frames, wet[0], wet[1], n);
    for (int i = 0; i < n; ++i) {
      const float mid = 0.5F * (wet[0][i] + wet[1][i]), side = 0.5F * (wet[0][i] - wet[1][i]) * width[i];
      cell.left[i] = blend(cell.left[i], mid + side, mix[i]);
      cell.right[i] = blend(cell.right[i], mid - side, mix[i]);
    }
  }

  bool settle(int silent) noexcept override {
    quiet_ = written_ < 3e-8F ? quiet_ + kCell : 0;  // -150 dBFS
    written_ = 0;
    if (quiet_ < 0.1 * rate() || silent < 0.45 * rate()) return false;
    const auto phases = phases_;
    clear();
    phases_ = phases;
    return true;
  }

  std::array<Smooth, Count> smooth_;
  std::array<BlockLine, kLines> lines_;
  std::array<BlockLine, 2> pre_;
  std::array<std::array<BlockLine, kDiffusers>, 2> diffusers_;
  std::array<std::array<int, kDiffusers>, 2> diffuser_frames_{};
  std::array<std::array<int, kTaps>, 2> tap_from_{}, tap_to_{};
  alignas(32) std::array<float, kLines> length_{}, from_{}, to_{}, gain_{}, low_gain_{}, pole_{}, damped_{}, low_{};
  alignas(32) std::array<double, kLines> phases_{}, wander_step_{};   // double: no drift over hours
  std::array<Biquad, 2> cuts_;
  std::array<BiquadState, 2> cut_states_;
  float in_gain_ = 1, low_keep_ = 0, diffusion_ = 0, written_ = 0;
  int pre_from_ = 0, pre_to_ = 0, quiet_ = 0;
  bool moving_ = true;
};

}  // namespace

std::unique_ptr<Processor> make_reverb() { return std::make_unique<Reverb>(); }

}  // namespace figment::dsp
