// One sounding region of a sampler.
//
//   Blocks     renders chunks of kChunk frames counted from its own start, whatever the caller's blocks; note-offs and
//              fades act at their frame, bends reach it at its next chunk and slide there in 5 ms
//   Loops      the frames around the loop's end are kept unrolled (`Seam`), so that the interpolation runs across it
//   Ends       a region that does not end near zero is faded over its last 3 ms; releases take at least 10 ms
//   Real time  all noexcept, no allocation

#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "instruments/envelope.h"
#include "instruments/samples.h"
#include "instruments/voice_math.h"

namespace figment::instruments {

// The sound from 2 · kReach frames before a loop's end to as many after it, as it goes on when it loops.
struct Seam {
  static constexpr std::int64_t kLength = 4 * Interpolator::kReach;
  std::int64_t first = 0;  // frame of the sample the seam begins at; may be negative
  std::array<std::vector<float>, 2> data;
};

// What a voice needs to know of a region.
struct PlayedRegion {
  enum class Loop : std::uint8_t { None, Continuous, Sustain };

  const Sample* sample = nullptr;
  std::int64_t begin = 0, end = 0;  // frames; end is the first that is not played
  std::int64_t fade = 0;            // frames before the end that are faded; 0: it ends near zero by itself
  Loop loop = Loop::None;
  std::int64_t loop_begin = 0, loop_end = 0;  // end is the first frame after
  const Seam* seam = nullptr;
  bool one_shot = false;                            // note-offs do not end it
  double keycenter = 60, keytrack = 1, detune = 0;  // key, semitones a key, semitones
  float gain = 1, left = 1, right = 1;
  double delay_s = 0, eg_delay_s = 0;
  EnvelopeShape envelope;

  // How much faster than recorded a key plays it, sample rates aside; within ten octaves.
  [[nodiscard]] double speed(double key, double bend) const noexcept {
    return std::exp2(std::clamp(((key - keycenter) * keytrack + detune + bend) / 12, -10.0, 10.0));
  }
};

class SamplerVoice {
 public:
  void prepare(float rate) noexcept { rate_ = rate; }
  void start(const PlayedRegion& region, int key, float gain, float bend) noexcept;
  // Adds `frames` frames. `right` may be null: mono.
  void add(float* left, float* right, int frames) noexcept;
  void release() noexcept;                // the key's, as the region says
  void fade_out(float seconds) noexcept;  // from now
  void bend(float semitones) noexcept;
  void stop() noexcept { region_ = nullptr; }

  [[nodiscard]] bool active() const noexcept { return region_ != nullptr; }
  [[nodiscard]] bool fading() const noexcept { return fade_total_ > 0; }
  [[nodiscard]] const PlayedRegion* region() const noexcept { return region_; }
  [[nodiscard]] float level() const noexcept { return envelope_.value(); }

 private:
  void set_step() noexcept;
  void render() noexcept;
  void fade_end(std::uint64_t position, float* left, float* right, int frames) const noexcept;

  const PlayedRegion* region_ = nullptr;
  float rate_ = 44100;
  int key_ = 60;
  std::uint64_t position_ = 0, step_ = 0;  // frames of the sample · 2^32
  bool looping_ = false, leave_loop_ = false, ended_ = false;
  float bend_ = 0, bend_target_ = 0;
  int bend_chunks_ = 0;       // left until it is there
  std::int64_t wait_ = 0;     // frames until it begins
  std::int64_t eg_wait_ = 0;  // frames until its envelope does
  Envelope envelope_;
  float gain_left_ = 1, gain_right_ = 1;
  int fade_total_ = 0, fade_left_ = 0;
  int read_ = kChunk;
  std::array<std::array<float, kChunk>, 2> chunk_{};
};

}  // namespace figment::instruments
