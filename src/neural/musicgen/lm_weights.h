// The language model's matrices, whichever family of files they come from.
//
//   Names    Hugging Face's ("decoder.model.decoder.layers.N.self_attn.q_proj.weight") and audiocraft's
//            ("transformer.layers.N.self_attn.in_proj_weight", in which queries, keys and values are stacked)
//   Memory   views into the mapped file: nothing is copied here
//   Errors   Corrupt naming what is missing or has another shape

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "neural/musicgen/lm_settings.h"
#include "weights/tensor_table.h"

namespace figment::neural {

struct LmNorm {
  weights::Tensor weight, bias;
};

struct LmLayer {
  LmNorm self_norm, cross_norm, inner_norm;
  weights::Tensor q, k, v, out;                        // [width, width]
  weights::Tensor cross_q, cross_k, cross_v, cross_out;   // absent (no bytes) in melody networks
  weights::Tensor in, back;                            // [inner, width], [width, inner]
};

struct LmWeights {
  std::vector<weights::Tensor> embeddings;             // of each codebook: [card + 1, width]
  std::vector<LmLayer> layers;
  LmNorm out_norm;
  std::vector<weights::Tensor> heads;                  // of each codebook: [card, width]
  weights::Tensor text_weight, text_bias;              // text encoder's width to the model's
  weights::Tensor chroma_weight, chroma_bias;          // melody networks
  std::shared_ptr<const weights::WeightFile> file;     // keeps it all mapped
};

// Either family is recognized by its names; audiocraft's may lie under "best_state.".
[[nodiscard]] LmWeights lm_weights(std::shared_ptr<const weights::WeightFile> file, const LmSettings& settings);

}  // namespace figment::neural
