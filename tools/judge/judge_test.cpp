// The judge judged: sounds whose truth is known.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <numbers>

#include "audio/file.h"
#include "base/random.h"
#include "grid.h"
#include "hearing.h"
#include "outside.h"
#include "spectrum.h"

namespace figment::judge {
namespace {

constexpr double kRate = 44100;

void click(std::vector<float>& sound, double at_s, Random& random) {
  const auto at = static_cast<std::size_t>(at_s * kRate);
  for (std::size_t k = 0; k < 900 && at + k < sound.size(); ++k)
    sound[at + k] += static_cast<float>(0.5 * random.uniform(-1.0, 1.0) * std::exp(-static_cast<double>(k) / 170));
}

TEST(Judge, HearsTheTempoOfClicks) {
  Random random(3);
  std::vector<float> sound(static_cast<std::size_t>(kRate * 30));
  for (int i = 0; i * 60 / 127.0 < 29.5; ++i) click(sound, i * 60 / 127.0, random);
  const HeardTempo heard = hear_tempo(sound, kRate);
  EXPECT_LT(std::min(tempo_error(heard.aubio_bpm, 127), tempo_error(heard.qm_bpm, 127)),
            0.01);  // the better, as judged
  EXPECT_GT(std::min(tempo_error(heard.aubio_bpm, 120), tempo_error(heard.qm_bpm, 120)), 0.03);
}

TEST(Judge, HearsAndRelatesKeys) {
  // I IV V I in D major, six partials a note.
  std::vector<float> sound(static_cast<std::size_t>(kRate * 24));
  const int chords[4][4] = {{62, 66, 69, 50}, {62, 67, 71, 55}, {61, 64, 69, 57}, {62, 66, 69, 50}};
  for (std::size_t n = 0; n < sound.size(); ++n) {
    const double t = static_cast<double>(n) / kRate;
    for (const int note : chords[static_cast<int>(t / 1.5) % 4])
      for (int p = 1; p <= 6; ++p)
        sound[n] += static_cast<float>(0.05 / p * std::sin(2 * std::numbers::pi * p * note_frequency(note).value * t));
  }
  const HeardKey heard = hear_key(sound, kRate);
  EXPECT_EQ(heard.key.text(), "D major");
  if (const auto other = libkeyfinder_key(sound, kRate)) EXPECT_EQ(other->text(), "D major");
  EXPECT_EQ(relation(heard.key, score::parse_key("D major")), KeyRelation::Same);
  EXPECT_EQ(relation(heard.key, score::parse_key("B minor")), KeyRelation::Relative);
  EXPECT_EQ(relation(heard.key, score::parse_key("E dorian")), KeyRelation::Relative);
  EXPECT_EQ(relation(heard.key, score::parse_key("D minor")), KeyRelation::Parallel);
  EXPECT_EQ(relation(heard.key, score::parse_key("A major")), KeyRelation::Fifth);
  EXPECT_EQ(relation(heard.key, score::parse_key("Eb major")), KeyRelation::Other);
}

TEST(Judge, FindsOnsetsToMillisecondsAndStraysOffTheGrid) {
  const GridSpec grid{120, 4, 8, 0.6, 16};
  const auto places = sixteenths(grid);
  Random random(5);
  std::vector<float> sound(static_cast<std::size_t>(kRate * 16.5)), late = sound;
  std::vector<double> written;
  for (std::size_t i = 0; i < 128; ++i) {
    click(sound, places[i], random);
    click(late, places[i] + (i % 4 == 3 ? 0.03 : 0), random);  // every fourth 30 ms behind
    written.push_back(places[i]);
  }
  const OnGrid good = compare(hear_onsets(sound, kRate, false), written, grid);
  EXPECT_GE(good.onsets, 120);
  EXPECT_GT(good.share(), 0.99);
  EXPECT_LT(std::abs(good.mean_ms), 3);
  const OnGrid bad = compare(hear_onsets(late, kRate, false), written, grid);
  EXPECT_NEAR(bad.share(), 0.75, 0.03);
  // Swung clicks on a straight grid: the moved half strays by 0.6/6 of half a beat, 25 ms.
  EXPECT_NEAR(compare(hear_onsets(sound, kRate, false), written, {120, 4, 8, 0, 16}).share(), 0.5, 0.04);
}

TEST(Judge, HearsALowKickOnce) {
  // 48 Hz ringing for 0.3 s with a click in front: one onset each, not one a period.
  const GridSpec grid{120, 4, 8, 0, 16};
  std::vector<float> sound(static_cast<std::size_t>(kRate * 16.5));
  std::vector<double> written;
  Random random(11);
  for (int i = 0; i < 32; ++i) {
    written.push_back(0.5 * i);
    const auto at = static_cast<std::size_t>(0.5 * i * kRate);
    for (std::size_t k = 0; k < 15000; ++k) {
      const double t = static_cast<double>(k) / kRate;
      sound[at + k] += static_cast<float>(0.7 * std::exp(-t / 0.12) *
                                              std::sin(2 * std::numbers::pi * (48 * t - 5 * std::exp(-t / 0.01))) +
                                          0.2 * random.uniform(-1.0, 1.0) * std::exp(-t / 0.002));
    }
  }
  const OnGrid heard = compare(hear_onsets(sound, kRate, true), written, grid);
  EXPECT_NEAR(heard.onsets, 32, 2);
  EXPECT_EQ(heard.unwritten, 0);
  EXPECT_GT(heard.share(), 0.95);
}

TEST(Judge, RollsCountOnlyWhereTheyAreWritten) {
  const GridSpec grid{120, 4, 2, 0, 16};
  const double thirty_second = 0.0625;
  EXPECT_EQ(compare({thirty_second}, {thirty_second}, grid).on_rolls, 1);
  EXPECT_EQ(compare({thirty_second}, {0.0}, grid).on_rolls, 0);
}

TEST(Judge, SlopeOfWhiteAndOfFilteredNoise) {
  Random random(7);
  std::vector<float> white(static_cast<std::size_t>(kRate * 10)), brown = white;
  double sum = 0;
  for (std::size_t i = 0; i < white.size(); ++i) {
    white[i] = static_cast<float>(random.uniform(-0.5, 0.5));
    sum = sum * 0.9995 + white[i];
    brown[i] = static_cast<float>(0.02 * sum);
  }
  EXPECT_NEAR(Spectrum(white, kRate).slope(), 0, 0.1);
  EXPECT_NEAR(Spectrum(brown, kRate).slope(), -6, 0.35);
  EXPECT_NEAR(Spectrum(white, kRate).band_db(0, 30000), 10 * std::log10(1.0 / 12), 0.1);
}

TEST(Judge, FfmpegMeasuresMonoLossPeakAndSilence) {
  // -20 dBFS noise; the right channel has nothing in common with the left. A second and a half is silent inside.
  Random random(9);
  audio::AudioBuffer sound(2, static_cast<std::int64_t>(kRate * 8), Hertz{kRate});
  for (std::int64_t i = 0; i < sound.frames(); ++i) {
    const bool silent = i > 3 * kRate && i < 4.5 * kRate;
    for (int c = 0; c < 2; ++c) sound.channel(c)[i] = silent ? 0 : static_cast<float>(random.uniform(-0.17, 0.17));
  }
  const auto file = std::filesystem::temp_directory_path() /
                    ("figment judge " + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + ".wav");
  audio::write_audio(file, sound.view(), audio::FileFormat::Wav24);
  const FfmpegLoudness stereo = ffmpeg_loudness(file), folded = ffmpeg_loudness(file, true);
  EXPECT_NEAR(stereo.integrated_lufs - folded.integrated_lufs, 3.0, 0.15);
  EXPECT_GT(stereo.true_peak_dbtp, -16);
  EXPECT_LT(stereo.true_peak_dbtp, -8);
  EXPECT_NEAR(ffmpeg_longest_silence(file, 8), 1.5, 0.01);
  for (std::int64_t i = 0; i < sound.frames(); ++i) sound.channel(1)[i] = sound.channel(0)[i];
  audio::write_audio(file, sound.view(), audio::FileFormat::Wav24);
  EXPECT_NEAR(ffmpeg_loudness(file).integrated_lufs - ffmpeg_loudness(file, true).integrated_lufs, 0, 0.11);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace figment::judge
