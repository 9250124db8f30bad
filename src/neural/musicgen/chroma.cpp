#include "neural/musicgen/chroma.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace figment::neural {
namespace {

// librosa.filters.chroma: each bin's weight falls off by its distance from a note, in notes, over the bin's own width; bins far
// from the fifth octave count less.
at::Tensor chroma_filters(double rate, std::int64_t notes, std::int64_t window) {
  constexpr double kCentre = 5, kWidth = 2;            // octaves above 27.5 Hz
  const auto n = static_cast<double>(notes);
  std::vector<double> place(static_cast<std::size_t>(window));   // of each bin, in notes
  for (std::int64_t bin = 1; bin < window; ++bin) place[static_cast<std::size_t>(bin)] = n * std::log2(rate * static_cast<double>(bin) / static_cast<double>(window) / 27.5);
  place[0] = place[1] - 1.5 * n;
  const std::int64_t bins = window / 2 + 1;
  at::Tensor filters = at::empty({notes, bins}, at::kFloat);
  auto* to = filters.data_ptr<float>();
  const double half = std::nearbyint(n / 2);
  std::vector<double> weights(static_cast<std::size_t>(notes));
  for (std::int64_t bin = 0; bin < bins; ++bin) {
    const double at = place[static_cast<std::size_t>(bin)];
    const double width = bin + 1 < window ? std::max(place[static_cast<std::size_t>(bin) + 1] - at, 1.0) : 1;
    double squares = 0;
    for (std::int64_t note = 0; note < notes; ++note) {
      double away = std::fmod(at - static_cast<double>(note) + half + 10 * n, n);
      if (away < 0) away += n;
      away -= half;
      const double w = std::exp(-0.5 * (2 * away / width) * (2 * away / width));
      weights[static_cast<std::size_t>(note)] = w;
      squares += w * w;
    }
    const double octave = (at / n - kCentre) / kWidth, scale = std::exp(-0.5 * octave * octave) / std::sqrt(squares);
    // Notes are counted from A there, and from C here.
    for (std::int64_t note = 0; note < notes; ++note) to[note * bins + bin] = static_cast<float>(scale * weights[static_cast<std::size_t>((note + 3 * (notes / 12)) % notes)]);
  }
  return filters;
}

}  // namespace

MelodyChroma::MelodyChroma(double rate, std::int64_t notes, std::int64_t window) : window_(window), filters_(chroma_filters(rate, notes, window)), hann_(at::hann_window(window)) {}

at::Tensor MelodyChroma::normalised(const at::Tensor& sound) const {
  const c10::InferenceMode inference;
  at::Tensor x = sound.reshape({1, -1}).to(at::kFloat);
  if (const std::int64_t lack = window_ - x.size(1); lack > 0) x = at::constant_pad_nd(x, {lack / 2, lack - lack / 2}, 0);
  x = at::reflection_pad1d(x, {window_ / 2, window_ / 2});
  const at::Tensor frames = x.unfold(1, window_, window_ / 4) * hann_;                    // [1, frames, window]
  const at::Tensor power = at::fft_rfft(frames).abs().square() / hann_.square().sum();
  const at::Tensor chroma = at::matmul(power, filters_.t());
  return chroma / std::get<0>(chroma.abs().max(-1, true)).clamp_min(1e-6);
}

at::Tensor MelodyChroma::loudest_only(const at::Tensor& chroma) {
  const c10::InferenceMode inference;
  return at::zeros_like(chroma).scatter_(-1, chroma.argmax(-1, true), 1.0);
}

at::Tensor MelodyChroma::of_length(const at::Tensor& chroma, std::int64_t length) {
  const c10::InferenceMode inference;
  const std::int64_t times = (length + chroma.size(1) - 1) / chroma.size(1);
  return chroma.repeat({1, times, 1}).slice(1, 0, length);
}

at::Tensor MelodyChroma::none(std::int64_t length, std::int64_t notes) {
  const c10::InferenceMode inference;
  at::Tensor chroma = at::zeros({1, length, notes});
  chroma.select(2, 0).fill_(1);
  return chroma;
}

}  // namespace figment::neural
