// HTDemucs (Rouard, Massa, Défossez 2022, "Hybrid Transformers for Music Source Separation"), as plainly as LibTorch tells it.
//
//   Reference  facebookresearch/demucs, htdemucs.py: a spectrogram and a waveform go through encoders of their own, meet in a
//              transformer that hears both, and come back through decoders with skips from the encoders; both results are added
//   Use        what the fast one (htdemucs.h) is held against, and the form that runs on CUDA, in float32
//   Shapes     mix [batch, 2, frames] at settings.rate, at most settings.segment frames; result [batch, sources, 2, frames]
//   Cost       of 331 GFLOP for each segment of the published sizes about 4 s on two cores, 1 GB
//   Errors     Corrupt naming missing or wrong tensors; InvalidArgument for a longer mix
//   Threads    free once made: nothing is changed

#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

#include "neural/htdemucs/htdemucs_settings.h"
#include "neural/tensors.h"

namespace figment::neural {

class PlainHtdemucs {
 public:
  PlainHtdemucs(const HtdemucsSettings& settings, const Weights& weights, bool cuda = false);

  [[nodiscard]] at::Tensor split(const at::Tensor& mix, const Probe& probe = {}) const;
  [[nodiscard]] const HtdemucsSettings& settings() const noexcept { return settings_; }

 private:
  [[nodiscard]] const at::Tensor& get(const std::string& name) const { return tensors_.at(name); }
  [[nodiscard]] at::Tensor dconv(const std::string& name, at::Tensor x) const;
  [[nodiscard]] at::Tensor encode(bool time, std::int64_t layer, const at::Tensor& x) const;
  [[nodiscard]] at::Tensor decode(bool time, std::int64_t layer, const at::Tensor& x, const at::Tensor& skip, std::int64_t length) const;
  [[nodiscard]] at::Tensor heard(const std::string& name, const at::Tensor& queries, const at::Tensor& keys) const;
  [[nodiscard]] at::Tensor transform(const std::string& name, bool other, const at::Tensor& x, const at::Tensor& other_x) const;
  [[nodiscard]] at::Tensor linear(const std::string& name, const at::Tensor& x) const;
  [[nodiscard]] at::Tensor layer_norm(const std::string& name, const at::Tensor& x) const;

  HtdemucsSettings settings_;
  Weights weights_;
  std::map<std::string, at::Tensor> tensors_;
};

}  // namespace figment::neural
