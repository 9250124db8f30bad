#include "bss_eval.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "projection.h"

namespace figment::stems {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// As museval asks: the channels of every frame add up to nothing.
bool silent(audio::AudioView sound) {
  for (std::int64_t n = 0; n < sound.frames(); ++n) {
    double sum = 0;
    for (int c = 0; c < sound.channels(); ++c) sum += static_cast<double>(sound.channel(c)[n]);
    if (sum != 0) return false;
  }
  return true;
}

double ratio_db(double above, double below) { return below == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(above / below); }

void check(std::span<const audio::AudioView> references, std::span<const audio::AudioView> estimates, const BssOptions& options) {
  if (references.empty() || references.size() != estimates.size())
    throw Error(ErrorCode::InvalidArgument, std::to_string(references.size()) + " references and " + std::to_string(estimates.size()) + " estimates; wanted one for each");
  if (options.window < 1 || options.hop < 1 || options.taps < 1) throw Error(ErrorCode::InvalidArgument, "windows, hops and filters are at least 1 long");
  for (const auto& list : {references, estimates})
    for (std::size_t s = 0; s < list.size(); ++s) {
      const std::string name = (list.data() == references.data() ? "reference " : "estimate ") + std::to_string(s + 1);
      if (list[s].channels() != references[0].channels() || list[s].frames() != references[0].frames())
        throw Error(ErrorCode::InvalidArgument, name + " has " + std::to_string(list[s].channels()) + " channels and " + std::to_string(list[s].frames()) + " frames; the first reference " +
                                                    std::to_string(references[0].channels()) + " and " + std::to_string(references[0].frames()));
      if (silent(list[s])) throw Error(ErrorCode::InvalidArgument, name + " is silent throughout", "leave this source out");
    }
}

// Source by source, channel by channel.
std::vector<Signal> signals_of(std::span<const audio::AudioView> sounds) {
  std::vector<Signal> signals;
  for (const auto& sound : sounds)
    for (int c = 0; c < sound.channels(); ++c) signals.emplace_back(sound.channel(c), sound.channel(c) + sound.frames());
  return signals;
}

// Filters as spectra for one size of window.
class Projector {
 public:
  Projector(const std::vector<Signal>& references, const std::vector<Signal>& estimates, std::size_t channels, int taps, std::int64_t window)
      : channels_(channels), fft_(power_of_two(window + taps - 1)), bins_(static_cast<std::size_t>(fft_.bins())) {
    const std::vector<std::span<const double>> all(references.begin(), references.end()), wanted(estimates.begin(), estimates.end());
    for (const Filters& f : projection_filters(all, wanted, taps)) all_.push_back(spectra(f));
    for (std::size_t s = 0; s * channels < wanted.size(); ++s) {
      const auto own = std::span(all).subspan(s * channels, channels), its = std::span(wanted).subspan(s * channels, channels);
      for (const Filters& f : projection_filters(own, its, taps)) own_.push_back(spectra(f));
    }
  }

  // The window's references, each `frames` long.
  void hear(const std::vector<Signal>& references, std::int64_t at, std::int64_t frames) {
    heard_.resize(references.size() * bins_);
    for (std::size_t r = 0; r < references.size(); ++r)
      fft_.forward(std::span(references[r]).subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(frames)), &heard_[r * bins_]);
  }
  // Of one channel of one source's estimate.
  [[nodiscard]] Signal from_own(std::size_t source, std::size_t channel, std::int64_t length) { return project(own_[source * channels_ + channel], source * channels_, channels_, length); }
  [[nodiscard]] Signal from_all(std::size_t source, std::size_t channel, std::int64_t length) { return project(all_[source * channels_ + channel], 0, heard_.size() / bins_, length); }

 private:
  using Spectra = std::vector<std::complex<double>>;

