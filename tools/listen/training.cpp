#include "training.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace figment::listen {
namespace {

using analysis::kBeatBlocks;
using analysis::kBeatFrontTaps;
using analysis::kBeatInputScale;
using analysis::kBeatLeak;
using analysis::kBeatTaps;
using analysis::kRhythmBands;

constexpr std::size_t C = analysis::kBeatChannels;
constexpr std::size_t kRoom = kBeatTaps / 2 << (kBeatBlocks - 1);
constexpr std::size_t kBands = kRhythmBands;

typedef float Wide __attribute__((vector_size(64)));
inline Wide load(const float* from) {
  Wide x;
  std::memcpy(&x, from, sizeof x);
  return x;
}
inline void store(float* to, Wide x) { std::memcpy(to, &x, sizeof x); }

// out[t] = (add ? out[t] : bias) + Σ_tap Σ_i in[t + (tap - taps/2) spacing][i] w[tap][i]; bias may be null.
void convolve(const float* in, std::size_t width, std::ptrdiff_t dilation, std::size_t taps, const float* w,
              const float* bias, bool add, float* out, std::size_t frames) {
  constexpr std::size_t F = 8;
  for (std::size_t t = 0; t < frames; t += F) {
    Wide a[F], b[F];
    for (std::size_t f = 0; f < F; ++f) {
      if (add) {
        a[f] = load(out + (t + f) * C);
        b[f] = load(out + (t + f) * C + 16);
      } else if (bias) {
        a[f] = load(bias);
        b[f] = load(bias + 16);
      } else {
        a[f] = b[f] = Wide{};
      }
    }
    const float* weights = w;
    for (std::size_t tap = 0; tap < taps; ++tap) {
      const float* row = in + static_cast<std::ptrdiff_t>(t * width) +
                         (static_cast<std::ptrdiff_t>(tap) - static_cast<std::ptrdiff_t>(taps / 2)) * dilation *
                             static_cast<std::ptrdiff_t>(width);
      for (std::size_t i = 0; i < width; ++i, weights += C) {
        const Wide w0 = load(weights), w1 = load(weights + 16);
#pragma GCC unroll 8
        for (std::size_t f = 0; f < F; ++f) {
          const float x = row[f * width + i];
          a[f] += x * w0;
          b[f] += x * w1;
        }
      }
    }
    for (std::size_t f = 0; f < F; ++f) {
      store(out + (t + f) * C, a[f]);
      store(out + (t + f) * C + 16, b[f]);
    }
  }
}

// dw[tap][i] += Σ_t in[t + (tap - taps/2) dilation][i] d[t]; db += Σ_t d[t].
void gather(const float* in, std::size_t width, std::ptrdiff_t dilation, std::size_t taps, const float* d, float* dw,
            float* db, std::size_t frames) {
  constexpr std::size_t I = 8;
  // Pieces of time that stay in the cache while all weights are gone through.
  constexpr std::size_t kPiece = 512;
  for (std::size_t from = 0; from < frames; from += kPiece) {
    const std::size_t to = std::min(frames, from + kPiece);
    for (std::size_t tap = 0; tap < taps; ++tap) {
      const float* shifted = in + (static_cast<std::ptrdiff_t>(tap) - static_cast<std::ptrdiff_t>(taps / 2)) *
                                      dilation * static_cast<std::ptrdiff_t>(width);
      for (std::size_t i = 0; i < width; i += I) {
        float* weights = dw + (tap * width + i) * C;
        Wide a[I], b[I];
        for (std::size_t k = 0; k < I; ++k) {
          a[k] = load(weights + k * C);
          b[k] = load(weights + k * C + 16);
        }
        for (std::size_t t = from; t < to; ++t) {
          const Wide d0 = load(d + t * C), d1 = load(d + t * C + 16);
          const float* x = shifted + t * width + i;
#pragma GCC unroll 8
          for (std::size_t k = 0; k < I; ++k) {
            a[k] += x[k] * d0;
            b[k] += x[k] * d1;
          }
        }
        for (std::size_t k = 0; k < I; ++k) {
          store(weights + k * C, a[k]);
          store(weights + k * C + 16, b[k]);
        }
      }
    }
  }
  Wide a = load(db), b = load(db + 16);
  for (std::size_t t = 0; t < frames; ++t) {
    a += load(d + t * C);
    b += load(d + t * C + 16);
  }
  store(db, a);
  store(db + 16, b);
}

// [tap][i][o] to [tap][o][i].
void turn(const float* w, std::size_t taps, float* out) {
  for (std::size_t tap = 0; tap < taps; ++tap)
    for (std::size_t i = 0; i < C; ++i)
      for (std::size_t o = 0; o < C; ++o) out[(tap * C + o) * C + i] = w[(tap * C + i) * C + o];
}

void rectify(float* x, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) x[i] = x[i] > 0 ? x[i] : kBeatLeak * x[i];
}
// What went through: `y` has the sign of what went in.
void unrectify(const float* y, float* d, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) d[i] = y[i] > 0 ? d[i] : kBeatLeak * d[i];
}

