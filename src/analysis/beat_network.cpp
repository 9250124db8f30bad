#include "analysis/beat_network.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string>

#include "base/error.h"
#include "base/executor.h"

namespace figment::analysis {
namespace {

constexpr std::string_view kMagic = "FGBEATS1";
constexpr std::int64_t kChunk = 12000;     // frames: two minutes
constexpr float kLeak = 0.1F;

// IEEE 754 half precision. Weights are finite: what is not is refused.
float from_half(std::uint16_t h) {
  const std::uint32_t sign = static_cast<std::uint32_t>(h & 0x8000U) << 16, exponent = (h >> 10) & 31U, fraction = h & 1023U;
  if (exponent == 31) throw Error(ErrorCode::Corrupt, "the beat network's weights hold a value that is no number");
  if (exponent == 0) {
    const float tiny = std::ldexp(static_cast<float>(fraction), -24);
    return sign != 0 ? -tiny : tiny;
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

class Weights {
 public:
  explicit Weights(std::string_view bytes) : bytes_(bytes) {}
  float next() {
    if (bytes_.size() < 2) throw Error(ErrorCode::Corrupt, "the beat network's weights end too early");
    std::uint16_t half = 0;
    std::memcpy(&half, bytes_.data(), 2);
    bytes_.remove_prefix(2);
    return from_half(half);
  }
  [[nodiscard]] bool done() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

constexpr int kWidth = 32;
using Sum = std::array<float, kWidth>;

// Sums over `inputs` values, each times its row of weights, for four frames at once: a row is read once for all.
template <int kFrames, class Value>
inline void accumulate(const float* rows, int inputs, const std::array<const Value*, kFrames>& x, float scale, std::array<Sum, kFrames>& sums) {
  for (int i = 0; i < inputs; ++i) {
    const float* row = rows + i * kWidth;
    for (int f = 0; f < kFrames; ++f) {
      const float v = scale * static_cast<float>(x[static_cast<std::size_t>(f)][i]);
      float* sum = sums[static_cast<std::size_t>(f)].data();
      for (int o = 0; o < kWidth; ++o) sum[o] += v * row[o];
    }
  }
}

}  // namespace

BeatNetwork::BeatNetwork(std::string_view bytes) {
  const std::array<int, 4> wanted{kRhythmBands, kChannels, kBlocks, kTaps};
  std::array<std::int32_t, 4> found{};
  if (bytes.size() < kMagic.size() + sizeof found || bytes.substr(0, kMagic.size()) != kMagic) throw Error(ErrorCode::Corrupt, "these are not a beat network's weights");
  std::memcpy(found.data(), bytes.data() + kMagic.size(), sizeof found);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (found[i] != wanted[i]) throw Error(ErrorCode::Corrupt, "a beat network of other sizes: wanted " + std::to_string(wanted[i]) + ", found " + std::to_string(found[i]));
  Weights weights(bytes.substr(kMagic.size() + sizeof found));
  // Written output channel first, kept output channel last.
  const auto read = [&](std::vector<Row>& rows, Row& bias, int inputs, int taps) {
    rows.resize(static_cast<std::size_t>(inputs) * static_cast<std::size_t>(taps));
    for (std::size_t o = 0; o < kChannels; ++o)
      for (int i = 0; i < inputs; ++i)
        for (int t = 0; t < taps; ++t) rows[static_cast<std::size_t>(t * inputs + i)][o] = weights.next();
    for (float& b : bias) b = weights.next();
  };
  read(in_, in_bias_, kRhythmBands, 3);
  blocks_.resize(kBlocks);
  for (Block& b : blocks_) {
    read(b.wide, b.wide_bias, kChannels, kTaps);
    read(b.mix, b.mix_bias, kChannels, 1);
  }
  for (Row& row : out_)
    for (float& w : row) w = weights.next();
  for (float& b : out_bias_) b = weights.next();
  if (!weights.done()) throw Error(ErrorCode::Corrupt, "the beat network's weights go on where they should end");
}

void BeatNetwork::run(const std::uint8_t* rhythm, std::int64_t frames, std::int64_t begin, std::int64_t end, float* out) const {
  constexpr int kFrames = 4;
  const std::int64_t from = std::max<std::int64_t>(0, begin - kReach), to = std::min(frames, end + kReach);
  const std::int64_t count = to - from;
  // Beyond the sound's ends every layer sees zeros; a few rows of them stand before and after.
  const auto size = static_cast<std::size_t>(count + kFrames) * kChannels;
  std::vector<float> x(size, 0.0F), y(size, 0.0F);
  static constexpr std::array<std::uint8_t, kRhythmBands> kNoSound{};
  static constexpr std::array<float, kChannels> kNothing{};

  for (std::int64_t t = 0; t < count; t += kFrames) {
    std::array<Sum, kFrames> sums;
    sums.fill(in_bias_);
    for (int tap = 0; tap < 3; ++tap) {
      std::array<const std::uint8_t*, kFrames> in{};
      for (int f = 0; f < kFrames; ++f) {
        const std::int64_t at = from + t + f + tap - 1;
        in[static_cast<std::size_t>(f)] = at >= 0 && at < frames ? rhythm + at * kRhythmBands : kNoSound.data();
      }
      accumulate<kFrames>(in_[static_cast<std::size_t>(tap * kRhythmBands)].data(), kRhythmBands, in, 1.0F / 255.0F, sums);
    }
    for (int f = 0; f < kFrames && t + f < count; ++f)
      for (int o = 0; o < kChannels; ++o) {
        const float s = sums[static_cast<std::size_t>(f)][static_cast<std::size_t>(o)];
        x[static_cast<std::size_t>((t + f) * kChannels + o)] = s > 0 ? s : kLeak * s;
      }
  }
  for (int b = 0; b < kBlocks; ++b) {
    const Block& block = blocks_[static_cast<std::size_t>(b)];
    const std::int64_t dilation = std::int64_t{1} << b;
    for (std::int64_t t = 0; t < count; t += kFrames) {
      std::array<Sum, kFrames> sums;
      sums.fill(block.wide_bias);
      for (int tap = 0; tap < kTaps; ++tap) {
        std::array<const float*, kFrames> in{};
        for (int f = 0; f < kFrames; ++f) {
          const std::int64_t at = t + f + (tap - kTaps / 2) * dilation;
          in[static_cast<std::size_t>(f)] = at >= 0 && at < count ? x.data() + at * kChannels : kNothing.data();
        }
        accumulate<kFrames>(block.wide[static_cast<std::size_t>(tap * kChannels)].data(), kChannels, in, 1.0F, sums);
      }
      for (Sum& sum : sums)
        for (float& s : sum) s = s > 0 ? s : kLeak * s;
      std::array<Sum, kFrames> mixed;
      mixed.fill(block.mix_bias);
      std::array<const float*, kFrames> in{};
      for (std::size_t f = 0; f < kFrames; ++f) in[f] = sums[f].data();
      accumulate<kFrames>(block.mix.front().data(), kChannels, in, 1.0F, mixed);
      for (int f = 0; f < kFrames && t + f < count; ++f)
        for (int o = 0; o < kChannels; ++o) {
          const auto at = static_cast<std::size_t>((t + f) * kChannels + o);
          y[at] = x[at] + mixed[static_cast<std::size_t>(f)][static_cast<std::size_t>(o)];
        }
    }
    std::swap(x, y);
  }
  for (std::int64_t t = begin; t < end; ++t) {
    const float* row = x.data() + (t - from) * kChannels;
    for (std::size_t head = 0; head < 2; ++head) {
      float sum = out_bias_[head];
      for (std::size_t o = 0; o < kChannels; ++o) sum += row[o] * out_[head][o];
      out[(t - begin) * 2 + static_cast<std::int64_t>(head)] = 1 / (1 + std::exp(-sum));
    }
  }
}

BeatActivations BeatNetwork::run(const Features& features) const {
  const auto frames = static_cast<std::int64_t>(features.rhythm_frames());
  std::vector<float> both(static_cast<std::size_t>(frames) * 2);
  const auto chunks = static_cast<std::size_t>((frames + kChunk - 1) / kChunk);
  parallel_for(chunks, [&](std::size_t c) {
    const std::int64_t begin = static_cast<std::int64_t>(c) * kChunk;
    run(features.rhythm.data(), frames, begin, std::min(frames, begin + kChunk), both.data() + begin * 2);
  });
  BeatActivations result;
  result.beat.resize(static_cast<std::size_t>(frames));
  result.downbeat.resize(static_cast<std::size_t>(frames));
  for (std::size_t t = 0; t < result.beat.size(); ++t) result.beat[t] = both[2 * t], result.downbeat[t] = both[2 * t + 1];
  return result;
}

}  // namespace figment::analysis
