// The spectrogram that HTDemucs hears, and the sound of one that it makes.
//
//   Method   as facebookresearch/demucs has it (htdemucs.py _spec, _ispec; spec.py): Hann windows of nfft samples, a quarter apart, scaled
//            by 1/√nfft; frame t has its middle at sample (t + ½) · hop; the highest frequency is left out, and the two frames before and
//            after are silence on the way back
//   Shapes   sound [rows, samples] to spectrogram [rows, nfft / 2, frames], complex, and back
//   Threads  LibTorch's

#pragma once

#include <ATen/core/Tensor.h>

namespace figment::neural {

[[nodiscard]] at::Tensor demucs_spectrogram(const at::Tensor& sound, std::int64_t nfft);
[[nodiscard]] at::Tensor demucs_sound(const at::Tensor& spectrogram, std::int64_t nfft, std::int64_t samples);

}  // namespace figment::neural
