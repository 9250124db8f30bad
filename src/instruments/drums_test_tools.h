// What the tests of the drum and effect engines share: rendering, spectra, envelopes.

#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "audio/buffer.h"
#include "instruments/instrument.h"
#include "instruments/test_tools.h"

namespace figment::instruments::test_tools {

inline constexpr double kRate = 44100;

using testing::data_dir;

struct Timed {
  std::int64_t frame;
  Event event;
};

inline Timed hit(double seconds, int note, float velocity = 1, double length = 0.1) {
  Event event;
  event.kind = Event::Kind::NoteOn;
  event.note = static_cast<std::uint8_t>(note);
  event.value = velocity;
  event.length = Seconds{length};
  return {static_cast<std::int64_t>(std::llround(seconds * kRate)), event};
}

inline Timed control(double seconds, Event::Kind kind, float value) {
  Event event;
  event.kind = kind;
  event.value = value;
  return {static_cast<std::int64_t>(std::llround(seconds * kRate)), event};
}

// Renders from a reset; block sizes are taken in turn from `blocks`. Channels come one after the other.
inline std::vector<float> render(Instrument& instrument, const std::vector<Timed>& events, double seconds,
                                 const std::vector<int>& blocks = {512}) {
  instrument.reset();
  const auto total = static_cast<std::int64_t>(seconds * kRate);
  const int channels = instrument.channels();
  std::vector<float> out(static_cast<std::size_t>(total * channels));
  std::size_t next = 0, turn = 0;
  std::vector<Event> now;
  for (std::int64_t at = 0; at < total;) {
    const std::int64_t count = std::min<std::int64_t>(blocks[turn++ % blocks.size()], total - at);
    now.clear();
    for (; next < events.size() && events[next].frame < at + count; ++next) {
      now.push_back(events[next].event);
      now.back().frame = static_cast<int>(events[next].frame - at);
    }
    instrument.process(audio::AudioBlock(out.data() + at, total, channels, count, Hertz{kRate}), now);
    at += count;
  }
  return out;
}

inline double peak_db(const std::vector<float>& sound) {
  float most = 1e-9F;
  for (float x : sound) most = std::max(most, std::abs(x));
  return 20 * std::log10(most);
}

// Energy of each of size / 2 + 1 bins; `sound` is cut or padded to `size`, a power of two.
inline std::vector<double> spectrum(const std::vector<float>& sound, std::size_t size, bool window = false) {
  std::vector<std::complex<double>> x(size);
  for (std::size_t n = 0; n < std::min(size, sound.size()); ++n) {
    x[n] =
        sound[n] * (window ? 0.5 - 0.5 * std::cos(2 * M_PI * static_cast<double>(n) / static_cast<double>(size)) : 1.0);
  }
  for (std::size_t i = 1, j = 0; i < size; ++i) {
    std::size_t bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(x[i], x[j]);
  }
  for (std::size_t length = 2; length <= size; length *= 2) {
    for (std::size_t k = 0; k < length / 2; ++k) {
      const auto turn = std::polar(1.0, -2 * M_PI * static_cast<double>(k) / static_cast<double>(length));
      for (std::size_t i = k; i < size; i += length) {
        const auto odd = x[i + length / 2] * turn;
        x[i + length / 2] = x[i] - odd;
        x[i] += odd;
      }
    }
  }
  std::vector<double> energy(size / 2 + 1);
  for (std::size_t i = 0; i < energy.size(); ++i) energy[i] = std::norm(x[i]);
  return energy;
}

// The part (0 … 1) of the energy that lies between two frequencies.
inline double part_between(const std::vector<double>& energy, double low, double high) {
  const double bin = kRate / 2 / static_cast<double>(energy.size() - 1);
  double inside = 0, all = 1e-30;
  for (std::size_t i = 0; i < energy.size(); ++i) {
    const double hz = static_cast<double>(i) * bin;
    all += energy[i];
    if (hz >= low && hz < high) inside += energy[i];
  }
  return inside / all;
}

inline double centroid(const std::vector<double>& energy) {
  const double bin = kRate / 2 / static_cast<double>(energy.size() - 1);
  double sum = 0, all = 1e-30;
  for (std::size_t i = 0; i < energy.size(); ++i) {
    sum += energy[i] * static_cast<double>(i) * bin;
    all += energy[i];
  }
  return sum / all;
}

// Root mean square of every `width` seconds.
inline std::vector<double> envelope(const std::vector<float>& sound, double width) {
  const auto step = static_cast<std::size_t>(width * kRate);
  std::vector<double> out;
  for (std::size_t at = 0; at + step <= sound.size(); at += step) {
    double sum = 0;
    for (std::size_t n = at; n < at + step; ++n) sum += static_cast<double>(sound[n]) * sound[n];
    out.push_back(std::sqrt(sum / static_cast<double>(step)));
  }
  return out;
}

// Seconds from the loudest moment until the sound stays below `db` of it.
inline double decay_time(const std::vector<float>& sound, double db) {
  const auto level = envelope(sound, 0.01);
  const auto top = std::max_element(level.begin(), level.end());
  auto last = level.end() - 1;
  while (last > top && *last < *top * std::pow(10.0, db / 20)) --last;
  return static_cast<double>(last - top) * 0.01;
}

// Mean pitch between two instants, from rising zero crossings.
inline double pitch_between(const std::vector<float>& sound, double from, double to) {
  double first = -1, last = -1;
  int periods = -1;
  for (auto n = static_cast<std::size_t>(from * kRate) + 1; n < static_cast<std::size_t>(to * kRate); ++n) {
    if (sound[n - 1] < 0 && sound[n] >= 0) {
      const double at = static_cast<double>(n) - sound[n] / (sound[n] - sound[n - 1] + 1e-20);
      if (first < 0) first = at;
      last = at;
      ++periods;
    }
  }
  return periods > 0 ? periods * kRate / (last - first) : 0;
}

}  // namespace figment::instruments::test_tools
