#include "sounds/builtin.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "base/error.h"
#include "sampling/one_shot.h"
#include "sounds/sound_table.h"
#include "sounds/test_sounds.h"

namespace figment::sounds {
namespace {

using roles::GeneratedSound;
using sampling::SoundClass;
using testing::band_power;
using testing::centroid;
using testing::make;
using testing::mono_of;
using testing::part;
using testing::power_of;
using testing::rms;
using testing::strongest_hz;

double level_db(double x) { return 20 * std::log10(std::max(x, 1e-12)); }

std::vector<std::string> all_sounds() {
  std::vector<std::string> names;
  const SoundTable table{std::filesystem::path(FIGMENT_SOURCE_DIR)};
  for (const SoundWord& word : table.sounds()) names.push_back(word.name);
  return names;
}

// Where what is struck begins, by power: the first of each rise of 12 dB over the 8 ms before, at most one in 25 ms.
std::vector<double> strikes(audio::AudioView sound, double least_gap = 0.025, double floor_db = -40) {
  const auto x = mono_of(sound);
  constexpr int kHop = 44;   // 1 ms
  std::vector<double> power;
  for (std::size_t at = 0; at + kHop <= x.size(); at += kHop) {
    double sum = 1e-12;
    for (std::size_t n = at; n < at + kHop; ++n) sum += x[n] * x[n];
    power.push_back(10 * std::log10(sum / kHop));
  }
  std::vector<double> out;
  for (std::size_t k = 0; k < power.size(); ++k) {
    double before = -120;
    for (std::size_t j = k > 8 ? k - 8 : 0; j < k; ++j) before = std::max(before, power[j]);
    if (power[k] > floor_db && power[k] > before + 9 && (out.empty() || static_cast<double>(k) * kHop / 44100 - out.back() > least_gap)) out.push_back(static_cast<double>(k) * kHop / 44100);
  }
  return out;
}

TEST(BuiltinSounds, EveryOnePeaksAtMinusOneAndEndsInSilence) {
  for (const std::string& name : all_sounds()) {
    const GeneratedSound s = make(name);
    SCOPED_TRACE(name);
    EXPECT_NEAR(level_db(audio::peak(s.sound.view())), -1, 0.001);
    EXPECT_EQ(s.facts.frames, s.sound.frames());
    EXPECT_TRUE(s.facts.not_understood.empty());
    for (int c = 0; c < s.sound.channels(); ++c)
      for (std::int64_t n = 0; n < s.sound.frames(); ++n) ASSERT_TRUE(std::isfinite(s.sound.channel(c)[n]));
    if (s.facts.loop()) continue;
    for (int c = 0; c < s.sound.channels(); ++c) EXPECT_EQ(s.sound.channel(c)[s.sound.frames() - 1], 0);
    if (s.facts.kind == "one-shot") { EXPECT_GT(audio::peak(s.sound.view().part(0, 132)), 3e-4) << "begins at once"; }
  }
}

TEST(BuiltinSounds, TheSameSeedGivesTheSameBitsAndAnotherSeedAnotherSound) {
  for (const char* prompt : {"kick", "trap hi-hat solo", "rain, 1 second", "bell", "heartbeat"}) {
    const GeneratedSound a = make(prompt, 3), b = make(prompt, 3), c = make(prompt, 4);
    ASSERT_EQ(a.sound.frames(), b.sound.frames());
    for (std::int64_t n = 0; n < a.sound.frames(); ++n) ASSERT_EQ(a.sound.channel(0)[n], b.sound.channel(0)[n]) << prompt;
    // Audibly: no more alike than 20 % of the energy, or of another length.
    audio::AudioBuffer difference(a.sound.channels(), a.sound.frames(), Hertz{44100});
    if (c.sound.channels() != a.sound.channels()) continue;
    difference.block().add(a.sound.view());
    difference.block().add(c.sound.view(), -1);
    EXPECT_GT(rms(difference.view()), 0.2 * rms(a.sound.view())) << prompt;
  }
}

TEST(BuiltinSounds, TheClassifierNamesTheDrums) {
  static const sampling::Classifier classify{std::filesystem::path(FIGMENT_SOURCE_DIR)};
  const std::vector<std::pair<std::string, std::set<SoundClass>>> truths{
      {"kick", {SoundClass::Kick}},
      {"snare", {SoundClass::Snare}},
      {"clap", {SoundClass::Clap}},
      {"closed hi-hat", {SoundClass::ClosedHat}},
      {"open hat", {SoundClass::OpenHat}},
      {"crash cymbal", {SoundClass::Cymbal}},
      {"tom", {SoundClass::Tom}},
      {"cowbell", {SoundClass::Percussion, SoundClass::Tonal}},
      {"shaker", {SoundClass::Percussion, SoundClass::ClosedHat}},   // short bright noise, both
      {"rim", {SoundClass::Percussion}},
  };
  int right = 0, all = 0;
  for (const auto& [prompt, classes] : truths) {
    int of_these = 0;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      const auto mono = mono_of(make(prompt, seed).sound.view());
      const auto p = classify(sampling::traits_of(mono.data(), static_cast<std::int64_t>(mono.size())));
      of_these += classes.contains(static_cast<SoundClass>(std::max_element(p.begin(), p.end()) - p.begin())) ? 1 : 0;
    }
    EXPECT_GE(of_these, 4) << prompt;
    right += of_these;
    all += 6;
  }
  EXPECT_GE(right, 0.9 * all);
}

// ------------------------------------------------------------------------------------------------------------- loops

TEST(BuiltinSounds, ATrapHatSoloIsExactlyThat) {
  const GeneratedSound s = make("2000s trap, hi-hat solo, 140 bpm, fast, aggressive");
  EXPECT_TRUE(s.facts.loop());
  EXPECT_EQ(s.facts.bpm, 140);
  EXPECT_EQ(s.sound.frames(), std::llround(s.facts.bars * 4 * 60.0 / 140 * 44100));
  const auto power = power_of(s.sound.view());
  EXPECT_LT(10 * std::log10(band_power(power, 20, 300) / band_power(power, 300, 22050)), -40);
  EXPECT_GT(centroid(s.sound.view()), 5000);
  const double beat = 60.0 / 140;
  const auto found = strikes(s.sound.view(), 0.02);
  ASSERT_GT(found.size(), 40U);
  int exact = 0;
  for (const double at : found) {
    double off = 1;
    for (const double step : {beat / 16, beat / 24}) off = std::min(off, std::abs(at - std::round(at / step) * step));
    exact += off < 0.002 ? 1 : 0;
  }
  EXPECT_GE(exact, 0.97 * static_cast<double>(found.size()));
}

TEST(BuiltinSounds, LoopsAreWholeBarsToTheFrame) {
  for (const char* prompt : {"house drum loop, 124 bpm, 2 bars", "waltz drum beat, 93 bpm, 1 bar", "shaker 97.3 bpm, 3 bars"}) {
    const GeneratedSound s = make(prompt);
    EXPECT_EQ(s.sound.frames(), std::llround(s.facts.bars * s.facts.metre.bar().value * 60 / s.facts.bpm * 44100)) << prompt;
  }
  EXPECT_EQ(make("house drum loop, 120 bpm", 1, 7.9).facts.bars, 4);   // the nearest
}

TEST(BuiltinSounds, WhatRingsOverTheEndComesBackAtTheBeginning) {
  // With a long reverb nothing steps at the seam: the jump is like those inside.
  const GeneratedSound s = make("techno drum loop, cathedral, 130 bpm, 1 bar");
  const float* x = s.sound.channel(0);
  const std::int64_t n = s.sound.frames();
  double usual = 0;
  for (std::int64_t i = n - 400; i + 1 < n; ++i) usual = std::max<double>(usual, std::abs(x[i + 1] - x[i]));
  EXPECT_LT(std::abs(x[0] - x[n - 1]), 3 * usual + 0.01);
  EXPECT_GT(rms(part(s.sound.view(), 0, 0.0005)), 1e-4);   // the room of the last bar
}

TEST(BuiltinSounds, ALoopOfRainHasNoSeam) {
  const GeneratedSound s = make("rain loop, 4 seconds");
  EXPECT_TRUE(s.facts.loop());
  EXPECT_EQ(s.sound.frames(), 4 * 44100);
  // As loud at its ends as in the middle: no fades.
  const double middle = rms(part(s.sound.view(), 1.5, 2.5));
  EXPECT_NEAR(level_db(rms(part(s.sound.view(), 0, 0.3)) / middle), 0, 3.5);
  EXPECT_NEAR(level_db(rms(part(s.sound.view(), 3.7, 4)) / middle), 0, 3.5);
}

// ------------------------------------------------------------------------------------------------------ what words do

TEST(BuiltinSounds, BrightIsBrighterThanDark) {
  for (const char* sound : {"snare", "riser", "rain", "bell", "hi-hat"}) {
    const double dark = centroid(make(std::string("dark ") + sound).sound.view()), plain = centroid(make(sound).sound.view()), bright = centroid(make(std::string("bright ") + sound).sound.view());
    EXPECT_LT(dark, 0.95 * plain) << sound;
    EXPECT_GT(bright, 1.02 * plain) << sound;
  }
}

TEST(BuiltinSounds, LongIsLongerThanShort) {
  for (const char* sound : {"riser", "rain", "siren", "pad swell", "heartbeat"}) EXPECT_GT(make(std::string("long ") + sound).sound.frames(), 1.5 * static_cast<double>(make(std::string("short ") + sound).sound.frames())) << sound;
}

TEST(BuiltinSounds, DistantIsDullerAndRingsLonger) {
  const GeneratedSound near = make("snare"), far = make("distant snare");
  EXPECT_LT(centroid(far.sound.view()), 0.6 * centroid(near.sound.view()));
  EXPECT_GT(far.sound.frames(), near.sound.frames() + 22050);
}

TEST(BuiltinSounds, DistortedHasMoreAverageForItsPeak) {
  EXPECT_GT(rms(make("distorted kick").sound.view()), 1.15 * rms(make("kick").sound.view()));
}

TEST(BuiltinSounds, HighIsHigherThanDeep) {
  EXPECT_NEAR(12 * std::log2(strongest_hz(make("high beep, 1 second").sound.view()) / strongest_hz(make("deep beep, 1 second").sound.view())), 10, 0.5);
}

TEST(BuiltinSounds, PitchesAreWhatWasAskedFor) {
  EXPECT_NEAR(strongest_hz(make("beep, 440 Hz, 2 seconds").sound.view()), 440, 0.5);
  EXPECT_NEAR(strongest_hz(make("beep, 1 kHz, 2 seconds").sound.view()), 1000, 1);
  EXPECT_NEAR(strongest_hz(make("beep in A, 2 seconds").sound.view()), 880, 1);
  EXPECT_NEAR(strongest_hz(make("hum, 60 Hz, 3 seconds").sound.view()), 60, 0.5);
}

TEST(BuiltinSounds, LengthsAreWhatWasAskedForToTheFrame) {
  EXPECT_EQ(make("riser, 5 seconds").sound.frames(), 5 * 44100);
  EXPECT_EQ(make("kick, 2 seconds").sound.frames(), 2 * 44100);
  EXPECT_EQ(make("rain", 1, 1.5).sound.frames(), 66150);
  EXPECT_EQ(make("riser, 2 bars, 128 bpm").sound.frames(), std::llround(8 * 60.0 / 128 * 44100));
}

// -------------------------------------------------------------------------------------------------- what things are

TEST(BuiltinSounds, ARiserRisesAndADownerFalls) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const GeneratedSound up = make("riser, 4 seconds", seed), down = make("downer, 4 seconds", seed);
    double rise = 0, fall = 1e9;
    for (int i = 0; i < 8; ++i) {
      const double u = centroid(part(up.sound.view(), 0.5 * i, 0.5 * (i + 1))), d = centroid(part(down.sound.view(), 0.5 * i, 0.5 * (i + 1)));
      EXPECT_GT(u, rise) << "seed " << seed << ", half second " << i;
      EXPECT_LT(d, fall) << "seed " << seed << ", half second " << i;
      rise = u, fall = d;
    }
    EXPECT_GT(rms(part(up.sound.view(), 3.5, 4)), 4 * rms(part(up.sound.view(), 0.5, 1)));
  }
}

