// Where a token of the transformer lies, told by sines (Vaswani et al. 2017), as facebookresearch/demucs' transformer.py has them.
//
//   Shapes   [tokens, width]. The spectrogram's tokens go through the frequencies of one frame, then the next frame
//   Threads  free

#pragma once

#include <ATen/core/Tensor.h>

namespace figment::neural {

[[nodiscard]] at::Tensor time_positions(std::int64_t length, std::int64_t width, double longest_period);
[[nodiscard]] at::Tensor spectrogram_positions(std::int64_t frames, std::int64_t frequencies, std::int64_t width, double longest_period);

}  // namespace figment::neural
