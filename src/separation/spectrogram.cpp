#include "separation/spectrogram.h"

#include <algorithm>
#include <cassert>

#include "base/executor.h"
#include "dsp/fft.h"

namespace figment::separation {
namespace {

constexpr std::int64_t kFramesAJob = 32;

}  // namespace

Spectrogram to_spectrogram(audio::AudioView sound, int size) {
  Spectrogram s;
  s.size = size;
  s.hop = size / 4;
  s.samples = sound.frames();
  s.frames = s.samples / s.hop + 2;
  s.bins = size / 2 + 1;
  s.channels = sound.channels();
  s.rate = sound.rate();
  s.x.resize(static_cast<std::size_t>(s.channels * s.frames * s.bins));
  const std::vector<float> window = dsp::hann(size);
  const std::int64_t jobs = (s.frames + kFramesAJob - 1) / kFramesAJob;
  parallel_for(static_cast<std::size_t>(jobs), [&](std::size_t job) {
    dsp::RealFft fft(size);
    const auto time = fft.time();
    const std::int64_t first = static_cast<std::int64_t>(job) * kFramesAJob, last = std::min(s.frames, first + kFramesAJob);
    for (int c = 0; c < s.channels; ++c) {
      const float* x = sound.channel(c);
      for (std::int64_t t = first; t < last; ++t) {
        const std::int64_t begin = t * s.hop - size / 2;
        for (int i = 0; i < size; ++i) {
          const std::int64_t at = begin + i;
          time[static_cast<std::size_t>(i)] = at >= 0 && at < s.samples ? x[at] * window[static_cast<std::size_t>(i)] : 0.0F;
        }
        fft.forward();
        std::copy(fft.spectrum().begin(), fft.spectrum().end(), s.row(c, t));
      }
    }
  });
  return s;
}

void to_sound(const Spectrogram& s, audio::AudioBlock out) {
  assert(out.frames() == s.samples && out.channels() == s.channels);
  std::vector<float> window = dsp::hann(s.size);
  for (float& w : window) w /= 1.5F * static_cast<float>(s.size);
  // Every job fills a stretch of its own from all frames that reach into it, in order: no sum depends on who comes first.
  const std::int64_t stretch = kFramesAJob * s.hop, jobs = (s.samples + stretch - 1) / stretch;
  parallel_for(static_cast<std::size_t>(jobs), [&](std::size_t job) {
    dsp::RealFft fft(s.size);
    const std::int64_t from = static_cast<std::int64_t>(job) * stretch, to = std::min(s.samples, from + stretch);
    const std::int64_t first = std::max<std::int64_t>(0, (from - s.size / 2) / s.hop), last = std::min(s.frames, (to + s.size / 2) / s.hop + 1);
    for (int c = 0; c < s.channels; ++c) {
      float* y = out.channel(c);
      std::fill(y + from, y + to, 0.0F);
      for (std::int64_t t = first; t < last; ++t) {
        const std::complex<float>* row = s.row(c, t);
        std::copy(row, row + s.bins, fft.spectrum().begin());
        fft.inverse();
        const std::int64_t begin = t * s.hop - s.size / 2;
        const std::int64_t low = std::max(from, begin), high = std::min(to, begin + s.size);
        for (std::int64_t at = low; at < high; ++at) y[at] += fft.time()[static_cast<std::size_t>(at - begin)] * window[static_cast<std::size_t>(at - begin)];
      }
    }
  });
}

}  // namespace figment::separation