TEST(BuiltinSounds, ASirensPitchSwingsPeriodically) {
  const GeneratedSound s = make("siren, 9 seconds");
  std::vector<double> pitch;
  for (double t = 0.1; t < 8.8; t += 0.05) pitch.push_back(std::log2(strongest_hz(part(s.sound.view(), t, t + 0.05), 8192)));
  const double mean = std::accumulate(pitch.begin(), pitch.end(), 0.0) / static_cast<double>(pitch.size());
  int crossings = 0;
  for (std::size_t i = 1; i < pitch.size(); ++i) crossings += (pitch[i] > mean) != (pitch[i - 1] > mean) ? 1 : 0;
  EXPECT_NEAR(crossings, 2 * 0.45 * 8.7, 1.5);   // twice a turn
  const auto [low, high] = std::minmax_element(pitch.begin(), pitch.end());
  EXPECT_NEAR(12 * (*high - *low), 12, 1.5);     // an octave
}

TEST(BuiltinSounds, RainIsNoise) {
  const GeneratedSound s = make("rain, 6 seconds");
  const auto power = power_of(part(s.sound.view(), 1, 5));
  double log_sum = 0, sum = 0;
  int count = 0;
  for (std::size_t k = 0; k < power.size(); ++k)
    if (const double hz = testing::hz_of_bin(k, power.size()); hz > 1500 && hz < 8000) log_sum += std::log(power[k]), sum += power[k], ++count;
  EXPECT_GT(std::exp(log_sum / count) / (sum / count), 0.5);   // spectral flatness: a tone is near 0
  EXPECT_NE(s.sound.channels(), 1);                            // all around
}

