#include "analysis/beat_network.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "analysis/features.h"
#include "base/error.h"
#include "base/half.h"
#include "storage/files.h"

namespace figment::analysis {
namespace {

constexpr std::size_t C = kBeatChannels;
constexpr std::string_view kMagic = "FGBEATS1";

// Four channels. Two frames by sixteen channels are computed at a time: eight sums in registers, and as many weights
// loaded as sums computed twice.
typedef float Four __attribute__((vector_size(16)));

inline Four load(const float* from) noexcept {
  Four x;
  std::memcpy(&x, from, sizeof x);
  return x;
}
inline void store(float* to, Four x) noexcept { std::memcpy(to, &x, sizeof x); }

// The weighted sum of one tap and group after another, for `Frames` frames and 16 of the output's channels. Every
// frame's sum is added up in one order, however frames are grouped.
template <int Frames>
inline void sum(const float* in, std::size_t width, std::ptrdiff_t spacing, std::size_t taps, const float* weights,
                const float* bias, std::array<std::array<Four, 4>, Frames>& sums) noexcept {
  for (int f = 0; f < Frames; ++f)
    for (int q = 0; q < 4; ++q) sums[f][q] = load(bias + 4 * q);
  for (std::size_t tap = 0; tap < taps; ++tap) {
    const float* row = in + (static_cast<std::ptrdiff_t>(tap) - static_cast<std::ptrdiff_t>(taps / 2)) * spacing;
    for (std::size_t i = 0; i < width; ++i, weights += C) {
      const Four w0 = load(weights), w1 = load(weights + 4), w2 = load(weights + 8), w3 = load(weights + 12);
      for (int f = 0; f < Frames; ++f) {
        const float x = row[static_cast<std::size_t>(f) * width + i];
        sums[f][0] += x * w0;
        sums[f][1] += x * w1;
        sums[f][2] += x * w2;
        sums[f][3] += x * w3;
      }
    }
  }
}

inline Four rectified(Four x) noexcept {
  const Four less = x * kBeatLeak;
  return x > 0 ? x : less;
}

enum class Then { Rectify, Add };  // into `out`

template <Then then>
void convolve(const float* in, std::size_t width, std::size_t dilation, std::size_t taps, const float* weights,
              const float* bias, float* out, std::size_t frames) noexcept {
  const auto spacing = static_cast<std::ptrdiff_t>(dilation * width);
  const auto finish = [](float* to, Four x) {
    if constexpr (then == Then::Rectify)
      store(to, rectified(x));
    else
      store(to, load(to) + x);
  };
  for (std::size_t half = 0; half < C; half += 16) {
    std::size_t t = 0;
    for (; t + 2 <= frames; t += 2) {
      std::array<std::array<Four, 4>, 2> sums;
      sum<2>(in + t * width, width, spacing, taps, weights + half, bias + half, sums);
      for (std::size_t f = 0; f < 2; ++f)
        for (std::size_t q = 0; q < 4; ++q) finish(out + (t + f) * C + half + 4 * q, sums[f][q]);
    }
    if (t < frames) {
      std::array<std::array<Four, 4>, 1> sums;
      sum<1>(in + t * width, width, spacing, taps, weights + half, bias + half, sums);
      for (std::size_t q = 0; q < 4; ++q) finish(out + t * C + half + 4 * q, sums[0][q]);
    }
  }
}

constexpr std::size_t kFirst = kBeatFrontTaps * kRhythmBands * C, kSecond = kBeatFrontTaps * C * C,
                      kBlock = kBeatTaps * C * C, kMixing = C * C;

}  // namespace

struct BeatNetwork::Weights {
  std::vector<float> all;
  const float *first = nullptr, *first_bias = nullptr, *second = nullptr, *second_bias = nullptr, *outputs = nullptr,
              *outputs_bias = nullptr;
  struct Block {
    const float *taps, *taps_bias, *mixing, *mixing_bias;
  };
  std::array<Block, kBeatBlocks> blocks{};
};

std::size_t beat_network_weights() noexcept {
  return kFirst + C + kSecond + C + kBeatBlocks * (kBlock + C + kMixing + C) + 2 * C + 2;
}

std::string write_beat_network(std::span<const float> weights) {
  std::string bytes(kMagic);
  const auto put = [&](auto value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof value); };
  for (const std::size_t size : {std::size_t{kRhythmBands}, C, kBeatBlocks}) put(static_cast<std::uint32_t>(size));
  for (const float w : weights) put(float_to_half(w));
  return bytes;
}

std::vector<float> read_beat_network(std::string_view bytes, const std::string& name) {
  constexpr std::size_t kHead = 8 + 3 * 4;
  const auto corrupt = [&](const std::string& what) {
    return Error(ErrorCode::Corrupt, name + ": " + what, "install Figment's data files again");
  };
  if (bytes.size() < kHead || bytes.substr(0, 8) != kMagic) throw corrupt("not the weights of a beat network");
  std::array<std::uint32_t, 3> sizes{};
  std::memcpy(sizes.data(), bytes.data() + 8, sizeof sizes);
  if (sizes[0] != kRhythmBands || sizes[1] != C || sizes[2] != kBeatBlocks)
    throw corrupt("wanted a beat network of 96 bands, 32 channels and 10 blocks, found " + std::to_string(sizes[0]) +
                  ", " + std::to_string(sizes[1]) + " and " + std::to_string(sizes[2]));
  const std::size_t count = beat_network_weights();
  if (bytes.size() != kHead + 2 * count)
    throw corrupt("wanted " + std::to_string(kHead + 2 * count) + " bytes, found " + std::to_string(bytes.size()));
  std::vector<float> weights(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, bytes.data() + kHead + 2 * i, 2);
    if ((half & 0x7C00U) == 0x7C00U) throw corrupt("weight " + std::to_string(i) + " is not a number");
    weights[i] = half_to_float(half);
  }
  return weights;
}

