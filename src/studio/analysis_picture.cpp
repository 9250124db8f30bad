#include "studio/analysis_picture.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "audio/sound_stream.h"
#include "draw/canvas.h"
#include "dsp/fft.h"
#include "studio/out_file.h"

namespace figment::studio {
namespace {

using analysis::SoundAnalysis;

constexpr int kWidth = 1600, kHeight = 1080, kLeft = 60, kRight = 20, kColumns = kWidth - kLeft - kRight;
constexpr int kFft = 4096, kRows = 400;
constexpr double kLowest = 30, kHighest = 20000, kRange = 90;
constexpr double kWaveTop = 80, kWaveHeight = 240, kLoudTop = 345, kLoudHeight = 70;
constexpr int kChromaTop = 430, kChromaRow = 13, kSpecTop = kChromaTop + 12 * kChromaRow + 20;

struct Column {
  float low = 0, high = 0;
  double power = 0;
  std::int64_t count = 0;
  std::array<float, kRows> spectrum{};
};

// One pass: each column gathers its samples, and its spectrum from one window around its middle.
std::vector<Column> look(const std::filesystem::path& sound, std::int64_t frames, const Progress& progress) {
  audio::SoundStream stream(sound);
  std::vector<Column> columns(kColumns);
  dsp::RealFft fft(kFft);
  const auto window = dsp::hann(kFft);
  std::array<std::pair<int, int>, kRows> bins;
  for (int row = 0; row < kRows; ++row) {
    const auto bin = [&](int r) { return static_cast<int>(kLowest * std::pow(kHighest / kLowest, static_cast<double>(r) / kRows) / stream.rate().value * kFft); };
    bins[static_cast<std::size_t>(row)].first = std::clamp(bin(row), 1, kFft / 2);
    bins[static_cast<std::size_t>(row)].second = std::clamp(bin(row + 1), bins[static_cast<std::size_t>(row)].first, kFft / 2);
  }
  std::vector<float> recent(kFft / 2, 0.0F);       // mono, from frame `begin`
  std::int64_t begin = -kFft / 2, at = 0;
  std::int64_t next = 0;                           // column whose spectrum is due
  const auto spectra = [&](bool last) {
    for (; next < kColumns; ++next) {
      const std::int64_t first = (2 * next + 1) * frames / (2 * kColumns) - kFft / 2;
      if (!last && first + kFft > begin + static_cast<std::int64_t>(recent.size())) break;
      for (int n = 0; n < kFft; ++n) {
        const std::int64_t i = first + n - begin;
        fft.time()[static_cast<std::size_t>(n)] = i >= 0 && i < static_cast<std::int64_t>(recent.size()) ? recent[static_cast<std::size_t>(i)] * window[static_cast<std::size_t>(n)] : 0;
      }
      fft.forward();
      for (std::size_t row = 0; row < kRows; ++row) {
        float strongest = 0;
        for (int k = bins[row].first; k <= bins[row].second; ++k) strongest = std::max(strongest, std::norm(fft.spectrum()[static_cast<std::size_t>(k)]));
        columns[static_cast<std::size_t>(next)].spectrum[row] = 10 * std::log10(strongest / (kFft / 4.0F) / (kFft / 4.0F) + 1e-12F);
      }
    }
    const std::int64_t keep = std::min((2 * next + 1) * frames / (2 * kColumns) - kFft / 2, begin + static_cast<std::int64_t>(recent.size()));
    if (keep > begin + (1 << 16)) {
      recent.erase(recent.begin(), recent.begin() + (keep - begin));
      begin = keep;
    }
  };
  for (audio::AudioView view = stream.read(1 << 15); !view.empty(); view = stream.read(1 << 15)) {
    for (std::int64_t n = 0; n < view.frames(); ++n) {
      Column& column = columns[static_cast<std::size_t>(std::min<std::int64_t>(kColumns - 1, (at + n) * kColumns / frames))];
      float sum = 0;
      for (int c = 0; c < view.channels(); ++c) {
        const float v = view.channel(c)[n];
        column.low = std::min(column.low, v);
        column.high = std::max(column.high, v);
        column.power += v * v;
        sum += v;
      }
      column.count += view.channels();
      recent.push_back(sum / static_cast<float>(view.channels()));
    }
    at += view.frames();
    spectra(false);
    progress.set(std::min(1.0, static_cast<double>(at) / static_cast<double>(frames)), "drawing");
  }
  spectra(true);
  return columns;
}

std::string caption_of(const SoundAnalysis& a) {
  std::string text = draw::clock_text(a.length.value, true) + "   ";
  if (a.grid.tempo.value > 0) text += plain_number(a.grid.tempo.value, 2) + " bpm (" + plain_number(a.grid.confidence, 2) + ")   " + a.metre().text() + "   ";
  if (a.harmony.key.confidence > 0) text += a.harmony.key.key.text() + " (" + plain_number(a.harmony.key.confidence, 2) + ")   ";
  return text + plain_number(a.loudness.integrated.value, 1) + " LUFS   " + plain_number(a.loudness.true_peak.value, 1) + " dBTP";
}

}  // namespace

void draw_analysis(const std::filesystem::path& sound, const SoundAnalysis& a, const std::filesystem::path& png, const Progress& progress) {
  const std::int64_t frames = std::max<std::int64_t>(a.source.frames, 1);
  const analysis::Tonality notes = analysis::find_notes(analysis::listen(sound, progress.part(0, 0.5)).features);
  const std::vector<Column> columns = look(sound, frames, progress.part(0.5, 1));
  const double seconds = std::max(a.length.value, 1e-3);
  const auto x_of = [&](double t) { return kLeft + t / seconds * kColumns; };

  draw::Canvas s(kWidth, kHeight);
  s.colour(draw::kTitle);
  s.text(kLeft, 38, 26, sound.filename().string());
  s.colour(draw::kText);
  s.text(kLeft, 62, 14, caption_of(a));

  for (const analysis::HeardSection& section : a.sections) {
    const double x0 = x_of(section.start.value), x1 = x_of(section.end.value);
    s.colour(draw::heat(0.2 + 0.13 * (section.label[0] - 'A' + 1) - std::floor(0.13 * (section.label[0] - 'A' + 1) / 0.7) * 0.7), 0.22);
    s.box(x0, kWaveTop, x1 - x0 - 1, kWaveHeight);
    s.colour({0.85, 0.85, 0.88});
    s.text_inside(x0 + 4, kWaveTop + 14, 12, section.label, x0, kWaveTop, x1 - x0 - 2, 20);
  }
  const double middle = kWaveTop + 20 + (kWaveHeight - 40) / 2, half = (kWaveHeight - 40) / 2;
  float peak = 0.05F;
  for (const Column& c : columns) peak = std::max({peak, c.high, -c.low});
  for (int x = 0; x < kColumns; ++x) {
    const Column& c = columns[static_cast<std::size_t>(x)];
    s.wave(kLeft + x, middle, half / peak, c.low, c.high, c.count > 0 ? std::sqrt(c.power / static_cast<double>(c.count)) : 0);
  }
  // Beats where there is room for them; downbeats go all the way.
  const double beat_pixels = a.grid.tempo.value > 0 ? 60 / a.grid.tempo.value / seconds * kColumns : 0;
  for (std::size_t i = 0; i < a.grid.beats.size(); ++i) {
    const bool bar = a.grid.positions[i] == 1;
    if (beat_pixels * (bar ? std::max(a.grid.beats_per_bar, 1) : 1) < 5) continue;
    s.colour(bar ? draw::Colour{1.0, 0.45, 0.35} : draw::Colour{0.9, 0.9, 0.9}, bar ? 0.8 : 0.3);
    s.box(x_of(a.grid.beats[i].value) - 0.5, kWaveTop + 20, 1, kWaveHeight - 38);
  }
  double written = -1e9;
  for (const analysis::HeardChord& chord : a.harmony.chords) {
    const double x = x_of(chord.start.value);
    if (chord.none() || x < written + 34) continue;
    s.colour(draw::kTitle, 0.35 + 0.65 * chord.confidence);
    s.text(x + 2, kWaveTop + kWaveHeight - 4, 11, chord.chord.text(a.harmony.key.key.prefers_flats()));
    written = x;
  }

  const auto y_of = [&](double lufs) { return kLoudTop + (0 - std::clamp(lufs, -40.0, 0.0)) / 40 * kLoudHeight; };
  for (int lufs = -40; lufs <= 0; lufs += 10) {
    s.colour(draw::kFaint);
    s.box(kLeft, y_of(lufs), kColumns, 1);
    s.colour(draw::kText);
    s.text(14, y_of(lufs) + 4, 11, std::to_string(lufs));
  }
  s.text(kLeft + 4, kLoudTop + kLoudHeight - 4, 11, "short-term loudness, LUFS");
  std::vector<std::pair<double, double>> curve;
  for (std::size_t i = 0; i < a.short_term.size(); ++i) curve.emplace_back(x_of(static_cast<double>(i) + 1), y_of(a.short_term[i].value));
  s.colour(draw::kCurve);
  s.line(curve, 2);

  for (int p = 0; p < 12; ++p) {
    s.colour(draw::kText);
    s.text(30, kChromaTop + (12 - p) * kChromaRow - 2, 11, score::pitch_class_name(p, a.harmony.key.key.prefers_flats()));
  }
  for (int x = 0; x < kColumns; ++x) {
    const auto frame = static_cast<std::size_t>(std::min(static_cast<double>(x) / kColumns * seconds * analysis::kTonalRate, static_cast<double>(notes.treble.size()) - 1));
    if (frame >= notes.treble.size()) continue;
    const float most = std::max(*std::max_element(notes.treble[frame].begin(), notes.treble[frame].end()), 0.3F);
    for (std::size_t p = 0; p < 12; ++p) {
      s.colour(draw::heat(notes.treble[frame][p] / most));
      s.box(kLeft + x, kChromaTop + static_cast<int>(11 - p) * kChromaRow, 1, kChromaRow - 1);
    }
  }
  for (int x = 0; x < kColumns; ++x)
    for (int row = 0; row < kRows; ++row)
      s.pixel(kLeft + x, kSpecTop + kRows - 1 - row, draw::heat(1 + columns[static_cast<std::size_t>(x)].spectrum[static_cast<std::size_t>(row)] / kRange));
  s.colour(draw::kText);
  for (const int hz : {50, 100, 200, 500, 1000, 2000, 5000, 10000})
    s.text(14, kSpecTop + kRows * (1 - std::log(hz / kLowest) / std::log(kHighest / kLowest)) + 4, 11, hz >= 1000 ? std::to_string(hz / 1000) + "k" : std::to_string(hz));
  const double step = draw::time_step(seconds);
  for (double t = 0; t < seconds; t += step) s.text(x_of(t), kSpecTop + kRows + 18, 11, draw::clock_text(t, step < 1));
  s.save(png);
}

}  // namespace figment::studio