TEST(BuiltinSounds, AHeartbeatIsTwoThumpsAtItsRate) {
  const GeneratedSound s = make("heartbeat, 80 bpm, 6 seconds");
  const auto found = strikes(s.sound.view(), 0.12, -45);
  ASSERT_EQ(found.size(), 16U);
  for (std::size_t i = 0; i + 2 < found.size(); i += 2) {
    EXPECT_NEAR(found[i + 2] - found[i], 0.75, 0.02);
    EXPECT_NEAR(found[i + 1] - found[i], 0.25, 0.03);
  }
  EXPECT_LT(centroid(s.sound.view()), 120);
}

TEST(BuiltinSounds, AClockTicksOnceASecondAndFasterWhenAsked) {
  const auto ticks = strikes(make("clock tick, 6 seconds").sound.view(), 0.1);
  const auto fast = strikes(make("fast clock tick, 6 seconds").sound.view(), 0.1);
  EXPECT_NEAR(static_cast<double>(ticks.size()), 6, 1);
  EXPECT_NEAR(static_cast<double>(fast.size()), 9, 1);
}

TEST(BuiltinSounds, TwoSoundsAtOnceAreBothHeard) {
  const GeneratedSound both = make("rain and thunder, 6 seconds");
  EXPECT_EQ(both.facts.name, "rain and thunder");
  const auto power = power_of(both.sound.view());
  EXPECT_GT(band_power(power, 30, 300), 0.01 * band_power(power, 20, 20000));
  EXPECT_GT(band_power(power, 2000, 12000), 0.01 * band_power(power, 20, 20000));
}

TEST(BuiltinSounds, WhatChangesNothingIsSaid) {
  EXPECT_FALSE(make("rain in A, 1 second").facts.remarks.empty());
  EXPECT_FALSE(make("riser 128 bpm").facts.remarks.empty());
}

TEST(BuiltinSounds, LongSoundsComeInBlocksAndCanBeStopped) {
  static const auto engine = make_builtin_sounds(FIGMENT_SOURCE_DIR);
  std::int64_t frames = 0, largest = 0;
  const auto facts = engine->generate({"wind", Seconds{120}, 1, Hertz{8000}}, [&](const roles::SoundFacts&, audio::AudioView block) { frames += block.frames(), largest = std::max(largest, block.frames()); }, Progress{});
  EXPECT_EQ(frames, 120 * 8000);
  EXPECT_EQ(facts.frames, frames);
  EXPECT_LE(largest, 4096);
  Progress stopped;
  stopped.cancel();
  EXPECT_THROW((void)engine->generate({"wind", Seconds{120}, 1, Hertz{44100}}, [](const roles::SoundFacts&, audio::AudioView) {}, stopped), Error);
}

}  // namespace
}  // namespace figment::sounds
