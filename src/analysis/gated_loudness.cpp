#include "analysis/gated_loudness.h"

#include <algorithm>
#include <cmath>

#include "dsp/loudness.h"

namespace figment::analysis {

Lufs gated_loudness(const std::vector<double>& tenths) {
  std::vector<double> blocks;
  for (std::size_t i = 0; i + 4 <= tenths.size(); ++i) blocks.push_back((tenths[i] + tenths[i + 1] + tenths[i + 2] + tenths[i + 3]) / 4);
  if (blocks.empty()) {  // shorter than a block: its plain power
    double sum = 0;
    for (double t : tenths) sum += t;
    if (!tenths.empty()) blocks.push_back(sum / static_cast<double>(tenths.size()));
  }
  const auto mean_above = [&](double threshold) {
    double sum = 0, count = 0;
    for (double b : blocks)
      if (b > threshold) sum += b, count += 1;
    return count > 0 ? sum / count : 0.0;
  };
  const double absolute = std::pow(10, (-70 + 0.691) / 10);
  const double gated = mean_above(std::max(absolute, 0.1 * mean_above(absolute)));
  return gated > 1e-20 ? Lufs{-0.691 + 10 * std::log10(gated)} : Lufs{-200};
}

GatedLoudnessMeter::GatedLoudnessMeter(Hertz rate) : filters_(dsp::k_weighting(rate)), tenth_(static_cast<std::int64_t>(rate.value / 10)) {}

void GatedLoudnessMeter::warm_up(audio::AudioView sound) { run(sound, false); }
void GatedLoudnessMeter::add(audio::AudioView sound) { run(sound, true); }

void GatedLoudnessMeter::run(audio::AudioView sound, bool counting) {
  constexpr std::int64_t kPiece = 256;
  std::array<dsp::Pair, kPiece> pairs;
  const bool stereo = sound.channels() > 1;
  for (std::int64_t at = 0; at < sound.frames();) {
    const std::int64_t count = std::min({kPiece, sound.frames() - at, tenth_ - filled_});
    const float* left = sound.channel(0) + at;
    dsp::to_pairs(left, stereo ? sound.channel(1) + at : left, pairs.data(), static_cast<int>(count));
    dsp::run_cascade(filters_.data(), states_.data(), filters_.size(), pairs.data(), static_cast<int>(count));
    at += count;
    if (!counting) continue;
    dsp::Pair sum{0, 0};
    for (std::int64_t n = 0; n < count; ++n) sum += pairs[static_cast<std::size_t>(n)] * pairs[static_cast<std::size_t>(n)];
    energy_ += stereo ? sum[0] + sum[1] : sum[0];
    filled_ += count;
    if (filled_ == tenth_) {
      tenths_.push_back(energy_ / static_cast<double>(tenth_));
      energy_ = 0;
      filled_ = 0;
    }
  }
}

double GatedLoudnessMeter::power_since() const noexcept { return filled_ > 0 ? energy_ / static_cast<double>(filled_) : 0.0; }

Lufs GatedLoudnessMeter::result() const {
  if (tenths_.empty() && filled_ > 0) return gated_loudness({power_since()});
  return gated_loudness(tenths_);
}

}  // namespace figment::analysis
