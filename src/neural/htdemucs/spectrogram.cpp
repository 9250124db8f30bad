#include "neural/htdemucs/spectrogram.h"

#include <ATen/ATen.h>

namespace figment::neural {

at::Tensor demucs_spectrogram(const at::Tensor& sound, std::int64_t nfft) {
  const std::int64_t hop = nfft / 4, samples = sound.size(-1), frames = (samples + hop - 1) / hop, pad = hop / 2 * 3;
  at::Tensor x = at::reflection_pad1d(sound, {pad, pad + frames * hop - samples});
  x = at::reflection_pad1d(x, {nfft / 2, nfft / 2});
  const at::Tensor z = at::stft(x, nfft, hop, nfft, at::hann_window(nfft, sound.options()), true, true, true);
  return z.narrow(1, 0, nfft / 2).narrow(2, 2, frames);
}

at::Tensor demucs_sound(const at::Tensor& spectrogram, std::int64_t nfft, std::int64_t samples) {
  const std::int64_t hop = nfft / 4, pad = hop / 2 * 3, all = hop * ((samples + hop - 1) / hop) + 2 * pad;
  const at::Tensor z = at::constant_pad_nd(spectrogram, {2, 2, 0, 1});
  const at::Tensor window = at::hann_window(nfft, at::TensorOptions().dtype(at::kFloat).device(z.device()));
  return at::istft(z, nfft, hop, nfft, window, true, true, c10::nullopt, all).narrow(-1, pad, samples);
}

}  // namespace figment::neural
