// A melody as MusicGen-melody hears it: which of twelve notes is the loudest, about eight times a second.
//
//   Method   power spectra of 16384 samples every 4096 at 32 kHz (Hann, mirrored ends), gathered into twelve notes by librosa's
//            chroma filters, the greatest made 1 and, as the network was taught, all others 0
//   Length   sound shorter than a window stands in the middle of silence; the frames are repeated or cut to `length`
//   Reference  audiocraft's modules/chroma.py; librosa's filters.chroma (constants there)
//   Threads  free once made

#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace figment::neural {

class MelodyChroma {
 public:
  explicit MelodyChroma(double rate = 32000, std::int64_t notes = 12, std::int64_t window = 16384);

  [[nodiscard]] const at::Tensor& filters() const noexcept { return filters_; }             // [notes, window / 2 + 1]
  // Mono [samples] to [1, frames, notes]: the loudest is 1; and only it.
  [[nodiscard]] at::Tensor normalised(const at::Tensor& sound) const;
  [[nodiscard]] static at::Tensor loudest_only(const at::Tensor& chroma);
  [[nodiscard]] static at::Tensor of_length(const at::Tensor& chroma, std::int64_t length);
  // What stands for "no melody": the first note throughout, which is what silence gives.
  [[nodiscard]] static at::Tensor none(std::int64_t length, std::int64_t notes);

 private:
  std::int64_t window_;
  at::Tensor filters_, hann_;
};

}  // namespace figment::neural
