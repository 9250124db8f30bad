// The T5 text encoder (Raffel et al. 2020, "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer").
//
//   Reference   transformers' modeling_t5.py: root mean square norms without bias, scores that are not divided by √d, relative
//               position biases of the first block used in all of them, 32 logarithmic buckets
//   Forms       v1.0 (one matrix and ReLU; t5-base and t5-large) and v1.1 (gated, GELU by tanh)
//   Weights     the names of Hugging Face's files, under any prefix ("text_encoder." in MusicGen's)
//   Shapes      ids and mask [rows, tokens], int64; result [rows, tokens, d_model], float32
//   Cost        t5-base, 20 tokens: about 25 ms on two cores; the weights, 340 MB, are read once
//   Errors      Corrupt naming missing or wrong tensors and settings; InvalidArgument for an id beyond the vocabulary
//   Threads     free once made: nothing is changed; as many are used as LibTorch may (parallel.h)

#pragma once

#include <string>
#include <vector>

#include "neural/t5/t5_settings.h"
#include "neural/tensors.h"
#include "weights/tensor_table.h"

namespace figment::neural {

class T5Encoder {
 public:
  T5Encoder(const T5Settings& settings, Weights weights, const std::string& prefix = "", bool rounded = false);

  // Which tensors it needs.
  [[nodiscard]] static std::vector<weights::TensorSpec> table(const T5Settings& settings);

  // `mask`: 1 for tokens, 0 for what only fills a row up.
  [[nodiscard]] at::Tensor encode(const at::Tensor& ids, const at::Tensor& mask, const Probe& probe = {}) const;
  [[nodiscard]] const T5Settings& settings() const noexcept { return settings_; }

 private:
  struct Block {
    at::Tensor norm, q, k, v, o, inner_norm, in, gate, out;
  };
  [[nodiscard]] at::Tensor position_bias(std::int64_t length) const;

  T5Settings settings_;
  bool rounded_;
  Weights weights_;
  at::Tensor embedding_, relative_, final_norm_;
  std::vector<Block> blocks_;
};

}  // namespace figment::neural
