// Made sounds whose beats are known go onto other grids; where they then lie is read off the samples.
#include "sampling/fit.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <numbers>

#include "analysis/test_sounds.h"
#include "audio/file.h"

namespace figment::sampling {
namespace {

namespace made = analysis::testing;

class Fit : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "figment-fit-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const made::Samples& sound) {
    const auto frames = static_cast<std::int64_t>(sound.size());
    audio::write_audio(folder_ / "in.wav", {sound.data(), frames, 1, frames, Hertz{44100}}, audio::FileFormat::WavFloat);
    return folder_ / "in.wav";
  }
  audio::AudioBuffer run(const std::filesystem::path& file, const FitSettings& settings, Hertz rate, Seam* seam = nullptr) {
    const std::int64_t frames = fitted_frames(settings, rate);
    {
      audio::WaveWriter out(folder_ / "out.wav", audio::WaveSamples::Float32, rate, 1, frames);
      const Seam s = fit(file, settings, 1, out, folder_, Progress());
      if (seam != nullptr) *seam = s;
      out.commit();
    }
    const audio::WaveReader reader(folder_ / "out.wav");
    audio::AudioBuffer sound(1, frames, rate);
    reader.read(0, sound.block());
    return sound;
  }

  std::filesystem::path folder_;
};

// ms from where an attack should be to where the samples first rise to a quarter of what follows.
double offset_ms(const audio::AudioBuffer& sound, double at) {
  const double rate = sound.rate().value;
  const auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>((at - 0.03) * rate)), last = std::min(sound.frames(), static_cast<std::int64_t>((at + 0.04) * rate));
  float most = 0;
  for (std::int64_t n = first; n < last; ++n) most = std::max(most, std::abs(sound.channel(0)[n]));
  for (std::int64_t n = first; n < last; ++n)
    if (std::abs(sound.channel(0)[n]) > most / 4) return 1000 * (static_cast<double>(n) / rate - at);
  return 1000;
}

TEST_F(Fit, WanderingBeatsLieOnTheGridAtAnotherRate) {
  made::Samples sound = made::silence(20);
  score::Warp warp;
  double at = 0.4;
  for (int beat = 0; beat <= 32; ++beat) {
    made::strike(sound, at, 0.6, 0.03);
    warp.points.push_back({Seconds{at}, Beats{static_cast<double>(beat)}});
    at += 0.52 + 0.05 * std::sin(beat * 0.7);
  }
  for (const double rate : {44100.0, 48000.0}) {
    FitSettings settings{warp, score::TempoMap(Bpm{128}), 0, false, 0};
    const audio::AudioBuffer fitted = run(write(sound), settings, Hertz{rate});
    EXPECT_EQ(fitted.frames(), std::llround(32 * 60 / 128.0 * rate));
    for (int beat = 1; beat < 32; ++beat) EXPECT_NEAR(offset_ms(fitted, beat * 60 / 128.0), 0, 3) << "beat " << beat;
  }
}

TEST_F(Fit, ATempoChangeOfTheSongIsFollowedInsideASteadySound) {
  made::Samples sound = made::silence(17);
  for (int beat = 0; beat <= 32; ++beat) made::strike(sound, 0.25 + 0.5 * beat, 0.6, 0.03);
  const score::TempoMap tempo({{Beats{0}, Bpm{110}}, {Beats{16}, Bpm{135}}});
  const audio::AudioBuffer fitted = run(write(sound), {{{{Seconds{0.25}, Beats{0}}, {Seconds{16.25}, Beats{32}}}, false}, tempo, 0, false, 0}, Hertz{44100});
  for (int beat = 1; beat < 32; ++beat) EXPECT_NEAR(offset_ms(fitted, tempo.seconds(Beats{static_cast<double>(beat)}).value), 0, 3) << "beat " << beat;
}

