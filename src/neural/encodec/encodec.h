// EnCodec: sound to a few numbers fifty times a second, and back (Défossez et al. 2022, "High Fidelity Neural Audio Compression").
//
//   Reference   audiocraft's modules/seanet.py, conv.py, lstm.py and quantization/, and transformers' modeling_encodec.py
//   Network     convolutions that halve and halve again (SEANet), two LSTM layers with a bridge over them, a residual vector
//               quantizer: each codebook quantizes what the ones before left over
//   Weights     Hugging Face's names ("encoder.layers.N.conv.weight_g") or audiocraft's ("encoder.model.N.conv.conv.weight_g"),
//               under any prefix; weight norms are fused on loading
//   Shapes      sound [rows, channels, samples], float32, -1 … 1; codes [rows, codebooks, frames], int64; a frame is `hop` samples
//   Length      decoded sound has whole frames: it is not cut to what was encoded
//   Errors      Corrupt naming tensors and settings; InvalidArgument for sound without samples or of other channels, for codes beyond a
//               codebook
//   Cost        10 s at 32 kHz: about 0.45 s on two cores, either way, where freed memory is kept (base/blas_environment.h). Memory:
//               the weights, and twice the largest layer (82 MB for 10 s)
//   Threads     free once made: nothing is changed; as many are used as LibTorch may. Cancel between pieces is the caller's

#pragma once

#include <span>
#include <string>
#include <vector>

#include "neural/encodec/convolution.h"
#include "neural/encodec/encodec_settings.h"
#include "neural/tensors.h"
#include "weights/tensor_table.h"

namespace figment::neural {

class Encodec {
 public:
  Encodec(const EncodecSettings& settings, Weights weights, const std::string& prefix = "");

  [[nodiscard]] static std::vector<weights::TensorSpec> table(const EncodecSettings& settings);

  // Sound to latent vectors [rows, width, frames] and back. Probes: "encoder.layers.N", "decoder.layers.N".
  [[nodiscard]] at::Tensor to_latents(const at::Tensor& sound, const Probe& probe = {}) const;
  [[nodiscard]] at::Tensor from_latents(const at::Tensor& latents, const Probe& probe = {}) const;
  // The nearest entry of each of the first `codebooks` (0: all).
  [[nodiscard]] at::Tensor quantize(const at::Tensor& latents, std::int64_t codebooks = 0) const;
  [[nodiscard]] at::Tensor dequantize(const at::Tensor& codes) const;

  [[nodiscard]] at::Tensor encode(const at::Tensor& sound, std::int64_t codebooks = 0) const { return quantize(to_latents(sound), codebooks); }
  [[nodiscard]] at::Tensor decode(const at::Tensor& codes) const { return from_latents(dequantize(codes)); }
  [[nodiscard]] const EncodecSettings& settings() const noexcept { return settings_; }

 private:
  friend class DecodeStream;
  enum class Kind { Convolution, Transposed, Residual, Lstm, Elu };
  struct Layer {
    Kind kind = Kind::Elu;
    std::vector<Convolution> convolutions;             // of a residual block: narrow, wide, and the shortcut's where it has one
    std::vector<Transposed> transposed;
    std::vector<at::Tensor> lstm;
  };
  class Plan;

  // [rows, channels, length] in and out; within, sound lies frame by frame.
  [[nodiscard]] at::Tensor run(std::span<const Layer> layers, const at::Tensor& x, const Probe& probe, const char* name) const;

  EncodecSettings settings_;
  Weights weights_;
  std::vector<Layer> encoder_, decoder_;
  std::vector<at::Tensor> codebooks_;                  // [size, width]
};

}  // namespace figment::neural
