#include "studio/master_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "draw/canvas.h"

namespace figment::studio {
namespace {

using analysis::BandLevels;
using analysis::Measures;
using draw::Colour;

constexpr int kWidth = 1600, kHeight = 900, kLeft = 70;
constexpr int kColumns = analysis::kOutlineParts;
constexpr Colour kBefore{0.55, 0.58, 0.66}, kAfter{0.98, 0.78, 0.35}, kWanted{0.45, 0.85, 0.60};

void waveform(draw::Canvas& s, const Measures& m, const char* name, double top, double height) {
  const double middle = top + height / 2, half = height / 2;
  for (const double level : {1.0, 0.5, 0.0, -0.5, -1.0}) {
    s.colour(draw::kFaint);
    s.box(kLeft, middle - level * half, kColumns, 1);
  }
  // Beyond full scale the picture is cut, the numbers are not.
  const auto inside = [](double v) { return std::clamp(v, -1.0, 1.0); };
  for (std::size_t x = 0; x < m.outline.size(); ++x) {
    const auto& part = m.outline[x];
    s.wave(kLeft + static_cast<double>(x), middle, half, inside(part.low), inside(part.high), inside(std::sqrt(part.power)));
  }
  s.colour(draw::kTitle);
  s.text(14, top + 14, 12, name);
  s.colour(draw::kText);
  s.text(kLeft, top - 6, 12, fmt::format("{:.1f} LUFS · LRA {:.1f} LU · {:.1f} dBTP · peak {:.1f} dBFS · PLR {:.1f} dB", m.loudness.integrated.value,
                                         m.loudness.range, m.loudness.true_peak.value, m.loudness.sample_peak.value, m.plr_db()));
}

void curve(draw::Canvas& s, const std::vector<std::pair<double, double>>& points, Colour colour, double width) {
  s.colour(colour);
  s.line(points, width);
}

void loudness(draw::Canvas& s, const Mastered& m, double top, double height) {
  constexpr double kLowest = -40;
  const auto y_of = [&](double lufs) { return top + std::clamp(lufs, kLowest, 0.0) / kLowest * height; };
  for (int lufs = -40; lufs <= 0; lufs += 10) {
    s.colour(draw::kFaint);
    s.box(kLeft, y_of(lufs), kColumns, 1);
    s.colour(draw::kText);
    s.text(14, y_of(lufs) + 4, 11, fmt::format("{}", lufs));
  }
  s.text(kLeft + 4, top + height - 5, 11, "short-term loudness, LUFS; dashed: the target");
  const double seconds = std::max(m.before.length().value, 1e-3);
  const auto line = [&](const Measures& of, Colour colour) {
    std::vector<std::pair<double, double>> points;
    for (std::size_t i = 0; i < of.short_term.size(); ++i) points.emplace_back(kLeft + std::min(1.0, (static_cast<double>(i) + 1) / seconds) * kColumns, y_of(of.short_term[i].value));
    if (points.size() == 1) points.emplace_back(points[0].first + 20, points[0].second);
    curve(s, points, colour, 2);
  };
  line(m.before, kBefore);
  line(m.after, kAfter);
  s.colour(kWanted);
  for (int x = 0; x < kColumns; x += 14) s.box(kLeft + x, y_of(m.target.value), 8, 1);
  s.colour(draw::kText);
  const double step = draw::time_step(seconds);
  for (double t = 0; t < seconds; t += step) s.text(kLeft + t / seconds * kColumns, top + height + 16, 11, draw::clock_text(t, step < 1));
}

// Levels are drawn relative to their own mean over the middle bands: it is the shape that is compared.
void spectra(draw::Canvas& s, const Mastered& m, double top, double height) {
  constexpr double kHigh = 20, kLow = -50;
  const auto x_of = [](int band) { return kLeft + (band + 0.5) / analysis::kBands * kColumns; };
  const auto y_of = [&](double db) { return top + (kHigh - std::clamp(db, kLow, kHigh)) / (kHigh - kLow) * height; };
  for (int db = -50; db <= 20; db += 10) {
    s.colour(draw::kFaint);
    s.box(kLeft, y_of(db), kColumns, 1);
    s.colour(draw::kText);
    s.text(14, y_of(db) + 4, 11, fmt::format("{}", db));
  }
  for (int b = 0; b < analysis::kBands; b += 3) {
    const double f = analysis::nominal_hertz(b);
    s.text(x_of(b) - 12, top + height + 16, 11, f >= 1000 ? fmt::format("{:g}k", f / 1000) : fmt::format("{:g}", f));
  }
  const auto draw = [&](const BandLevels& levels, Colour colour, double width) {
    double mean = 0;
    for (std::size_t b = 7; b <= 24; ++b) mean += std::max(levels[b], -120.0) / 18;
    std::vector<std::pair<double, double>> points;
    for (int b = 0; b < analysis::kBands; ++b) points.emplace_back(x_of(b), y_of(levels[static_cast<std::size_t>(b)] - mean));
    curve(s, points, colour, width);
  };
  // What the equalizer did, as bars from 0.
  for (int b = 0; b < analysis::kBands; ++b) {
    const double gain = m.equalizer_db[static_cast<std::size_t>(b)];
    s.colour({0.55, 0.35, 0.75}, 0.45);
    s.box(x_of(b) - 12, y_of(std::max(gain, 0.0)), 24, std::fabs(y_of(gain) - y_of(0)));
  }
  draw(m.before.spectrum, kBefore, 2);
  if (m.wanted) draw(m.wanted->spectrum, kWanted, 3);
  draw(m.after.spectrum, kAfter, 2);
  double x = kLeft + 4;
  const auto label = [&](const char* words, Colour colour) {
    s.colour(colour);
    s.text(x, top + 16, 12, words);
    x += 80;
  };
  label("before", kBefore);
  label("after", kAfter);
  if (m.wanted) label("reference", kWanted);
  label("equalizer, dB", {0.70, 0.52, 0.88});
  s.colour(draw::kText);
  s.text(kLeft + 4, top + height - 5, 11, "third octaves, dB, each relative to its own middle");
}

}  // namespace

void draw_mastering(const Mastered& m, const std::filesystem::path& png) {
  draw::Canvas s(kWidth, kHeight);
  s.colour(draw::kTitle);
  s.text(kLeft, 36, 24, m.file.filename().string());
  s.colour(draw::kText);
  std::string caption = fmt::format("target {:.1f} LUFS, {:.1f} dBTP", m.target.value, m.ceiling.value);
  if (m.wanted) caption += " · like " + m.reference.filename().string();
  else if (!m.balance.empty()) caption += " · towards the balance “" + m.balance + "”";
  for (const std::string& done : m.done) caption += " · " + done;
  s.text(kLeft, 60, 13, caption);
  waveform(s, m.before, "before", 92, 150);
  waveform(s, m.after, "after", 272, 150);
  loudness(s, m, 440, 110);
  spectra(s, m, 590, 280);
  s.save(png);
}

}  // namespace figment::studio
