#include "analysis/tally.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "analysis/gated_loudness.h"
#include "dsp/true_peak.h"

namespace figment::analysis {
namespace {

Lufs lufs(double power) { return power > 1e-20 ? Lufs{-0.691 + 10 * std::log10(power)} : Lufs{-200}; }

// Mean powers of windows of `length` tenths, one every `step`.
std::vector<double> windows(const std::vector<double>& tenths, std::size_t length, std::size_t step) {
  std::vector<double> powers;
  for (std::size_t end = length; end <= tenths.size(); end += step) {
    double sum = 0;
    for (std::size_t i = end - length; i < end; ++i) sum += tenths[i];
    powers.push_back(sum / static_cast<double>(length));
  }
  return powers;
}

// EBU Tech 3342: between the 10th and the 95th percentile of the short-term loudness above the gates.
double range_of(const std::vector<double>& tenths) {
  std::vector<double> loud;
  double sum = 0;
  for (const double power : windows(tenths, 30, 10))
    if (lufs(power) > Lufs{-70}) loud.push_back(power), sum += power;
  if (loud.empty()) return 0;
  const double gate = sum / static_cast<double>(loud.size()) * 0.01;
  std::erase_if(loud, [&](double power) { return power < gate; });
  std::sort(loud.begin(), loud.end());
  const auto at = [&](double share) { return lufs(loud[static_cast<std::size_t>(std::lround(share * static_cast<double>(loud.size() - 1)))]); };
  return at(0.95).value - at(0.1).value;
}

template <class T>
void put(std::string& to, const T& value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
bool take(std::string_view& from, T& value) {
  if (from.size() < sizeof value) return false;
  std::memcpy(&value, from.data(), sizeof value);
  from.remove_prefix(sizeof value);
  return true;
}

}  // namespace

void Tally::append(const Tally& next) {
  tenths.insert(tenths.end(), next.tenths.begin(), next.tenths.end());
  sample_peak = std::max(sample_peak, next.sample_peak);
  true_peak = std::max(true_peak, next.true_peak);
  left_right += next.left_right;
  mid += next.mid;
  side += next.side;
  for (const auto& [level, powers] : next.by_level)
    for (std::size_t b = 0; b < kBands; ++b) by_level[level][b] += powers[b];
}

Loudness Tally::loudness() const {
  Loudness result;
  result.integrated = gated_loudness(tenths);
  for (const double power : windows(tenths, 4, 1)) result.loudest_momentary = std::max(result.loudest_momentary, lufs(power));
  result.range = range_of(tenths);
  result.true_peak = to_decibels(true_peak);
  result.sample_peak = to_decibels(sample_peak);
  return result;
}

std::vector<Lufs> Tally::short_term() const {
  std::vector<Lufs> result;
  for (std::size_t end = 10; end <= tenths.size(); end += 10) {
    double sum = 0;
    for (std::size_t i = end >= 30 ? end - 30 : 0; i < end; ++i) sum += tenths[i];
    result.push_back(lufs(sum / 30));
  }
  return result;
}

BandLevels Tally::spectrum() const { return gated_spectrum(by_level); }
double Tally::mono_loss() const { return left_right <= 0 ? 0 : -10 * std::log10(std::max(mid, 1e-20) / left_right); }
double Tally::width() const { return mid <= 0 ? 0 : std::min(1.0, side / mid); }

std::string Tally::to_bytes() const {
  std::string bytes;
  put(bytes, tenths.size());
  for (const double t : tenths) put(bytes, t);
  for (const double value : {sample_peak, true_peak, left_right, mid, side}) put(bytes, value);
  put(bytes, by_level.size());
  for (const auto& [level, powers] : by_level) {
    put(bytes, level);
    put(bytes, powers);
  }
  return bytes;
}

std::optional<Tally> Tally::from_bytes(std::string_view bytes) {
  Tally t;
  std::size_t count = 0;
  if (!take(bytes, count) || count > bytes.size() / sizeof(double)) return std::nullopt;
  t.tenths.resize(count);
  for (double& value : t.tenths) take(bytes, value);
  for (double* value : {&t.sample_peak, &t.true_peak, &t.left_right, &t.mid, &t.side})
    if (!take(bytes, *value)) return std::nullopt;
  if (!take(bytes, count)) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    int level = 0;
    if (!take(bytes, level) || !take(bytes, t.by_level[level])) return std::nullopt;
  }
  return bytes.empty() ? std::optional(std::move(t)) : std::nullopt;
}

Tally tally(audio::AudioView run_up, audio::AudioView sound) {
  Tally result;
  const Hertz rate = sound.rate();
  GatedLoudnessMeter loudness(rate);
  loudness.warm_up(run_up);
  loudness.add(sound);
  result.tenths = loudness.tenths();
  if (result.tenths.empty() && !sound.empty()) result.tenths = {loudness.power_since()};   // shorter than a tenth: all there is

  for (int c = 0; c < sound.channels(); ++c) {
    dsp::TruePeakMeter peak;
    peak.reset();
    constexpr std::int64_t kMemory = 16;
    const std::int64_t before = std::min(run_up.frames(), kMemory);
    if (before > 0) peak.add(run_up.channel(c) + run_up.frames() - before, before);
    peak.add(sound.channel(c), sound.frames());
    constexpr std::array<float, 11> silence{};
    peak.add(silence.data(), silence.size());
    result.true_peak = std::max(result.true_peak, static_cast<double>(peak.peak()));
  }
  result.sample_peak = audio::peak(sound);

  SpectrumMeter spectrum(rate);
  spectrum.add(sound);
  spectrum.give(result.by_level, result.left_right, result.mid, result.side);
  return result;
}

}  // namespace figment::analysis