// A tone that is cut anywhere would click at the seam.
TEST_F(Fit, LoopsCloseWithoutAStep) {
  made::Samples sound = made::silence(10);
  for (std::size_t n = 0; n < sound.size(); ++n) sound[n] = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * 313.7 * static_cast<double>(n) / 44100));
  struct Case {
    double start;
    bool circular;
  };
  // Also where only a few milliseconds come before the start: bars of recordings often begin there.
  for (const auto& [start, circular] : {Case{1, false}, Case{0, true}, Case{0.012, false}, Case{0.005, false}}) {
    Seam seam;
    const score::Warp warp{{{Seconds{start}, Beats{0}}, {Seconds{circular ? 10.0 : 9.0}, Beats{16}}}, circular};
    const audio::AudioBuffer fitted = run(write(sound), {warp, score::TempoMap(Bpm{125}), 0, false, 0}, Hertz{44100}, &seam);
    const float* x = fitted.channel(0);
    const std::int64_t n = fitted.frames();
    // No step at the seam is larger than the tone's own steepest step, by a good margin.
    const double steepest = 0.5 * 2 * std::numbers::pi * 313.7 / 44100;
    EXPECT_LT(std::abs(x[0] - x[n - 1]), 1.5 * steepest);
    EXPECT_LT(seam.step.value, -20);
    EXPECT_LT(seam.slope.value, 0);
  }
}

TEST_F(Fit, WhereNothingComesBeforeTheEndFallsSilent) {
  made::Samples sound = made::silence(4.2);
  for (float& x : sound) x = 0.4F;
  const audio::AudioBuffer fitted = run(write(sound), {{{{Seconds{0}, Beats{0}}, {Seconds{4}, Beats{8}}}, false}, score::TempoMap(Bpm{120}), 0, false, 0}, Hertz{44100});
  EXPECT_LT(std::abs(fitted.channel(0)[fitted.frames() - 1]), 0.02);
}

TEST_F(Fit, WhatIsOnTheGridAlreadyIsLaidSampleBySample) {
  // 100 bpm from half a second before the sound, beats that wander, and a song that wanders with them.
  made::Samples sound = made::silence(10);
  for (std::size_t i = 0; i < sound.size(); ++i) sound[i] = 0.5F * static_cast<float>(std::sin(0.05 * static_cast<double>(i) + 1e-7 * static_cast<double>(i * i)));
  FitSettings settings;
  std::vector<score::TempoChange> changes;
  double at = -0.5;
  for (int b = 0; b <= 16; ++b) {
    const double length = b % 3 == 0 ? 0.61 : 0.577;
    settings.warp.points.push_back({Seconds{at}, Beats{static_cast<double>(b)}});
    if (b < 16) changes.push_back({Beats{static_cast<double>(b)}, Bpm{60 / length}});
    at += length;
  }
  settings.tempo = score::TempoMap(changes);
  const audio::AudioBuffer laid = run(write(sound), settings, Hertz{44100});
  const std::int64_t shift = 22050;
  for (std::int64_t n = 0; n < shift; ++n) ASSERT_EQ(laid.channel(0)[n], 0) << n;
  for (std::int64_t n = shift; n < laid.frames() - 4410; ++n) ASSERT_EQ(laid.channel(0)[n], sound[static_cast<std::size_t>(n - shift)]) << n;
  // A little faster, and it is stretched.
  changes.front().tempo = Bpm{changes.front().tempo.value * 1.01};
  settings.tempo = score::TempoMap(changes);
  const audio::AudioBuffer stretched = run(write(sound), settings, Hertz{44100});
  bool same = true;
  for (std::int64_t n = 44100; n < 88200; ++n) same = same && stretched.channel(0)[n] == sound[static_cast<std::size_t>(n - shift)];
  EXPECT_FALSE(same);
}

TEST_F(Fit, ErrorsAreMeasuredInMilliseconds) {
  FitSettings settings{{{{Seconds{0}, Beats{0}}, {Seconds{8.8}, Beats{16}}}, false}, score::TempoMap(Bpm{120}), 0, false, 0};
  // 0.55 s a beat against 0.5: beat n is n · 50 ms late.
  const BeatErrors before = errors_before(settings);
  EXPECT_NEAR(before.median_ms, 400, 51);
  EXPECT_NEAR(before.worst_ms, 750, 1);
  std::vector<analysis::Attack> attacks;
  for (int b = 0; b < 16; ++b) attacks.push_back({Seconds{0.5 * b + (b == 7 ? 0.02 : 0.004)}, 0.8F});
  const BeatErrors after = errors_after(attacks, settings);
  EXPECT_EQ(after.beats, 16);
  EXPECT_NEAR(after.median_ms, 4, 0.01);
  EXPECT_NEAR(after.worst_ms, 20, 0.01);
}

}  // namespace
}  // namespace figment::sampling
