#include "build/picture.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "audio/wave.h"
#include "base/error.h"
#include "draw/canvas.h"
#include "dsp/fft.h"
#include "score/tempo_map.h"

namespace figment::build {
namespace {

constexpr int kWidth = 1600, kHeight = 900;
constexpr int kLeft = 60, kRight = 20;
constexpr int kColumns = kWidth - kLeft - kRight;
constexpr int kFft = 4096;
constexpr int kRows = 430;                       // of the spectrogram
constexpr double kLowest = 30, kHighest = 20000; // Hz
constexpr double kRange = 90;                    // dB

struct Column {
  float low = 0, high = 0;
  double power = 0;
  std::int64_t count = 0;
};

}  // namespace

void draw_picture(const song::Song& song, const std::filesystem::path& sound, const std::vector<Lufs>& short_term,
                  const std::string& caption, const std::filesystem::path& png) {
  const audio::WaveReader reader(sound);
  const std::int64_t frames = std::max<std::int64_t>(reader.frames(), 1);
  const Hertz rate = reader.rate();
  const double seconds = to_seconds(Frames{frames}, rate).value;

  // Each row of the spectrogram shows the strongest bin among those it covers.
  std::array<std::pair<int, int>, kRows> bins;
  for (int row = 0; row < kRows; ++row) {
    const auto bin = [&](int r) { return static_cast<int>(kLowest * std::pow(kHighest / kLowest, static_cast<double>(r) / kRows) / rate.value * kFft); };
    bins[static_cast<std::size_t>(row)].first = std::clamp(bin(row), 1, kFft / 2);
    bins[static_cast<std::size_t>(row)].second = std::clamp(bin(row + 1), bins[static_cast<std::size_t>(row)].first, kFft / 2);
  }

  // Each column gathers its samples, and its spectrum from one window at its middle.
  std::vector<Column> columns(kColumns);
  std::vector<std::array<float, kRows>> spectra(kColumns);
  dsp::RealFft fft(kFft);
  const auto window = dsp::hann(kFft);
  audio::AudioBuffer piece(reader.channels(), std::max<std::int64_t>(frames / kColumns + 1, kFft), rate);
  for (int x = 0; x < kColumns; ++x) {
    const std::int64_t from = x * frames / kColumns, to = (x + 1) * frames / kColumns;
    Column& column = columns[static_cast<std::size_t>(x)];
    const audio::AudioBlock own = piece.block().part(0, to - from);
    reader.read(from, own);
    for (int c = 0; c < own.channels(); ++c) {
      float power = 0;
      for (std::int64_t n = 0; n < own.frames(); ++n) {
        const float v = own.channel(c)[n];
        column.low = std::min(column.low, v);
        column.high = std::max(column.high, v);
        power += v * v;
      }
      column.power += power;
      column.count += own.frames();
    }

    const audio::AudioBlock around = piece.block().part(0, kFft);
    reader.read((2 * x + 1) * frames / (2 * kColumns) - kFft / 2, around);
    for (int n = 0; n < kFft; ++n) {
      float sum = 0;
      for (int c = 0; c < around.channels(); ++c) sum += around.channel(c)[n];
      fft.time()[static_cast<std::size_t>(n)] = sum / static_cast<float>(around.channels()) * window[static_cast<std::size_t>(n)];
    }
    fft.forward();
    for (std::size_t row = 0; row < kRows; ++row) {
      float strongest = 0;
      for (int k = bins[row].first; k <= bins[row].second; ++k) strongest = std::max(strongest, std::norm(fft.spectrum()[static_cast<std::size_t>(k)]));
      spectra[static_cast<std::size_t>(x)][row] = 10 * std::log10(strongest / (kFft / 4.0F) / (kFft / 4.0F) + 1e-12F);
    }
  }

  draw::Canvas s(kWidth, kHeight);
  s.colour(draw::kTitle);
  s.text(kLeft, 38, 26, song.title);
  s.colour(draw::kText);
  s.text(kLeft, 62, 14, caption);

  // Sections, waveform.
  constexpr double kWaveTop = 80, kWaveHeight = 240;
  const score::TempoMap tempo(song.tempo);
  const auto x_of = [&](double t) { return kLeft + t / seconds * kColumns; };
  for (const song::Section& section : song.sections) {
    const double x0 = x_of(tempo.seconds(song.metre.bar() * (section.bar - 1.0)).value);
    const double x1 = x_of(tempo.seconds(song.metre.bar() * (section.bar - 1.0 + section.bars)).value);
    s.colour(draw::heat(0.25 + 0.55 * section.energy), 0.20);
    s.box(x0, kWaveTop, x1 - x0 - 1, kWaveHeight);
    s.colour({0.85, 0.85, 0.88});
    s.text_inside(x0 + 4, kWaveTop + 14, 12, section.name, x0, kWaveTop, x1 - x0 - 2, 20);
  }
  const double middle = kWaveTop + 20 + (kWaveHeight - 20) / 2, half = (kWaveHeight - 20) / 2;
  for (int x = 0; x < kColumns; ++x) {
    const Column& column = columns[static_cast<std::size_t>(x)];
    s.wave(kLeft + x, middle, half, column.low, column.high, column.count > 0 ? std::sqrt(column.power / static_cast<double>(column.count)) : 0);
  }

  // Loudness.
  constexpr double kLoudTop = 335, kLoudHeight = 70;
  const auto y_of = [&](double lufs) { return kLoudTop + (0 - std::clamp(lufs, -40.0, 0.0)) / 40 * kLoudHeight; };
  for (int lufs = -40; lufs <= 0; lufs += 10) {
    s.colour(draw::kFaint);
    s.box(kLeft, y_of(lufs), kColumns, 1);
    s.colour({0.6, 0.6, 0.65});
    s.text(14, y_of(lufs) + 4, 11, std::to_string(lufs));
  }
  s.text(kLeft + 4, kLoudTop + kLoudHeight - 4, 11, "short-term loudness, LUFS");
  s.colour(draw::kCurve);
  std::vector<std::pair<double, double>> curve;
  for (std::size_t i = 0; i < short_term.size(); ++i) curve.emplace_back(x_of(static_cast<double>(i) + 1), y_of(short_term[i].value));
  s.line(curve, 2);

  // Spectrogram, written pixel by pixel.
  constexpr int kSpecTop = 425;
  for (int x = 0; x < kColumns; ++x)
    for (int row = 0; row < kRows; ++row)
      s.pixel(kLeft + x, kSpecTop + kRows - 1 - row, draw::heat(1 + spectra[static_cast<std::size_t>(x)][static_cast<std::size_t>(row)] / kRange));
  s.colour({0.6, 0.6, 0.65});
  for (const int hz : {50, 100, 200, 500, 1000, 2000, 5000, 10000}) {
    const double y = kSpecTop + kRows * (1 - std::log(hz / kLowest) / std::log(kHighest / kLowest));
    s.text(14, y + 4, 11, hz >= 1000 ? std::to_string(hz / 1000) + "k" : std::to_string(hz));
  }
  const double step = seconds > 600 ? 120 : seconds > 120 ? 20 : seconds > 40 ? 10 : seconds > 10 ? 2 : 1;
  for (double t = 0; t < seconds; t += step) s.text(x_of(t), kSpecTop + kRows + 18, 11, draw::clock_text(t));

  s.save(png);
}

}  // namespace figment::build
