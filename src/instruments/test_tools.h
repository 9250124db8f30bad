// For the tests of this folder: presets from text, notes, spectra, pitch.

#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/progress.h"
#include "instruments/fm.h"
#include "instruments/pluck.h"
#include "instruments/render.h"
#include "instruments/synth.h"
#include "storage/data_file.h"

namespace figment::instruments::testing {

inline std::filesystem::path data_dir() { return FIGMENT_SOURCE_DIR; }

inline std::unique_ptr<Instrument> from_text(const char* engine, const std::string& toml, std::uint64_t seed = 1) {
  const auto json = storage::parse_toml(toml, "test.toml");
  storage::Fields f(json, "test.toml");
  std::unique_ptr<Instrument> made = std::string(engine) == "synth" ? make_synth(f, seed)
                                     : std::string(engine) == "fm"  ? make_fm(f, seed)
                                                                    : make_pluck(f, seed);
  f.done();
  return made;
}

inline score::Note note(double start_s, double length_s, int pitch, float velocity = 1) {
  score::Note n;  // at 120 beats a minute
  n.start = Beats{start_s * 2};
  n.length = Beats{length_s * 2};
  n.pitch = static_cast<std::uint8_t>(pitch);
  n.velocity = velocity;
  return n;
}

inline audio::AudioBuffer play(Instrument& instrument, std::vector<score::Note> notes, double seconds,
                               Hertz rate = Hertz{44100}) {
  score::Score score;
  score.notes = std::move(notes);
  return render_to_buffer(instrument, score, score::TempoMap(Bpm{120}), rate, to_frames(Seconds{seconds}, rate),
                          Progress());
}

inline void transform(std::vector<std::complex<double>>& x) {
  const std::size_t n = x.size();
  if (n == 1) return;
  std::vector<std::complex<double>> even(n / 2), odd(n / 2);
  for (std::size_t i = 0; i < n / 2; ++i) even[i] = x[2 * i], odd[i] = x[2 * i + 1];
  transform(even);
  transform(odd);
  for (std::size_t i = 0; i < n / 2; ++i) {
    const auto w = std::polar(1.0, -2 * M_PI * static_cast<double>(i) / static_cast<double>(n)) * odd[i];
    x[i] = even[i] + w;
    x[i + n / 2] = even[i] - w;
  }
}

// Magnitudes of 16384 frames from `from`, under a Blackman-Harris window (side lobes -92 dB).
inline std::vector<double> spectrum(audio::AudioView sound, std::int64_t from) {
  constexpr std::size_t kSize = 16384;
  std::vector<std::complex<double>> x(kSize);
  for (std::size_t i = 0; i < kSize; ++i) {
    const double t = 2 * M_PI * static_cast<double>(i) / kSize;
    const double w = 0.35875 - 0.48829 * std::cos(t) + 0.14128 * std::cos(2 * t) - 0.01168 * std::cos(3 * t);
    x[i] = w * static_cast<double>(sound.channel(0)[from + static_cast<std::int64_t>(i)]);
  }
  transform(x);
  std::vector<double> magnitude(kSize / 2);
  for (std::size_t i = 0; i < kSize / 2; ++i) magnitude[i] = std::abs(x[i]);
  return magnitude;
}

// The loudest partial that is no multiple of `hz`, against the loudest of all, dB.
inline double worst_alias_db(audio::AudioView sound, std::int64_t from, double hz) {
  const auto m = spectrum(sound, from);
  const double bin = sound.rate().value / 16384;
  double most = 0, alias = 0;
  for (std::size_t i = 3; i < m.size(); ++i) {
    most = std::max(most, m[i]);
    const double f = static_cast<double>(i) * bin;
    if (f < 20 || f > 20000) continue;
    if (std::abs(f - hz * std::round(f / hz)) > 6 * bin) alias = std::max(alias, m[i]);
  }
  return 20 * std::log10(alias / most + 1e-12);
}

// How many cents the sound lies above `hz`: where its autocorrelation peaks near a whole number of periods.
inline double cents_off(audio::AudioView sound, double hz, double from_s, double length_s) {
  const double rate = sound.rate().value, period = rate / hz;
  const int periods = std::max(1, static_cast<int>(0.08 * rate / period));
  const double wanted = periods * period;
  const int reach = static_cast<int>(std::clamp(wanted * 0.012, 2.0, period / 2));
  const auto from = static_cast<std::int64_t>(from_s * rate), count = static_cast<std::int64_t>(length_s * rate);
  const auto at = [&](std::int64_t n) {
    double sum = 0;
    for (int c = 0; c < sound.channels(); ++c) sum += n < sound.frames() ? sound.channel(c)[n] : 0.0F;
    return sum;
  };
  const auto likeness = [&](std::int64_t lag) {
    double sum = 0;
    for (std::int64_t n = 0; n < count; ++n) sum += at(from + n) * at(from + n + lag);
    return sum;
  };
  std::int64_t best = 0;
  double most = -1e300;
  for (auto lag = static_cast<std::int64_t>(wanted) - reach; lag <= static_cast<std::int64_t>(wanted) + reach; ++lag)
    if (const double r = likeness(lag); r > most) most = r, best = lag;
  const double p = likeness(best - 1), q = likeness(best), s = likeness(best + 1);
  return 1200 * std::log2(wanted / (static_cast<double>(best) + (p - s) / (2 * (p - 2 * q + s))));
}

inline double peak_db(audio::AudioView sound) { return to_decibels(static_cast<double>(audio::peak(sound))).value; }

}  // namespace figment::instruments::testing
