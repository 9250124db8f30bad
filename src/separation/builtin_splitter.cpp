#include "separation/builtin_splitter.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/executor.h"
#include "separation/bass_line.h"
#include "separation/harmonic_percussive.h"
#include "separation/lead_line.h"
#include "separation/repeats.h"
#include "separation/soft_masks.h"
#include "separation/spectrogram.h"

namespace figment::separation {
namespace {

constexpr std::int64_t kSegment = 44100 * 20;
constexpr double kOverlap = 0.1;
constexpr int kSize = 4096;            // 93 ms: two neighbouring low notes, and a stroke, are both told apart at about this length
constexpr float kTrust = 0.3F;         // in what repeats, against what strikes
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
  if (most < 1e-30F) return out;   // what is left of the digits there is not worth a gain that could overflow
  out.silent = false;
  (void)std::frexp(most, &out.exponent);
  const float gain = std::ldexp(1.0F, -out.exponent);
  for (int c = 0; c < 2; ++c)
    for (std::int64_t i = 0; i < in.frames(); ++i) out.sound.channel(c)[i] = std::isfinite(in.channel(c)[i]) ? in.channel(c)[i] * gain : 0.0F;
  return out;
}

// What each source has of every bin's power.
Shares find_shares(const Spectrogram& mix, const Progress& progress) {
  Shares shares;
  const Plane all = magnitudes(mix);
  shares[kDrums] = share_that_strikes(mix, all);
  progress.set(0.35, "splitting");

  // Strokes are alike; what only happened to begin with one of them is not, and is taken out again.
  Plane standing(mix.frames, mix.bins);
  for (std::size_t i = 0; i < all.x.size(); ++i) standing.x[i] = all.x[i] * std::sqrt(shares[kDrums].x[i]);
  const Plane again = what_repeats(standing, mix.rate.value / mix.size);
  const auto each_bin = [&](auto&& work) {
    parallel_for(static_cast<std::size_t>(mix.frames), [&](std::size_t frame) {
      const std::size_t first = frame * static_cast<std::size_t>(mix.bins);
      for (std::size_t i = first; i < first + static_cast<std::size_t>(mix.bins); ++i) work(i);
    });
  };
  each_bin([&](std::size_t i) {
    const float v = all.x[i], repeats = std::min(1.0F, again.x[i] * again.x[i] / (v * v + 1e-12F));
    float& drums = shares[kDrums].x[i];
    drums = repeats > 0 && drums > 0 ? drums * std::pow(repeats / drums, kTrust) : 0.0F;
    standing.x[i] = v * std::sqrt(1 - std::min(1.0F, drums));
  });
  progress.set(0.6, "splitting");

  shares[kBass] = share_of_bass(standing, mix.size, mix.rate);
  each_bin([&](std::size_t i) { standing.x[i] *= std::sqrt(1 - shares[kBass].x[i]); });
  shares[kVocals] = share_of_lead(mix, standing);
  shares[kOther] = Plane(mix.frames, mix.bins);
  each_bin([&](std::size_t i) {
    float left = 1;
    for (const std::size_t s : {kDrums, kBass, kVocals}) {
      shares[s].x[i] *= left;
      left = std::max(0.0F, left - shares[s].x[i]);
    }
    shares[kOther].x[i] = left;
  });
  progress.set(0.7, "splitting");
  return shares;
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
    if (segment.stems[kOther].empty()) return;
    for (int c = 0; c < 2; ++c)
      for (std::int64_t i = 0; i < segment.sound.frames(); ++i)
        if (std::isfinite(segment.sound.channel(c)[i])) segment.stems[kOther].channel(c)[i] = segment.sound.channel(c)[i];
    return;
  }
  progress.set(0, "splitting");
  const Spectrogram mix = to_spectrogram(in.sound.view(), kSize);
  progress.set(0.1, "splitting");
  const Shares shares = find_shares(mix, progress);
  const auto places = find_places(mix, shares);

  // The fourth is what the three leave.
  audio::AudioBuffer left = std::move(in.sound), part(2, left.frames(), left.rate());
  Spectrogram one;
  const float back = std::ldexp(1.0F, in.exponent);
  for (const std::size_t s : {kDrums, kBass, kVocals}) {
    if (segment.stems[s].empty() && segment.stems[kOther].empty()) continue;
    wiener(mix, shares, places, s, one);
    to_sound(one, part.block());
    left.block().add(part.view(), -1.0F);
    if (!segment.stems[s].empty()) {
      segment.stems[s].copy_from(part.view());
      segment.stems[s].scale(back);
    }
    progress.set(0.7 + 0.1 * static_cast<double>(s), "splitting");
  }
  if (segment.stems[kOther].empty()) return;
  segment.stems[kOther].copy_from(left.view());
  segment.stems[kOther].scale(back);
}

}  // namespace

std::unique_ptr<roles::StemSplitter> make_builtin_splitter(int threads) { return std::make_unique<BuiltinSplitter>(threads); }

}  // namespace figment::separation
