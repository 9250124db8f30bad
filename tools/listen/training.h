// The beat network as it learns: the same computation as analysis/beat_network.h, forwards and backwards.
//
//   Layout   [time][channel]; rows of silence (zeros) around every sequence
//   Method   plain loops over 16 channels at a time for the processor it is built on: about ten times as fast on a few
//            cores as a general library with channels first, and built without one
//   Frames   a multiple of 8, at most what the object was made for
//   Threads  one sequence an object at a time; weights may be shared
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "analysis/beat_network.h"
#include "analysis/features.h"
#include "base/random.h"

namespace figment::listen {

struct Target {
  // Per frame, beat and downbeat, 0 … 1; and how much the frame counts.
  std::vector<float> value, weight;  // frames × 2
};

struct Losses {
  double beat = 0, downbeat = 0;  // summed cross-entropy over frames, by weight
  double beat_weight = 0, downbeat_weight = 0;
};

class Learner {
 public:
  explicit Learner(std::size_t most_frames);

  // `input`: frames × kRhythmBands, already scaled. Fills `outputs` (frames × 2 probabilities). With a `dropout` > 0
  // whole channels are left out, drawn from `random`.
  void forward(std::span<const float> weights, std::span<const float> input, std::size_t frames, double dropout,
               Random random);
  // After `forward`: adds to `gradient` (as weights) that of the weighted sum of cross-entropies.
  Losses backward(std::span<const float> weights, const Target& target, std::span<float> gradient);
  [[nodiscard]] Losses losses(const Target& target) const;

  [[nodiscard]] const std::vector<float>& outputs() const noexcept { return outputs_; }

 private:
  [[nodiscard]] float* rows(std::vector<float>& buffer) const noexcept;

  std::size_t most_, frames_ = 0;
  std::vector<float> input_;                 // with a row of zeros before and after
  std::vector<float> first_;                 // after the first convolution
  std::vector<std::vector<float>> streams_;  // into block k; the last goes to the outputs
  std::vector<std::vector<float>> insides_;  // of block k, rectified and thinned
  std::vector<std::vector<float>> masks_;    // of block k, per channel
  std::vector<float> outputs_, d_stream_, d_inside_, turned_;
};

// Small random numbers to begin with; blocks begin nearly as nothing.
[[nodiscard]] std::vector<float> first_weights(Random random);

}  // namespace figment::listen
