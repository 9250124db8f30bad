#include "instruments/wavebank.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <map>
#include <mutex>

namespace figment::instruments {
namespace {

using Harmonic = WaveBank::Harmonic;
constexpr double kPi = 3.14159265358979323846;

int harmonics_of(int level) noexcept { return std::max(1, static_cast<int>(724.0 * std::exp2(-0.5 * level) + 0.5)); }

int table_bits(int level) noexcept {
  int bits = 9;
  while (bits < 12 && (1 << bits) < 16 * harmonics_of(level)) ++bits;
  return bits;
}

// In-place radix-2 Fourier transform with positive exponent, unscaled; the size is a power of two.
void inverse_transform(std::vector<std::complex<double>>& x) {
  const std::size_t n = x.size();
  for (std::size_t i = 1, j = 0; i < n; ++i) {
    std::size_t bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(x[i], x[j]);
  }
  for (std::size_t length = 2; length <= n; length <<= 1) {
    const std::complex<double> step = std::polar(1.0, 2 * kPi / static_cast<double>(length));
    for (std::size_t i = 0; i < n; i += length) {
      std::complex<double> w = 1;
      for (std::size_t j = 0; j < length / 2; ++j, w *= step) {
        const auto a = x[i + j], b = x[i + j + length / 2] * w;
        x[i + j] = a + b;
        x[i + j + length / 2] = a - b;
      }
    }
  }
}

double blend(double a, double b, double t) { return a + (b - a) * t; }
// A bump of height 1 at `centre`, in harmonics, with a width in octaves.
double bump(int k, double centre, double octaves) {
  const double d = std::log2(k / centre) / octaves;
  return std::exp(-d * d);
}
// Repeatable phases spread a wave's energy over its cycle and lower its crest.
double scattered_phase(int k) { return 2 * kPi * std::fmod(k * k * 0.6180339887 + 0.31 * k, 1.0); }
Harmonic at_phase(double amplitude, double phase) { return {amplitude * std::cos(phase), amplitude * std::sin(phase)}; }

Harmonic sine(int k, double) { return {k == 1 ? 1.0 : 0.0, 0}; }
Harmonic triangle(int k, double) {
  if (k % 2 == 0) return {};
  return {(k % 4 == 1 ? 8.0 : -8.0) / (kPi * kPi * k * k), 0};
}
Harmonic saw(int k, double) { return {-2.0 / (kPi * k), 0}; }
Harmonic square(int k, double) { return {k % 2 == 1 ? 4.0 / (kPi * k) : 0.0, 0}; }
Harmonic pulse(int k, double width) { return {0, 4.0 / (kPi * k) * std::sin(kPi * k * width)}; }
Harmonic pulse25(int k, double) { return pulse(k, 0.25); }
Harmonic pulse12(int k, double) { return pulse(k, 0.125); }
Harmonic hollow(int k, double) { return {k % 2 == 1 ? 1.0 / std::pow(k, 1.45) : 0.06 / k, 0}; }
// A saw without its fizz: the body of plucked and picked basses.
Harmonic bass(int k, double) { return {0.9 / k / (1 + std::pow(k / 9.0, 2)), 0}; }

// Drawbars 16' 5⅓' 8' 4' 2⅔' 2' 1⅗' 1⅓' 1' sound harmonics 1 3 2 4 6 8 10 12 16 of the 16' stop.
Harmonic drawbars(int k, const std::array<double, 9>& bars) {
  constexpr std::array<int, 9> at{1, 3, 2, 4, 6, 8, 10, 12, 16};
  for (std::size_t i = 0; i < at.size(); ++i)
    if (at[i] == k) return at_phase(bars[i] / 8.0 * 0.5, scattered_phase(k));
  return {};
}
Harmonic organ(int k, double frame) {
  constexpr std::array<double, 9> jazz{8, 8, 8, 0, 0, 0, 0, 0, 0}, gospel{8, 8, 8, 6, 0, 0, 0, 0, 6},
      full{8, 8, 8, 8, 8, 8, 8, 8, 8};
  const auto a = frame < 0.5 ? drawbars(k, jazz) : drawbars(k, gospel);
  const auto b = frame < 0.5 ? drawbars(k, gospel) : drawbars(k, full);
  const double t = frame < 0.5 ? frame * 2 : frame * 2 - 1;
  return {blend(a.sine, b.sine, t), blend(a.cosine, b.cosine, t)};
}
// Fundamental with quint and octave: the "organ" of house records.
Harmonic organ_soft(int k, double) {
  constexpr std::array<double, 8> level{1.0, 0.55, 0.34, 0.3, 0.05, 0.12, 0, 0.1};
  return k <= 8 ? at_phase(0.6 * level[static_cast<std::size_t>(k - 1)], 0.9 * k) : Harmonic{};
}

// Formants of sung a e i o u on a 130 Hz voice (Peterson and Barney 1952), as a wavetable: they move with the note.
Harmonic vowel(int k, double frame) {
  constexpr double formant[5][3] = {
      {730, 1090, 2440}, {530, 1840, 2480}, {270, 2290, 3010}, {570, 840, 2410}, {300, 870, 2240}};
  const double place = frame * 4;
  const int i = std::min(3, static_cast<int>(place));
  double amplitude = 0;
  for (int n = 0; n < 3; ++n) {
    const double hz = blend(formant[i][n], formant[i + 1][n], place - i);
    amplitude += std::pow(0.6, n) * bump(k, hz / 130.0, 0.32);
  }
  return at_phase((amplitude + 0.04) * 1.1 / std::sqrt(k), scattered_phase(k));
}

// Bands of harmonics that come and go, as in the first digital wavetable synthesizers.
Harmonic digital(int k, double frame) {
  const double ripple = 0.5 + 0.5 * std::cos(kPi * (k - 1) * (0.11 + 0.83 * frame) + 5 * frame);
  const double edge = 1.0 / (1.0 + std::pow(k / (6.0 + 40.0 * frame), 3));
  return at_phase(1.1 * ripple * edge / std::pow(k, 0.75), scattered_phase(k) * frame);
}

// A saw restarted by another at 1 … 4 times its frequency: exact Fourier integral, so it cannot alias.
Harmonic sync(int k, double frame) {
  const double ratio = 1.0 + 3.0 * frame;
  // One cycle holds floor(ratio) whole ramps and a broken one; each ramp is 2 r t - 1 - 2 j on [j/r, (j+1)/r).
  std::complex<double> sum = 0;
  const std::complex<double> w(0, -2 * kPi * k);
  for (int j = 0; j < static_cast<int>(std::ceil(ratio - 1e-9)); ++j) {
    const double a = j / ratio, b = std::min(1.0, (j + 1) / ratio);
    const auto primitive = [&](double t) {
      return std::exp(w * t) * ((2 * ratio * t - 1 - 2 * j) / w - 2 * ratio / (w * w));
    };
    sum += primitive(b) - primitive(a);
  }
  return {-2 * sum.imag(), 2 * sum.real()};
}

// Two sharp formants that cross while the saw under them stays: talking basses.
Harmonic growl(int k, double frame) {
  const double low = 2.2 + 5.0 * frame, high = 22.0 - 13.0 * std::sin(frame * kPi);
  const double amplitude =
      0.35 / k + 0.45 * bump(k, low, 0.30) / std::sqrt(k) + 0.5 * bump(k, high, 0.22) / std::sqrt(k);
  return at_phase(amplitude * 1.2, scattered_phase(k) * 0.5);
}

// Few, far harmonics: struck glass.
Harmonic glass(int k, double frame) {
  const bool there = k == 1 || k == 4 || k == 7 || k == 10 || k == 15 || k == 23;
  if (!there) return {};
  return at_phase(k == 1 ? 0.8 : blend(0.9, 3.0, frame) / std::pow(k, 1.1), scattered_phase(k));
}

// A bowed string's saw through the body's resonances.
Harmonic strings(int k, double frame) {
  const double body = 0.6 + 0.5 * bump(k, 3, 0.5) + 0.5 * bump(k, 8 + 6 * frame, 0.5) + 0.25 * bump(k, 16, 0.4);
  return at_phase(0.62 * body / k / (1 + std::pow(k / (18.0 + 30 * frame), 2)), 0.4 * scattered_phase(k));
}

// A lip-driven tube: the brighter the louder, with the bell's broad formant.
Harmonic brass(int k, double frame) {
  const double roll = std::exp(-(k - 1) * blend(0.75, 0.09, frame));
  return at_phase(0.75 * roll * (0.7 + 0.6 * bump(k, 4, 0.8)), 0.25 * scattered_phase(k));
}

// A cylindrical reed: odd harmonics, even ones growing with pressure.
Harmonic reed(int k, double frame) {
  const double even = k % 2 == 0 ? blend(0.06, 0.6, frame) : 1.0;
  return at_phase(0.8 * even * std::exp(-(k - 1) * blend(0.22, 0.12, frame)), 0.3 * scattered_phase(k));
}

// Pulses of 50, 25 and 12.5 %: the voices of 8-bit sound chips.
Harmonic chip(int k, double frame) {
  const auto p = pulse(k, frame < 0.25 ? 0.5 : frame < 0.75 ? 0.25 : 0.125);
  return {p.sine, p.cosine};
}
// A triangle in 16 steps, as those chips had: the staircase's images are harmonics 31, 33, 63 ….
Harmonic chip_triangle(int k, double) {
  Harmonic h = triangle(k, 0);
  const int m = k % 32;
  if (k % 2 == 1 && k > 16) {
    const int image = m <= 16 ? m : 32 - m;
    const double hold = std::sin(kPi * k / 32) / (kPi * k / 32);
    h = {8.0 / (kPi * kPi * image * image) * std::abs(hold) * (k % 4 == 1 ? 1 : -1), 0};
  }
  return h;
}

struct Known {
  const char* name;
  int frames;
  WaveBank::Recipe recipe;
};
constexpr Known kWaves[] = {
    {"sine", 1, sine},
    {"triangle", 1, triangle},
    {"saw", 1, saw},
    {"square", 1, square},
    {"pulse25", 1, pulse25},
    {"pulse12", 1, pulse12},
    {"hollow", 1, hollow},
    {"bass", 1, bass},
    {"organ-soft", 1, organ_soft},
    {"chip-triangle", 1, chip_triangle},
    {"organ", 3, organ},
    {"vowel", 9, vowel},
    {"digital", 8, digital},
    {"sync", 13, sync},
    {"growl", 9, growl},
    {"glass", 3, glass},
    {"strings", 3, strings},
    {"brass", 6, brass},
    {"chip", 3, chip},
    {"reed", 3, reed},
};

}  // namespace

WaveBank::WaveBank(int frames, Recipe recipe) : frames_(frames) {
  for (int level = 0; level < kLevels; ++level) {
    const int bits = table_bits(level);
    offset_[static_cast<std::size_t>(level)] = frame_size_;
    shift_[static_cast<std::size_t>(level)] = 32 - bits;
    frame_size_ += (std::size_t{1} << bits) + 1;
  }
  samples_.resize(frame_size_ * static_cast<std::size_t>(frames));
  std::vector<Harmonic> harmonics(static_cast<std::size_t>(harmonics_of(0)) + 1);
  for (int frame = 0; frame < frames; ++frame) {
    const double place = frames > 1 ? static_cast<double>(frame) / (frames - 1) : 0;
    for (std::size_t k = 1; k < harmonics.size(); ++k) harmonics[k] = recipe(static_cast<int>(k), place);
    for (int level = 0; level < kLevels; ++level) {
      const std::size_t size = std::size_t{1} << (32 - shift_[static_cast<std::size_t>(level)]);
      std::vector<std::complex<double>> spectrum(size);
      // Real part of (cosine - i sine) e^(i k t) is cosine cos(kt) + sine sin(kt).
      for (std::size_t k = 1; k <= static_cast<std::size_t>(harmonics_of(level)); ++k)
        spectrum[k] = {harmonics[k].cosine, -harmonics[k].sine};
      inverse_transform(spectrum);
      float* out =
          samples_.data() + static_cast<std::size_t>(frame) * frame_size_ + offset_[static_cast<std::size_t>(level)];
      for (std::size_t n = 0; n < size; ++n) out[n] = static_cast<float>(spectrum[n].real());
      out[size] = out[0];
    }
  }
}

int WaveBank::level(float frequency, float limit, int guess) noexcept {
  static const auto kFrequencies = [] {
    std::array<float, kLevels> most{};  // of a fundamental, as a part of `limit`
    for (int i = 0; i < kLevels; ++i) most[static_cast<std::size_t>(i)] = 1.0F / static_cast<float>(harmonics_of(i));
    return most;
  }();
  const float part = frequency / limit;
  int level = std::clamp(guess, 0, kLevels - 1);
  while (level < kLevels - 1 && part > kFrequencies[static_cast<std::size_t>(level)]) ++level;
  while (level > 0 && !(part > kFrequencies[static_cast<std::size_t>(level - 1)])) --level;
  return level;
}

std::shared_ptr<const WaveBank> wave_bank(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const WaveBank>, std::less<>> made;
  const std::lock_guard lock(mutex);
  if (const auto it = made.find(name); it != made.end()) return it->second;
  for (const Known& known : kWaves)
    if (name == known.name)
      return made.emplace(known.name, std::make_shared<const WaveBank>(known.frames, known.recipe)).first->second;
  return nullptr;
}

std::vector<std::string> wave_names() {
  std::vector<std::string> names;
  for (const Known& known : kWaves) names.emplace_back(known.name);
  return names;
}

}  // namespace figment::instruments
