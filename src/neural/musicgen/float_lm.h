// MusicGen's language model in float32 on LibTorch: the plain version, which the fast ones are held against.
//
//   Reference   audiocraft's models/lm.py and modules/transformer.py: embeddings of all codebooks summed, sines and cosines for the
//               place, layers with norms before each part, exact GELU, a head for each codebook
//   Conditions  [rows, tokens, width], already projected; `mask` [rows, tokens] leaves out what only fills up (transformers' way; the
//               original attends to it: no mask). Melody networks get theirs before the tokens
//   Cache       keys and values of all steps so far, in memory for the longest sequence, and of the conditions, computed once
//   Threads     a model is free; a Run belongs to one thread

#pragma once

#include <optional>
#include <vector>

#include "neural/musicgen/lm_weights.h"
#include "neural/tensors.h"

namespace figment::neural {

class FloatLm {
 public:
  FloatLm(const LmSettings& settings, LmWeights weights, at::Device device = at::kCPU, at::ScalarType numbers = at::kFloat);

  [[nodiscard]] const LmSettings& settings() const noexcept { return settings_; }
  // The text encoder's vectors [rows, tokens, text_width] as conditions; rows where `mask` is 0 become zeros.
  [[nodiscard]] at::Tensor project_text(const at::Tensor& hidden, const at::Tensor& mask) const;
  // Chroma [rows, frames, chroma] likewise.
  [[nodiscard]] at::Tensor project_chroma(const at::Tensor& chroma) const;

  class Run {
   public:
    // For at most `most` steps, the prefix not counted. Melody networks read their prefix with the first step.
    Run(const FloatLm& lm, const at::Tensor& conditions, const std::optional<at::Tensor>& mask, std::int64_t most);
    // Tokens [rows, codebooks, steps] that follow on what was given before; logits [rows, codebooks, steps, card], float32.
    [[nodiscard]] at::Tensor step(const at::Tensor& tokens, const Probe& probe = {});

   private:
    const FloatLm& lm_;
    at::Tensor prefix_, mask_;
    std::int64_t at_ = 0;
    std::vector<at::Tensor> keys_, values_, cross_keys_, cross_values_;
  };

 private:
  struct Norm {
    at::Tensor weight, bias;
  };
  struct Layer {
    Norm self_norm, cross_norm, inner_norm;
    at::Tensor qkv, out, cross_q, cross_k, cross_v, cross_out, in, back;
  };
  [[nodiscard]] at::Tensor heads_of(const at::Tensor& x) const;

  LmSettings settings_;
  std::shared_ptr<const weights::WeightFile> file_;
  at::Device device_;
  at::ScalarType numbers_;
  std::vector<at::Tensor> embeddings_, heads_;
  std::vector<Layer> layers_;
  Norm out_norm_;
  at::Tensor text_weight_, text_bias_, chroma_weight_, chroma_bias_;
};

// Sines and cosines for places `first` … of the model's width: [cos | sin], frequencies 10000^(-i / (half - 1)).
[[nodiscard]] at::Tensor places(std::int64_t first, std::int64_t count, std::int64_t width);

}  // namespace figment::neural
