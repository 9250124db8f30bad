// What the sum of an instrument's voices goes through: drive, tone, chorus, level.
//
//   Drive    soft (tanh-like), hard (a corner) or fold (sine), run at twice the sample rate; `bias` adds even harmonics
//   Tone     up to 8 biquads (Bristow-Johnson's formulas), among them the body resonances of plucked strings
//   Chorus   modulated delay lines; "ensemble" has three at two speeds, as string machines had (left and right differ,
//            so only instruments with two channels have one)
//   Level    gain of the preset and controller 11 (expression), smoothed over 10 ms
//   Threads  one at a time; `process` is real-time safe and does the same however it is cut into blocks
//
// In a preset:
//   [drive]  db = 12, type = "soft", bias = 0.1, mix = 1.0, level_db = 0
//   [[eq]]   type = "peak" | "low_shelf" | "high_shelf" | "highpass" | "lowpass", hz, q, gain_db
//   [chorus] type = "chorus" | "ensemble", mix, rate_hz, depth_ms
//   [tremolo] rate_hz, depth, spread    (spread 1: left and right in turn)

#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "audio/buffer.h"
#include "base/units.h"
#include "instruments/halfband.h"
#include "storage/data_file.h"

namespace figment::instruments {

struct OutputShape {
  enum class Drive { None, Soft, Hard, Fold };
  enum class Eq { Peak, LowShelf, HighShelf, Highpass, Lowpass };
  struct Band {
    Eq type;
    double hz, q, gain_db;
  };
  Drive drive = Drive::None;
  float drive_gain = 1, bias = 0, drive_mix = 1, drive_level = 1;
  std::vector<Band> eq;
  bool ensemble = false;
  float chorus_mix = 0, chorus_rate = 0.8F, chorus_depth_s = 0.002F;
  float tremolo_rate = 0, tremolo_depth = 0, tremolo_spread = 0;
  float gain = 1;

  // Reads the tables above and `gain_db` from a preset.
  static OutputShape read(storage::Fields& preset);
  [[nodiscard]] bool wants_stereo() const noexcept {
    return chorus_mix > 0 || (tremolo_depth > 0 && tremolo_spread > 0);
  }
};

class OutputStage {
 public:
  OutputStage(OutputShape shape, int channels, int oversample)
      : shape_(std::move(shape)), channels_(channels), oversample_(oversample) {}

  void prepare(Hertz rate, int max_block);
  void reset() noexcept;   // silence inside; the modulation clocks run on
  void rewind() noexcept;  // the clocks too

  // Takes `frames * oversample` samples a channel from `left`, `right` (changing them), writes `frames` to `out`.
  void process(float* left, float* right, audio::AudioBlock out, float expression) noexcept;

  // How long it rings after its input ended.
  [[nodiscard]] Seconds tail() const noexcept;
  [[nodiscard]] int oversample() const noexcept { return oversample_; }
  [[nodiscard]] int channels() const noexcept { return channels_; }

 private:
  struct Biquad {
    float b0 = 1, b1 = 0, b2 = 0, a1 = 0, a2 = 0;
    std::array<float, 2> s1{}, s2{};

    // Both channels side by side: each sample of one waits for the one before.
    void run_pair(float* left, float* right, int frames) noexcept {
      float l1 = s1[0], l2 = s2[0], r1 = s1[1], r2 = s2[1];
      for (int n = 0; n < frames; ++n) {
        const float l = left[n], r = right[n], yl = b0 * l + l1, yr = b0 * r + r1;
        l1 = b1 * l - a1 * yl + l2;
        r1 = b1 * r - a1 * yr + r2;
        l2 = b2 * l - a2 * yl;
        r2 = b2 * r - a2 * yr;
        left[n] = yl;
        right[n] = yr;
      }
      s1 = {l1, r1};
      s2 = {l2, r2};
    }
  };
  void drive(float* x, int count) const noexcept;
  void chorus(float* left, float* right, int frames) noexcept;

  OutputShape shape_;
  int channels_, oversample_;
  double rate_ = 44100;
  std::array<Halfband, 2> half_;
  std::vector<Biquad> eq_;
  std::vector<float> line_;  // chorus delay, mono sum, power-of-two length
  std::uint32_t line_at_ = 0, slow_ = 0, fast_ = 0, slow_step_ = 0, fast_step_ = 0, shake_ = 0, shake_step_ = 0;
  float expression_ = 1, smooth_ = 0.01F;
};

}  // namespace figment::instruments
