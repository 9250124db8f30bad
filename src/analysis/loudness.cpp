#include "analysis/loudness.h"

#include <ebur128.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "dsp/true_peak.h"

namespace figment::analysis {

struct LoudnessMeter::Impl {
  ebur128_state* state = nullptr;
  Hertz rate;
  std::vector<dsp::TruePeakMeter> peaks;
  std::vector<float> interleaved;
  std::vector<Lufs> short_term;
  std::int64_t fed = 0, next_momentary = 0, next_second = 0;
  double loudest_momentary = -200, sample_peak = 0;
  ~Impl() { ebur128_destroy(&state); }
};

namespace {
Lufs lufs(double value) { return Lufs{std::isfinite(value) ? std::max(value, -200.0) : -200.0}; }
}  // namespace

LoudnessMeter::LoudnessMeter(Hertz rate, int channels) : impl_(std::make_unique<Impl>()) {
  impl_->rate = rate;
  impl_->state = ebur128_init(static_cast<unsigned>(channels), static_cast<unsigned long>(rate.value),
                              EBUR128_MODE_I | EBUR128_MODE_S | EBUR128_MODE_LRA);
  if (impl_->state == nullptr)
    throw Error(ErrorCode::InvalidArgument, "loudness of " + std::to_string(channels) + " channels at " +
                                                std::to_string(rate.value) + " Hz cannot be measured");
  impl_->peaks.resize(static_cast<std::size_t>(channels));
  for (auto& p : impl_->peaks) p.reset();
}
LoudnessMeter::~LoudnessMeter() = default;
LoudnessMeter::LoudnessMeter(LoudnessMeter&&) noexcept = default;

void LoudnessMeter::add(audio::AudioView sound) {
  Impl& m = *impl_;
  const auto channels = static_cast<std::size_t>(sound.channels());
  const auto tenth = static_cast<std::int64_t>(m.rate.value / 10);
  for (std::int64_t at = 0; at < sound.frames();) {
    // Stop at every tenth of a second to read the momentary loudness there.
    const std::int64_t count = std::min(sound.frames() - at, tenth - m.fed % tenth);
    m.interleaved.resize(static_cast<std::size_t>(count) * channels);
    for (std::size_t c = 0; c < channels; ++c) {
      const float* in = sound.channel(static_cast<int>(c)) + at;
      m.peaks[c].add(in, count);
      for (std::int64_t n = 0; n < count; ++n) {
        m.interleaved[static_cast<std::size_t>(n) * channels + c] = in[n];
        m.sample_peak = std::max(m.sample_peak, static_cast<double>(std::fabs(in[n])));
      }
    }
    ebur128_add_frames_float(m.state, m.interleaved.data(), static_cast<std::size_t>(count));
    at += count;
    m.fed += count;
    if (m.fed % tenth != 0) continue;
    double value = 0;
    if (ebur128_loudness_momentary(m.state, &value) == EBUR128_SUCCESS && std::isfinite(value))
      m.loudest_momentary = std::max(m.loudest_momentary, value);
    if (m.fed % (tenth * 10) == 0) {
      ebur128_loudness_shortterm(m.state, &value);
      m.short_term.push_back(lufs(value));
    }
  }
}

Loudness LoudnessMeter::result() {
  Loudness result;
  double value = 0;
  if (ebur128_loudness_global(impl_->state, &value) == EBUR128_SUCCESS) result.integrated = lufs(value);
  if (ebur128_loudness_range(impl_->state, &value) == EBUR128_SUCCESS && std::isfinite(value)) result.range = value;
  result.loudest_momentary = lufs(impl_->loudest_momentary);
  float peak = 0;
  const std::vector<float> silence(16, 0.0F);
  for (dsp::TruePeakMeter meter : impl_->peaks) {  // a copy: more sound may follow
    meter.add(silence.data(), 16);
    peak = std::max(peak, meter.peak());
  }
  result.true_peak = to_decibels(peak);
  result.sample_peak = to_decibels(impl_->sample_peak);
  return result;
}

const std::vector<Lufs>& LoudnessMeter::short_term() const { return impl_->short_term; }

}  // namespace figment::analysis
