// How likely a beat and a bar line are, every hundredth of a second: what the beat finder decides from.
//
//   Method   A temporal convolutional network (Davies and Böck 2019, "Temporal convolutional networks for musical audio
//            beat tracking"; Böck and Davies 2020): two plain convolutions over the 96 bands of Features::rhythm, ten
//            residual blocks whose taps lie 1, 2, 4 … 512 frames apart, so that a frame hears 20 s to both sides; leaky
//            rectifiers; two sigmoids. 74,530 weights
//   Learned  from music that was played for it: songs by figment's composer in all its styles; POP909's songs and
//            Nottingham's dance tunes played by changing bands, Bach's chorales, drum grooves; mixed, damaged and timed
//            in many ways (tools/listen; docs/howto/retrain-the-beat-network.md). No recording was used
//   Output   probabilities 0 … 1, a value a rhythm frame (100 a second). A beat is a peak some frames wide, highest
//   within
//            a frame of the instant; at downbeats both outputs peak. Where the music leaves open which of two tempi or
//            phases is the beat, both peaks are lower
//   Edges    outside the sound is silence. A part of a sound gets the same bits as the whole
//   Cost     about 1/1500 of real time on one core, plus kReach frames to both sides of a part; 128 bytes a frame,
//   twice Threads  free: immutable after loading; parts of one sound may run at once Errors   Corrupt for anything that
//   is not such a file, naming what was found; NotFound, Io
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/beat_activations.h"

namespace figment::analysis {

class BeatNetwork {
 public:
  static constexpr std::size_t kReach = 2048;      // frames that a frame hears to either side
  static constexpr std::size_t kGoodPart = 16384;  // frames in a part that keep what is computed twice below a third

  // `bytes` of data/learned/beats.bin; `name` stands in messages.
  [[nodiscard]] static BeatNetwork parse(std::string_view bytes, const std::string& name);
  [[nodiscard]] static BeatNetwork load(const std::filesystem::path& file);

  // `rhythm`: whole frames of kRhythmBands bytes.
  [[nodiscard]] BeatActivations run(std::span<const std::uint8_t> rhythm) const;
  // The values of `count` frames from `begin`, clipped to those there are.
  [[nodiscard]] BeatActivations run(std::span<const std::uint8_t> rhythm, std::size_t begin, std::size_t count) const;

  struct Weights;

 private:
  explicit BeatNetwork(std::shared_ptr<const Weights> weights) : weights_(std::move(weights)) {}
  std::shared_ptr<const Weights> weights_;
};

// How the numbers lie in the file, for those who write it: float16, in this order.
//
//   "FGBEATS1", uint32 bands, channels, blocks (little-endian), then
//   first   [3 taps][96 bands][32], bias [32]
//   second  [3 taps][32][32], bias [32]
//   block k of 10, dilation 2^k: [5 taps][32][32], bias [32], mixing [32][32], bias [32]
//   outputs [32][2], bias [2]
inline constexpr std::size_t kBeatChannels = 32, kBeatBlocks = 10, kBeatFrontTaps = 3, kBeatTaps = 5;
inline constexpr float kBeatInputScale = 1.0F / 64, kBeatLeak = 0.1F;

[[nodiscard]] std::size_t beat_network_weights() noexcept;  // how many there are
// Of all weights in the order above.
[[nodiscard]] std::string write_beat_network(std::span<const float> weights);
[[nodiscard]] std::vector<float> read_beat_network(std::string_view bytes, const std::string& name);

}  // namespace figment::analysis