  Spectra spectra(const Filters& filters) {
    Spectra result(filters.size() * bins_);
    for (std::size_t r = 0; r < filters.size(); ++r) fft_.forward(filters[r], &result[r * bins_]);
    return result;
  }
  Signal project(const Spectra& filters, std::size_t first, std::size_t count, std::int64_t length) {
    sum_.assign(bins_, 0.0);
    for (std::size_t r = 0; r < count; ++r)
      for (std::size_t k = 0; k < bins_; ++k) sum_[k] += filters[r * bins_ + k] * heard_[(first + r) * bins_ + k];
    const auto sound = fft_.inverse(sum_.data());
    Signal result(static_cast<std::size_t>(length));
    for (std::size_t n = 0; n < result.size(); ++n) result[n] = sound[n] / fft_.size();
    return result;
  }

  std::size_t channels_;
  DoubleFft fft_;
  std::size_t bins_;
  std::vector<Spectra> all_, own_;   // by estimate channel
  Spectra heard_, sum_;
};

}  // namespace

std::vector<BssScores> bss_eval(std::span<const audio::AudioView> references, std::span<const audio::AudioView> estimates, const BssOptions& options) {
  check(references, estimates, options);
  const std::int64_t frames = references[0].frames();
  const auto channels = static_cast<std::size_t>(references[0].channels());
  const std::int64_t windows = options.window < frames ? (frames - options.window + options.hop) / options.hop : 1;
  std::vector<Signal> truth, heard;
  std::optional<Projector> projector;
  if (options.projections) {
    truth = signals_of(references), heard = signals_of(estimates);
    projector.emplace(truth, heard, channels, options.taps, std::min(options.window, frames));
  }

  std::vector<BssScores> scores(references.size());
  for (std::int64_t w = 0; w < windows; ++w) {
    const std::int64_t at = w * options.hop, length = std::min(options.window, frames - at);
    const auto mute = [&](audio::AudioView sound) { return silent(sound.part(at, length)); };
    const bool left_out = std::any_of(references.begin(), references.end(), mute) || std::any_of(estimates.begin(), estimates.end(), mute);
    if (projector && !left_out) projector->hear(truth, at, length);
    for (std::size_t s = 0; s < references.size(); ++s) {
      if (left_out) {
        scores[s].sdr.push_back(kNaN);
        if (projector) scores[s].isr.push_back(kNaN), scores[s].sir.push_back(kNaN), scores[s].sar.push_back(kNaN);
        continue;
      }
      double reference = 0, error = 0;
      for (int c = 0; c < references[s].channels(); ++c)
        for (std::int64_t n = at; n < at + length; ++n) {
          const double r = references[s].channel(c)[n], e = estimates[s].channel(c)[n];
          reference += r * r, error += (e - r) * (e - r);
        }
      scores[s].sdr.push_back(ratio_db(reference, error));
      if (!projector) continue;
      double spatial = 0, interference = 0, artefacts = 0, filtered = 0, explained = 0;
      for (std::size_t c = 0; c < channels; ++c) {
        const std::int64_t tail = length + options.taps - 1;
        const Signal own = projector->from_own(s, c, tail), all = projector->from_all(s, c, tail);
        const Signal &r = truth[s * channels + c], &e = heard[s * channels + c];
        for (std::int64_t n = 0; n < tail; ++n) {
          const auto i = static_cast<std::size_t>(n), there = static_cast<std::size_t>(at + n);
          const double ref = n < length ? r[there] : 0, est = n < length ? e[there] : 0;
          spatial += (own[i] - ref) * (own[i] - ref);
          interference += (all[i] - own[i]) * (all[i] - own[i]);
          artefacts += (est - all[i]) * (est - all[i]);
          filtered += own[i] * own[i];
          explained += all[i] * all[i];
        }
      }
      scores[s].isr.push_back(ratio_db(reference, spatial));
      scores[s].sir.push_back(ratio_db(filtered, interference));
      scores[s].sar.push_back(ratio_db(explained, artefacts));
    }
  }
  return scores;
}

}  // namespace figment::stems
