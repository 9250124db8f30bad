#include "separation/builtin_splitter.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/executor.h"
#include "separation/harmonic_percussive.h"
#include "separation/spectrogram.h"

namespace figment::separation {
namespace {

constexpr std::int64_t kSegment = 44100 * 20;
constexpr double kOverlap = 0.15;
enum Stem : std::size_t { kDrums, kBass, kOther, kVocals };

// The sound at a peak of 0.5 … 1, brought there by a power of two, which changes no digit.
struct Levelled {
  audio::AudioBuffer sound;
  int exponent = 0;
  bool silent = true;
};

Levelled levelled(audio::AudioView in) {
  Levelled out{audio::AudioBuffer(2, in.frames(), in.rate())};
  float most = 0;
  for (int c = 0; c < 2; ++c)
    for (std::int64_t i = 0; i < in.frames(); ++i)
      if (std::isfinite(in.channel(c)[i])) most = std::max(most, std::abs(in.channel(c)[i]));
  if (most < 1e-30F) return out;
  out.silent = false;
  (void)std::frexp(most, &out.exponent);
  const float gain = std::ldexp(1.0F, -out.exponent);
  for (int c = 0; c < 2; ++c)
    for (std::int64_t i = 0; i < in.frames(); ++i) out.sound.channel(c)[i] = std::isfinite(in.channel(c)[i]) ? in.channel(c)[i] * gain : 0.0F;
  return out;
}

class BuiltinSplitter final : public roles::StemSplitter {
 public:
  explicit BuiltinSplitter(int threads) : threads_(threads) {}
  roles::EngineInfo info() const override {
    return {"builtin", 1, "signal processing without learned weights: modest; htdemucs (figment models pull htdemucs) splits far better", {}};
  }
  const std::vector<std::string>& stems() const override { return names_; }
  roles::SplitShape shape() const override { return {Hertz{44100}, kSegment, kOverlap, false}; }
  void split(std::span<const roles::SplitSegment> segments, const Progress& progress) override {
    const ThreadLimit limit(threads_);
    for (std::size_t i = 0; i < segments.size(); ++i)
      split_one(segments[i], progress.part(static_cast<double>(i) / static_cast<double>(segments.size()), static_cast<double>(i + 1) / static_cast<double>(segments.size())));
  }

 private:
  static void split_one(const roles::SplitSegment& segment, const Progress& progress);
  int threads_;
  std::vector<std::string> names_{"drums", "bass", "other", "vocals"};
};

void BuiltinSplitter::split_one(const roles::SplitSegment& segment, const Progress& progress) {
  Levelled in = levelled(segment.sound);
  if (in.silent) {
    for (std::size_t s = 0; s < 4; ++s)
      if (!segment.stems[s].empty()) segment.stems[s].clear();
    if (!segment.stems[kOther].empty()) segment.stems[kOther].copy_from(segment.sound);
    return;
  }
  progress.set(0, "splitting");
  const Spectrogram mix = to_spectrogram(in.sound.view(), 4096);
  const Plane all = magnitudes(mix);
  progress.set(0.2, "splitting");
  const Plane stands = median_over_time(all, 17), strikes = median_over_frequency(all, 31);
  progress.set(0.6, "splitting");
  std::array<Plane, 4> masks;
  for (const std::size_t s : {kDrums, kBass, kVocals}) masks[s] = Plane(mix.frames, mix.bins);
  parallel_for(static_cast<std::size_t>(mix.frames), [&](std::size_t frame) {
    const auto t = static_cast<std::int64_t>(frame);
    for (int k = 0; k < mix.bins; ++k) {
      const float h = stands.row(t)[k] * stands.row(t)[k], p = strikes.row(t)[k] * strikes.row(t)[k];
      const double f = k * mix.rate.value / mix.size;
      const float drums = p / (h + p + 1e-12F);
      const std::complex<float> l = mix.row(0, t)[k], r = mix.row(1, t)[k];
      const float centre = std::norm(l + r) / (std::norm(l + r) + 4 * std::norm(l - r) + 1e-12F);
      masks[kDrums].row(t)[k] = drums;
      masks[kBass].row(t)[k] = f < 160 && f > 20 ? 1 - drums : 0.0F;
      masks[kVocals].row(t)[k] = f > 200 && f < 8000 ? (1 - drums) * centre * 0.5F : 0.0F;
    }
  });

  audio::AudioBuffer rest = std::move(in.sound), part(2, rest.frames(), rest.rate());
  const float back = std::ldexp(1.0F, in.exponent);
  for (const std::size_t s : {kDrums, kBass, kVocals}) {
    to_sound(mix, &masks[s], part.block());
    rest.block().add(part.view(), -1.0F);
    if (segment.stems[s].empty()) continue;
    segment.stems[s].copy_from(part.view());
    segment.stems[s].scale(back);
    progress.set(0.7 + 0.1 * static_cast<double>(s), "splitting");
  }
  if (segment.stems[kOther].empty()) return;
  segment.stems[kOther].copy_from(rest.view());
  segment.stems[kOther].scale(back);
}

}  // namespace

std::unique_ptr<roles::StemSplitter> make_builtin_splitter(int threads) { return std::make_unique<BuiltinSplitter>(threads); }

}  // namespace figment::separation