struct Places {
  std::size_t first, first_bias, second, second_bias, outputs, outputs_bias, total;
  struct Block {
    std::size_t taps, taps_bias, mixing, mixing_bias;
  };
  Block blocks[kBeatBlocks];

  Places() {
    std::size_t at = 0;
    const auto take = [&](std::size_t count) { return std::exchange(at, at + count); };
    first = take(kBeatFrontTaps * kBands * C);
    first_bias = take(C);
    second = take(kBeatFrontTaps * C * C);
    second_bias = take(C);
    for (Block& block : blocks) block = {take(kBeatTaps * C * C), take(C), take(C * C), take(C)};
    outputs = take(2 * C);
    outputs_bias = take(2);
    total = at;
  }
};
const Places P;

}  // namespace

Learner::Learner(std::size_t most_frames) : most_(most_frames) {
  input_.resize((most_ + 2) * kBands);
  const std::size_t size = (most_ + 2 * kRoom) * C;
  first_.resize(size);
  streams_.assign(kBeatBlocks + 1, std::vector<float>(size));
  insides_.assign(kBeatBlocks, std::vector<float>(size));
  masks_.assign(kBeatBlocks, std::vector<float>(C, 1.0F));
  outputs_.resize(2 * most_);
  d_stream_.resize(size);
  d_inside_.resize(size);
  turned_.resize(kBeatTaps * C * C);
}

float* Learner::rows(std::vector<float>& buffer) const noexcept { return buffer.data() + kRoom * C; }

void Learner::forward(std::span<const float> weights, std::span<const float> input, std::size_t frames, double dropout,
                      Random random) {
  const float* w = weights.data();
  // What a longer sequence left behind would be heard at the end of this one.
  if (frames < frames_) {
    const auto clear = [&](std::vector<float>& buffer) {
      std::fill(rows(buffer) + frames * C, rows(buffer) + frames_ * C, 0.0F);
    };
    clear(first_);
    for (auto& buffer : streams_) clear(buffer);
    for (auto& buffer : insides_) clear(buffer);
  }
  frames_ = frames;
  std::copy(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(frames * kBands), input_.begin() + kBands);
  std::fill(input_.begin() + static_cast<std::ptrdiff_t>((frames + 1) * kBands),
            input_.begin() + static_cast<std::ptrdiff_t>((frames + 2) * kBands), 0.0F);
  convolve(input_.data() + kBands, kBands, 1, kBeatFrontTaps, w + P.first, w + P.first_bias, false, rows(first_),
           frames);
  rectify(rows(first_), frames * C);
  convolve(rows(first_), C, 1, kBeatFrontTaps, w + P.second, w + P.second_bias, false, rows(streams_[0]), frames);
  rectify(rows(streams_[0]), frames * C);
  for (std::size_t b = 0; b < kBeatBlocks; ++b) {
    const auto& place = P.blocks[b];
    float* inside = rows(insides_[b]);
    convolve(rows(streams_[b]), C, std::ptrdiff_t{1} << b, kBeatTaps, w + place.taps, w + place.taps_bias, false,
             inside, frames);
    rectify(inside, frames * C);
    std::fill(masks_[b].begin(), masks_[b].end(), 1.0F);
    if (dropout > 0) {
      for (float& m : masks_[b]) m = random.chance(dropout) ? 0.0F : static_cast<float>(1 / (1 - dropout));
      for (std::size_t t = 0; t < frames; ++t)
        for (std::size_t c = 0; c < C; ++c) inside[t * C + c] *= masks_[b][c];
    }
    std::memcpy(rows(streams_[b + 1]), rows(streams_[b]), frames * C * sizeof(float));
    // The bias is added with the mixing: out = stream + bias + inside · mixing.
    float* stream = rows(streams_[b + 1]);
    for (std::size_t t = 0; t < frames; ++t)
      for (std::size_t c = 0; c < C; ++c) stream[t * C + c] += w[place.mixing_bias + c];
    convolve(inside, C, 1, 1, w + place.mixing, nullptr, true, stream, frames);
  }
  const float* stream = rows(streams_[kBeatBlocks]);
  for (std::size_t t = 0; t < frames; ++t) {
    float sums[2] = {w[P.outputs_bias], w[P.outputs_bias + 1]};
    for (std::size_t c = 0; c < C; ++c) {
      const float x = stream[t * C + c];
      const float y = x > 0 ? x : kBeatLeak * x;
      sums[0] += y * w[P.outputs + 2 * c];
      sums[1] += y * w[P.outputs + 2 * c + 1];
    }
    for (std::size_t o = 0; o < 2; ++o) outputs_[2 * t + o] = 1 / (1 + std::exp(-sums[o]));
  }
}

