// The transformer in which HTDemucs' branches hear each other, on our own kernels.
//
//   Layout   tokens [tokens][width]: of the waveform in order; of the spectrogram frame by frame, each frame's frequencies in order
//   Method   blocks of tokens go through all that is theirs alone while they are in the cache. Scores are made for a block of queries and
//            one head at a time, over all keys, so no matrix of tokens by tokens is ever held
//   Reference  facebookresearch/demucs, transformer.py CrossTransformerEncoder: norm first, layer scale, a norm over all tokens after each
//            layer, GELU
//   Cost     212 of the 331 GFLOP of a segment
//   Threads  const after making; `run` uses all that LibTorch may

#pragma once

#include <string>
#include <vector>

#include "neural/fast/packed_matrix.h"
#include "neural/htdemucs/htdemucs_settings.h"
#include "neural/tensors.h"

namespace figment::neural {

class CrossTransformer {
 public:
  // `bfloats`: products and scores in bfloat16, where that can be (fast/bfloats.h).
  CrossTransformer(const HtdemucsSettings& settings, const weights::WeightFile& file, bool bfloats);

  // Both in place.
  void run(std::vector<float>& spectrogram, std::int64_t frames, std::int64_t frequencies, std::vector<float>& waveform, std::int64_t places) const;

 private:
  struct Layer {
    PackedMatrix query, key_value, out, inner, outer;      // of self-attention all three are one product: `query`
    std::vector<float> norm1, norm1_bias, norm2, norm2_bias, norm3, norm3_bias, norm_out, norm_out_bias, gain1, gain2;
  };
  struct Heard {                                           // queries, keys and values of a layer
    std::vector<float> queries, keys, values;              // queries [tokens][width]; keys and values in panels, by head
    std::vector<Bfloat16> bfloat_keys, bfloat_values;            // the same in bfloat16
  };
  [[nodiscard]] Layer load(const weights::WeightFile& file, const std::string& name, bool other) const;
  void listen(const Layer& layer, bool other, const std::vector<float>& x, std::int64_t tokens, const std::vector<float>& other_x, std::int64_t keys, Heard& heard) const;
  void attend(const Heard& heard, std::int64_t tokens, std::int64_t keys, std::vector<float>& out) const;
  void finish(const Layer& layer, bool other, const std::vector<float>& attended, std::vector<float>& x, std::int64_t tokens) const;

  HtdemucsSettings settings_;
  bool bfloats_;
  std::vector<Layer> layers_, layers_t_;
  std::vector<float> norm_in_, norm_in_bias_, norm_in_t_, norm_in_t_bias_;
};

}  // namespace figment::neural
