// A small network that hears beats.
//
//   Method   a temporal convolutional network (Davies and Böck 2019, "Temporal convolutional networks for musical audio beat
//            tracking"): one convolution over the bands of analysis/features.h, ten residual blocks of five taps whose
//            reach doubles from block to block, two outputs: beat, and first beat of a bar. 71,000 weights in half precision
//   Learned  from sounds whose beats are known because Figment made them (tools/listen): its own songs in all styles, and
//            tunes of POP909 and the Nottingham collection played by General MIDI sounds, coloured at random. No recording
//            was learned from
//   Exact    as LibTorch computes it, within 1e-4; chunks give what the whole gives, bit by bit
//   Threads  const after loading: any number of threads
//   Cost     about 1/700 of real time on one core

#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "analysis/beat_activations.h"

namespace figment::analysis {

class BeatNetwork {
 public:
  // `bytes` as tools/listen/train.cpp writes them: "FGBEATS1", bands, channels, blocks, taps as 32-bit numbers, then
  // the weights. Error Corrupt naming what was wanted and found.
  explicit BeatNetwork(std::string_view bytes);

  // Of the whole sound, on all cores.
  [[nodiscard]] BeatActivations run(const Features& features) const;

  // Frames begin … end-1 into `out` (two floats a frame: beat, downbeat), of `frames` in all.
  void run(const std::uint8_t* rhythm, std::int64_t frames, std::int64_t begin, std::int64_t end, float* out) const;

  static constexpr std::int64_t kReach = 2 * 1023 + 1;   // frames an output depends on, to either side

 private:
  static constexpr int kChannels = 32, kBlocks = 10, kTaps = 5;
  using Row = std::array<float, kChannels>;
  struct Block {
    std::vector<Row> wide;   // tap, input channel
    std::vector<Row> mix;    // input channel
    Row wide_bias{}, mix_bias{};
  };
  std::vector<Row> in_;      // tap, band
  Row in_bias_{};
  std::vector<Block> blocks_;
  std::array<Row, 2> out_{};
  std::array<float, 2> out_bias_{};
};

}  // namespace figment::analysis