Losses Learner::losses(const Target& target) const {
  Losses sum;
  for (std::size_t t = 0; t < frames_; ++t) {
    for (std::size_t o = 0; o < 2; ++o) {
      const double p = std::clamp<double>(outputs_[2 * t + o], 1e-6, 1 - 1e-6), y = target.value[2 * t + o],
                   weight = target.weight[2 * t + o];
      const double loss = -weight * (y * std::log(p) + (1 - y) * std::log(1 - p));
      (o == 0 ? sum.beat : sum.downbeat) += loss;
      (o == 0 ? sum.beat_weight : sum.downbeat_weight) += weight;
    }
  }
  return sum;
}

Losses Learner::backward(std::span<const float> weights, const Target& target, std::span<float> gradient) {
  const float* w = weights.data();
  float* g = gradient.data();
  const Losses sum = losses(target);
  float* d = rows(d_stream_);
  float* di = rows(d_inside_);
  const float* last = rows(streams_[kBeatBlocks]);
  std::fill(d_inside_.begin(), d_inside_.end(), 0.0F);
  for (std::size_t t = 0; t < frames_; ++t) {
    const float e0 = target.weight[2 * t] * (outputs_[2 * t] - target.value[2 * t]);
    const float e1 = target.weight[2 * t + 1] * (outputs_[2 * t + 1] - target.value[2 * t + 1]);
    g[P.outputs_bias] += e0;
    g[P.outputs_bias + 1] += e1;
    for (std::size_t c = 0; c < C; ++c) {
      const float x = last[t * C + c];
      const float slope = x > 0 ? 1.0F : kBeatLeak;
      g[P.outputs + 2 * c] += e0 * slope * x;
      g[P.outputs + 2 * c + 1] += e1 * slope * x;
      d[t * C + c] = slope * (e0 * w[P.outputs + 2 * c] + e1 * w[P.outputs + 2 * c + 1]);
    }
  }
  for (std::size_t b = kBeatBlocks; b-- > 0;) {
    const auto& place = P.blocks[b];
    const float* inside = rows(insides_[b]);
    gather(inside, C, 1, 1, d, g + place.mixing, g + place.mixing_bias, frames_);
    turn(w + place.mixing, 1, turned_.data());
    convolve(d, C, 1, 1, turned_.data(), nullptr, false, di, frames_);
    for (std::size_t t = 0; t < frames_; ++t)
      for (std::size_t c = 0; c < C; ++c) di[t * C + c] *= masks_[b][c];
    unrectify(inside, di, frames_ * C);
    const std::ptrdiff_t dilation = std::ptrdiff_t{1} << b;
    gather(rows(streams_[b]), C, dilation, kBeatTaps, di, g + place.taps, g + place.taps_bias, frames_);
    turn(w + place.taps, kBeatTaps, turned_.data());
    convolve(di, C, -dilation, kBeatTaps, turned_.data(), nullptr, true, d, frames_);
  }
  unrectify(rows(streams_[0]), d, frames_ * C);
  gather(rows(first_), C, 1, kBeatFrontTaps, d, g + P.second, g + P.second_bias, frames_);
  // `d` has no rows of zeros around it that are sure: the inside's have.
  std::memcpy(di, d, frames_ * C * sizeof(float));
  turn(w + P.second, kBeatFrontTaps, turned_.data());
  convolve(di, C, -1, kBeatFrontTaps, turned_.data(), nullptr, false, d, frames_);
  unrectify(rows(first_), d, frames_ * C);
  gather(input_.data() + kBands, kBands, 1, kBeatFrontTaps, d, g + P.first, g + P.first_bias, frames_);
  return sum;
}

std::vector<float> first_weights(Random random) {
  std::vector<float> w(P.total);
  const auto fill = [&](std::size_t at, std::size_t count, double deviation) {
    for (std::size_t i = 0; i < count; ++i) w[at + i] = static_cast<float>(deviation * random.normal());
  };
  fill(P.first, kBeatFrontTaps * kBands * C, std::sqrt(2.0 / (kBeatFrontTaps * kBands)) * 0.7);
  fill(P.second, kBeatFrontTaps * C * C, std::sqrt(2.0 / (kBeatFrontTaps * C)));
  for (const auto& block : P.blocks) {
    fill(block.taps, kBeatTaps * C * C, std::sqrt(2.0 / (kBeatTaps * C)));
    fill(block.mixing, C * C, 0.3 * std::sqrt(1.0 / C));
  }
  fill(P.outputs, 2 * C, 0.1);
  w[P.outputs_bias] = -3;
  w[P.outputs_bias + 1] = -4;
  return w;
}

}  // namespace figment::listen
