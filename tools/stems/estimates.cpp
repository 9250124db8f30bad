#include "estimates.h"

#include <algorithm>

#include "base/error.h"
#include "separation/split_run.h"
#include "spectra.h"

namespace figment::stems {

FourStems split_mix(audio::AudioView mix, roles::StemSplitter& splitter, const Progress& progress) {
  const roles::SplitShape shape = splitter.shape();
  if (mix.rate() != shape.rate) throw Error(ErrorCode::Unsupported, splitter.info().name + " splits at " + std::to_string(shape.rate.value) + " Hz, the mix has " + std::to_string(mix.rate().value));
  const separation::ReadSound read = separation::read_from(mix);
  separation::SplitRun run;
  run.frames = mix.frames();
  if (shape.levelled) run.level = separation::measure_level(read, run.frames, progress.quiet());
  FourStems result;
  for (auto& stem : result) stem = audio::AudioBuffer(2, mix.frames(), mix.rate());
  std::vector<std::size_t> place;
  for (const std::string& name : splitter.stems()) {
    const auto found = std::find(kStems.begin(), kStems.end(), name);
    place.push_back(found == kStems.end() ? 2 : static_cast<std::size_t>(found - kStems.begin()));
  }
  separation::split_sound(splitter, run, read, [&](std::int64_t frame, std::span<const audio::AudioView> stems) {
    for (std::size_t s = 0; s < stems.size(); ++s) result[place[s]].block().part(frame, stems[s].frames()).add(stems[s]);
  }, progress);
  return result;
}

FourStems stems_in_folder(const Mixture& mixture, const std::filesystem::path& folder) {
  FourStems stems;
  for (std::size_t s = 0; s < kStems.size(); ++s) {
    const auto found = read_stem(folder / mixture.name, kStems[s]);
    if (!found) {
      if (!mixture.has(s)) continue;
      throw Error(ErrorCode::NotFound, (folder / mixture.name).string() + " has no " + kStems[s] + ".wav");
    }
    const double apart = static_cast<double>(std::abs(found->frames() - mixture.mix.frames())) / mixture.mix.rate().value;
    if (found->rate() != mixture.mix.rate() || apart > 0.1)
      throw Error(ErrorCode::Corrupt, (folder / mixture.name).string() + ": " + kStems[s] + " has " + std::to_string(found->frames()) + " frames at " + std::to_string(found->rate().value) + " Hz, the mix " +
                                          std::to_string(mixture.mix.frames()) + " at " + std::to_string(mixture.mix.rate().value));
    stems[s] = audio::AudioBuffer(2, mixture.mix.frames(), mixture.mix.rate());
    stems[s].block().add(found->view());
  }
  return stems;
}

FourStems mix_for_each(audio::AudioView mix) {
  FourStems stems;
  for (auto& stem : stems) {
    stem = audio::AudioBuffer(2, mix.frames(), mix.rate());
    stem.block().copy_from(mix);
  }
  return stems;
}

namespace {

// The median of `length` neighbours, of what is left of them at the borders; x[i · stride], 0 <= i < count.
void median_line(const float* x, float* out, std::int64_t count, std::int64_t stride, int length) {
  std::vector<float> line, sorted;   // sorted: what is under the window
  for (std::int64_t i = 0; i < count; ++i) line.push_back(x[i * stride]);
  const auto take = [&](float value) { sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), value), value); };
  const std::int64_t half = length / 2;
  for (std::int64_t i = 0; i < std::min(half, count); ++i) take(line[static_cast<std::size_t>(i)]);
  for (std::int64_t i = 0; i < count; ++i) {
    if (i + half < count) take(line[static_cast<std::size_t>(i + half)]);
    if (i > half) sorted.erase(std::lower_bound(sorted.begin(), sorted.end(), line[static_cast<std::size_t>(i - half - 1)]));
    out[i * stride] = sorted[sorted.size() / 2];
  }
}

float fade(double x, double from, double to) { return static_cast<float>(std::clamp((x - from) / (to - from), 0.0, 1.0)); }

}  // namespace

FourStems hpss_stems(audio::AudioView mix) {
  constexpr int kMedian = 17;
  constexpr float kNothing = 1e-20F;
  const Spectra spectra = spectra_of(mix);
  const Weights power = power_of(spectra);   // medians of powers are the powers of medians
  Weights stands(power.size()), strikes(power.size());
  for (int k = 0; k < Spectra::kBins; ++k) median_line(&power[static_cast<std::size_t>(k)], &stands[static_cast<std::size_t>(k)], spectra.frames, Spectra::kBins, kMedian);
  for (std::int64_t t = 0; t < spectra.frames; ++t) {
    const auto row = static_cast<std::size_t>(t) * Spectra::kBins;
    median_line(&power[row], &strikes[row], Spectra::kBins, 1, kMedian);
  }
  Weights drums(power.size()), bass(power.size()), vocals(power.size());
  for (std::int64_t t = 0; t < spectra.frames; ++t)
    for (int k = 0; k < Spectra::kBins; ++k) {
      const auto i = static_cast<std::size_t>(t) * Spectra::kBins + static_cast<std::size_t>(k);
      const double hertz = k * spectra.rate.value / Spectra::kSize;
      drums[i] = strikes[i] / (stands[i] + strikes[i] + kNothing);
      const float rest = 1 - drums[i], high = fade(hertz, 120, 180);
      bass[i] = rest * (1 - high);
      const auto l = spectra.at(0, t)[k], r = spectra.at(1, t)[k];
      const float alike = 2 * std::real(l * std::conj(r)) / (power[i] + kNothing);
      vocals[i] = hertz > 8000 ? 0 : rest * high * fade(static_cast<double>(alike), 0.8, 1);
    }
  FourStems stems{weighted(spectra, drums), weighted(spectra, bass), audio::AudioBuffer(2, mix.frames(), mix.rate()), weighted(spectra, vocals)};
  stems[2].block().copy_from(mix);
  for (const std::size_t s : {0, 1, 3}) stems[2].block().add(stems[s].view(), -1);
  return stems;
}

FourStems ideal_stems(const Mixture& mixture) {
  const Spectra spectra = spectra_of(mixture.mix.view());
  std::array<Weights, 4> power;
  Weights total(static_cast<std::size_t>(spectra.frames) * Spectra::kBins, 1e-20F);
  for (std::size_t s = 0; s < kStems.size(); ++s) {
    if (!mixture.has(s)) continue;
    power[s] = power_of(spectra_of(mixture.stems[s].view()));
    for (std::size_t i = 0; i < total.size(); ++i) total[i] += power[s][i];
  }
  FourStems stems;
  for (std::size_t s = 0; s < kStems.size(); ++s) {
    if (!mixture.has(s)) continue;
    for (std::size_t i = 0; i < total.size(); ++i) power[s][i] /= total[i];
    stems[s] = weighted(spectra, power[s]);
  }
  return stems;
}

}  // namespace figment::stems
