// Stems whose truth is known: what is in them, how loud, and from whom it leaked.
#include "separation/stem_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/random.h"

namespace figment::separation {
namespace {

constexpr double kReportRate = 44100;

using Sound = std::vector<float>;

Sound still(double seconds) { return Sound(static_cast<std::size_t>(seconds * kReportRate), 0.0F); }

// Bursts of noise that die away: hits every `every` seconds from `first`.
Sound hits(double seconds, double every, double first, std::uint64_t seed) {
  Sound x = still(seconds);
  Random random(seed);
  for (double at = first; at < seconds; at += every)
    for (auto i = static_cast<std::size_t>(at * kReportRate); i < std::min(x.size(), static_cast<std::size_t>((at + 0.2) * kReportRate)); ++i)
      x[i] += static_cast<float>(0.4 * std::exp(-25 * (static_cast<double>(i) / kReportRate - at)) * random.uniform(-1, 1));
  return x;
}

// A tone with partials that swells at a rate of its own.
Sound swelling(double seconds, double hz, double swells) {
  Sound x = still(seconds);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double t = static_cast<double>(i) / kReportRate;
    double y = 0;
    for (int p = 1; p <= 8; ++p) y += std::sin(2 * std::numbers::pi * hz * p * t) / p;
    x[i] = static_cast<float>(0.15 * y * (0.55 + 0.45 * std::sin(2 * std::numbers::pi * swells * t)));
  }
  return x;
}

Sound times(Sound x, double gain) {
  for (float& v : x) v *= static_cast<float>(gain);
  return x;
}

Sound plus(Sound a, const Sound& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

StemReport report_of(const std::vector<std::pair<std::string, Sound>>& stems, const Sound* mix = nullptr, std::int64_t piece = 10007) {
  Sound sum(stems.front().second.size(), 0.0F);
  std::vector<std::string> names;
  for (const auto& [name, sound] : stems) names.push_back(name), sum = plus(std::move(sum), sound);
  if (mix != nullptr) sum = *mix;
  StemMeter meter(Hertz{kReportRate}, 1, names, true);
  const auto frames = static_cast<std::int64_t>(sum.size());
  const auto view = [&](const Sound& s) { return audio::AudioView(s.data(), frames, 1, frames, Hertz{kReportRate}); };
  for (std::int64_t at = 0; at < frames; at += piece) {
    std::vector<audio::AudioView> views;
    for (const auto& stem : stems) views.push_back(view(stem.second).part(at, piece));
    meter.add(view(sum).part(at, piece), views);
  }
  return meter.result();
}

const StemFacts& of(const StemReport& report, const std::string& stem) {
  return *std::find_if(report.stems.begin(), report.stems.end(), [&](const StemFacts& f) { return f.name == stem; });
}

TEST(StemReport, RealStemsAreToldAsTheyAre) {
  const Sound drums = hits(12, 0.5, 0.1, 1), pad = swelling(12, 220, 0.31);
  const StemReport report = report_of({{"drums", drums}, {"other", pad}});
  double d = 0, p = 0, m = 0;
  for (std::size_t i = 0; i < drums.size(); ++i) d += drums[i] * drums[i], p += pad[i] * pad[i], m += (drums[i] + pad[i]) * (drums[i] + pad[i]);
  EXPECT_NEAR(of(report, "drums").share_db, 10 * std::log10(d / m), 0.01);
  EXPECT_NEAR(of(report, "other").share_db, 10 * std::log10(p / m), 0.01);
  EXPECT_NEAR(of(report, "other").active, 1, 0.05);
  EXPECT_GT(of(report, "drums").active, 0.2);
  EXPECT_LT(of(report, "drums").active, 0.6) << "200 ms that die away in each half second";
  EXPECT_LT(report.left_over_db, -120);
  for (const StemFacts& facts : report.stems) {
    EXPECT_EQ(facts.ghost, Ghost::No) << facts.name << ": " << facts.remark;
    EXPECT_LT(facts.like[0].explained, 0.5) << facts.name << " plays by itself";
  }
}

TEST(StemReport, WhatLeakedInEachBandAtItsOwnGainIsKnownByItsRiseAndFall) {
  const Sound drums = hits(12, 0.5, 0.1, 1), pad = swelling(12, 220, 0.31);
  // What a filter and a gain of -16 dB leave of the drums.
  Sound leak(drums.size());
  for (std::size_t i = 2; i < drums.size(); ++i) leak[i] = 0.16F * (drums[i] + 0.5F * drums[i - 1] - 0.3F * drums[i - 2]);
  const StemReport report = report_of({{"drums", drums}, {"other", times(pad, 0.3)}, {"vocals", leak}});
  EXPECT_EQ(of(report, "vocals").ghost, Ghost::Leaked);
  EXPECT_NE(of(report, "vocals").remark.find("drums"), std::string::npos) << of(report, "vocals").remark;
  EXPECT_GT(of(report, "vocals").like[0].explained, 0.9);
  EXPECT_LT(of(report, "vocals").like[1].explained, 0.3) << "not from the pad";
  EXPECT_EQ(of(report, "drums").ghost, Ghost::No) << "the louder one is no ghost of the quieter";
}

TEST(StemReport, AVoiceAsQuietAsALeakIsNone) {
  const Sound drums = hits(12, 0.5, 0.1, 1);
  const StemReport report = report_of({{"drums", drums}, {"vocals", times(swelling(12, 330, 0.43), 0.16)}});
  EXPECT_LT(of(report, "vocals").share_db, -6);
  EXPECT_EQ(of(report, "vocals").ghost, Ghost::No) << of(report, "vocals").remark;
}

TEST(StemReport, FaintMeansNowhereMoreThanTraces) {
  const Sound pad = swelling(40, 220, 0.31);
  Sound once = still(40);
  const Sound shout = swelling(0.4, 500, 1);
  std::copy(shout.begin(), shout.end(), once.begin() + 20 * 44100);
  const StemReport traces = report_of({{"other", pad}, {"vocals", times(swelling(40, 600, 0.77), 0.02)}});
  EXPECT_EQ(of(traces, "vocals").ghost, Ghost::Faint);
  const StemReport real = report_of({{"other", pad}, {"vocals", times(once, 0.6)}});
  EXPECT_LT(of(real, "vocals").share_db, -20);
  EXPECT_GT(of(real, "vocals").strongest_db, -15);
  EXPECT_EQ(of(real, "vocals").ghost, Ghost::No) << "one short shout is a voice";
}

TEST(StemReport, SilenceIsSilent) {
  const StemReport report = report_of({{"drums", hits(5, 0.5, 0.1, 1)}, {"bass", still(5)}});
  EXPECT_EQ(of(report, "bass").ghost, Ghost::Silent);
  EXPECT_EQ(of(report, "bass").loudness.value, -200);
  EXPECT_EQ(of(report, "bass").active, 0);
  const StemReport nothing = report_of({{"drums", still(1)}, {"bass", still(1)}});
  for (const StemFacts& facts : nothing.stems) EXPECT_EQ(facts.ghost, Ghost::Silent);
}

TEST(StemReport, WhatIsMissingFromTheSumIsMeasured) {
  const Sound drums = hits(8, 0.5, 0.1, 1), mix = times(drums, 1 / 0.9);
  EXPECT_NEAR(report_of({{"drums", drums}}, &mix).left_over_db, -20, 0.01) << "a tenth of the amplitude";
}

TEST(StemReport, PiecesChangeNothing) {
  const Sound drums = hits(5, 0.5, 0.1, 1), pad = swelling(5, 220, 0.31);
  const StemReport a = report_of({{"drums", drums}, {"other", pad}}, nullptr, 1 << 20), b = report_of({{"drums", drums}, {"other", pad}}, nullptr, 777);
  for (std::size_t s = 0; s < 2; ++s) {
    EXPECT_NEAR(a.stems[s].share_db, b.stems[s].share_db, 1e-9);
    EXPECT_EQ(a.stems[s].active, b.stems[s].active);
    EXPECT_EQ(a.stems[s].true_peak, b.stems[s].true_peak);
    EXPECT_NEAR(a.stems[s].like[0].explained, b.stems[s].like[0].explained, 1e-9);
  }
}

}  // namespace
}  // namespace figment::separation