BeatNetwork BeatNetwork::parse(std::string_view bytes, const std::string& name) {
  auto weights = std::make_shared<Weights>();
  weights->all = read_beat_network(bytes, name);
  const float* next = weights->all.data();
  const auto take = [&](std::size_t count) {
    const float* here = next;
    next += count;
    return here;
  };
  weights->first = take(kFirst);
  weights->first_bias = take(C);
  weights->second = take(kSecond);
  weights->second_bias = take(C);
  for (Weights::Block& block : weights->blocks) {
    block.taps = take(kBlock);
    block.taps_bias = take(C);
    block.mixing = take(kMixing);
    block.mixing_bias = take(C);
  }
  weights->outputs = take(2 * C);
  weights->outputs_bias = take(2);
  return BeatNetwork(std::move(weights));
}

BeatNetwork BeatNetwork::load(const std::filesystem::path& file) {
  return parse(storage::read_file(file), file.string());
}

BeatActivations BeatNetwork::run(std::span<const std::uint8_t> rhythm) const {
  return run(rhythm, 0, rhythm.size() / kRhythmBands);
}

BeatActivations BeatNetwork::run(std::span<const std::uint8_t> rhythm, std::size_t begin, std::size_t count) const {
  const Weights& w = *weights_;
  const std::size_t frames = rhythm.size() / kRhythmBands;
  begin = std::min(begin, frames);
  count = std::min(count, frames - begin);
  BeatActivations out;
  if (count == 0) return out;

  // The stream of 32 channels from frame `origin` on, with room for the widest taps on both sides. What a layer
  // computes shrinks by what its taps reach, but never beyond the sound's ends, outside which all rows stay 0.
  constexpr std::size_t kRoom = kBeatTaps / 2 << (kBeatBlocks - 1);
  std::size_t reach = kReach;
  const auto first = [&] { return begin - std::min(begin, reach); };
  const auto last = [&] { return std::min(frames, begin + count + reach); };
  const std::size_t origin = first(), rows = last() - origin;
  std::vector<float> stream((rows + 2 * kRoom) * C), inside((rows + 2 * kRoom) * C);
  const auto at = [&](std::vector<float>& rows_of, std::size_t frame) {
    return rows_of.data() + (frame - origin + kRoom) * C;
  };

  // In slices, so that the input as floats stays small.
  reach -= kBeatFrontTaps / 2;
  constexpr std::size_t kSlice = 256;
  std::vector<float> input((kSlice + kBeatFrontTaps - 1) * kRhythmBands);
  for (std::size_t from = first(); from < last(); from += kSlice) {
    const std::size_t n = std::min(kSlice, last() - from);
    for (std::size_t i = 0; i < n + kBeatFrontTaps - 1; ++i) {
      float* row = input.data() + i * kRhythmBands;
      const std::size_t frame = from + i;  // one too late
      if (frame < kBeatFrontTaps / 2 || frame - kBeatFrontTaps / 2 >= frames) {
        std::fill_n(row, kRhythmBands, 0.0F);
      } else {
        const std::uint8_t* bytes = rhythm.data() + (frame - kBeatFrontTaps / 2) * kRhythmBands;
        for (std::size_t b = 0; b < kRhythmBands; ++b) row[b] = static_cast<float>(bytes[b]) * kBeatInputScale;
      }
    }
    convolve<Then::Rectify>(input.data() + kBeatFrontTaps / 2 * kRhythmBands, kRhythmBands, 1, kBeatFrontTaps, w.first,
                            w.first_bias, at(inside, from), n);
  }
  reach -= kBeatFrontTaps / 2;
  convolve<Then::Rectify>(at(inside, first()), C, 1, kBeatFrontTaps, w.second, w.second_bias, at(stream, first()),
                          last() - first());
  for (std::size_t b = 0; b < kBeatBlocks; ++b) {
    const std::size_t dilation = std::size_t{1} << b;
    reach -= kBeatTaps / 2 * dilation;
    const std::size_t from = first(), n = last() - from;
    convolve<Then::Rectify>(at(stream, from), C, dilation, kBeatTaps, w.blocks[b].taps, w.blocks[b].taps_bias,
                            at(inside, from), n);
    convolve<Then::Add>(at(inside, from), C, 1, 1, w.blocks[b].mixing, w.blocks[b].mixing_bias, at(stream, from), n);
  }
  out.beat.resize(count);
  out.downbeat.resize(count);
  for (std::size_t t = 0; t < count; ++t) {
    const float* row = at(stream, begin + t);
    float beat = w.outputs_bias[0], down = w.outputs_bias[1];
    for (std::size_t c = 0; c < C; ++c) {
      const float x = row[c] > 0 ? row[c] : kBeatLeak * row[c];
      beat += x * w.outputs[2 * c];
      down += x * w.outputs[2 * c + 1];
    }
    out.beat[t] = 1 / (1 + std::exp(-beat));
    out.downbeat[t] = 1 / (1 + std::exp(-down));
  }
  return out;
}

}  // namespace figment::analysis
