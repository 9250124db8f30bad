// The encoder's and decoder's layers of HTDemucs, for one branch, on our own kernels.
//
//   Layout   [places][channels]: what lies at one place of the waveform, or in one frame of one frequency, lies together
//   Strip    what a layer's residual branch goes along: the whole waveform, or the frames of one frequency, each by itself. A strip has
//            `strip_margin` silent places before and after it
//   Method   a frequency's whole layer is done by one thread while its numbers are in the second cache; the waveform's layers are done in
//            stretches, and the threads meet where a norm wants the whole strip
//   Reference  facebookresearch/demucs, hdemucs.py HEncLayer, HDecLayer; demucs.py DConv
//   Threads  const after making; a Scratch belongs to one call

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "neural/fast/packed_matrix.h"
#include "neural/htdemucs/htdemucs_settings.h"
#include "neural/tensors.h"

namespace figment::neural {

// The residual branch's dilations are 1, 2, 4 …: places that it looks beyond the ends.
[[nodiscard]] std::int64_t strip_margin(const HtdemucsSettings& settings) noexcept;

// One layer of the residual branch (DConv).
struct ResidualLayer {
  PackedMatrix narrow, wide;             // three places to few channels, and those to twice the channels
  std::vector<float> norm, norm_bias, wide_norm, wide_norm_bias, gain;
  std::int64_t dilation = 1;
};

struct EncoderLayer {
  PackedMatrix conv, rewrite;
  std::vector<ResidualLayer> residual;
};
struct DecoderLayer {
  PackedMatrix rewrite;
  std::vector<ResidualLayer> residual;
  std::vector<PackedMatrix> phases;      // of the transposed convolution, by (output + kernel / 4) modulo stride: the place before, and the place
};

// `bfloats`: large products in bfloat16 (fast/packed_matrix.h); the first layer's and the residual branch's stay float32.
[[nodiscard]] EncoderLayer load_encoder(const HtdemucsSettings& settings, const weights::WeightFile& file, bool time, std::int64_t layer, bool bfloats);
[[nodiscard]] DecoderLayer load_decoder(const HtdemucsSettings& settings, const weights::WeightFile& file, bool time, std::int64_t layer, bool bfloats);   // `layer`: as demucs counts them, the deepest 0

// Of [outputs][inputs][kernel …] as files have it: the inputs in the order kernel …, channel.
[[nodiscard]] PackedMatrix load_product(const weights::WeightFile& file, const std::string& name, bool bfloats);

// A strip's residual branch, by one thread. `strip`: its first place, margins around it. `few`, `many`: room for `places` times the
// branch's few channels, and twice the channels.
void add_residual(const std::vector<ResidualLayer>& layers, float* strip, std::int64_t places, std::int64_t channels, std::vector<float>& few, std::vector<float>& many);
// The same by all threads, in stretches.
void add_residual_together(const std::vector<ResidualLayer>& layers, float* strip, std::int64_t places, std::int64_t channels, std::vector<float>& few);

}  // namespace figment::neural
