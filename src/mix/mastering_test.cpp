#include "mix/mastering.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>

#include "base/executor.h"
#include "base/random.h"
#include "mix/graphic_eq.h"
#include "mix/test_sounds.h"

namespace figment::mix {
namespace {

using testing::expect_same;

constexpr double kRate = 44100;

analysis::BandLevels pink() { return {}; }  // all bands alike

// Something like a mix: pink-ish noise with beats on top, left and right a little different.
audio::AudioBuffer mix_like(std::int64_t frames, double level, std::uint64_t seed) {
  Random random(seed);
  audio::AudioBuffer sound(2, frames, Hertz{kRate});
  double slow = 0;
  for (std::int64_t n = 0; n < frames; ++n) {
    const double beat = std::exp(-static_cast<double>(n % 22050) / 3000);
    slow += 0.05 * (random.uniform(-1, 1) - slow);
    for (int c = 0; c < 2; ++c)
      sound.channel(c)[n] = static_cast<float>(level * (0.5 * slow + 0.05 * random.uniform(-1, 1) + beat * std::sin(2 * M_PI * 60 * static_cast<double>(n % 22050) / kRate)));
  }
  return sound;
}

analysis::Tally tally_of(const audio::AudioBuffer& sound) {
  analysis::Tally whole;
  const std::int64_t length = segment_frames(sound.rate());
  for (std::int64_t at = 0; at < sound.frames(); at += length) whole.append(analysis::tally({}, sound.view().part(at, length)));
  return whole;
}

class Mastering : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "figment-master-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  struct Result {
    MasterReport report;
    audio::AudioBuffer sound;
    std::filesystem::path file;
  };
  Result mastered(const audio::AudioBuffer& mix, const MasterSettings& settings = {}, const MasterMemory& memory = {}) {
    const auto in = folder_ / ("in" + std::to_string(++count_) + ".wav"), out = folder_ / ("out" + std::to_string(count_) + ".wav");
    {
      audio::WaveWriter writer(in, audio::WaveSamples::Float32, mix.rate(), 2, mix.frames());
      writer.write(0, mix.view());
      writer.commit();
    }
    audio::WaveWriter writer(out, audio::WaveSamples::Int24, mix.rate(), 2, mix.frames());
    Result result{master(audio::WaveReader(in), tally_of(mix), settings, writer, memory, folder_, Progress()), {2, mix.frames(), mix.rate()}, out};
    writer.commit();
    audio::WaveReader(out).read(0, result.sound.block());
    return result;
  }

  std::filesystem::path folder_;
  int count_ = 0;
};

TEST_F(Mastering, ReachesEveryTargetFromEveryLevelUnderTheCeiling) {
  const auto frames = static_cast<std::int64_t>(30 * kRate);
  for (const double level : {0.02, 0.9}) {
    for (const double target : {-16.0, -14.0, -9.0}) {
      MasterSettings settings;
      settings.target = Lufs{target};
      settings.balance = pink();
      const Result result = mastered(mix_like(frames, level, 1), settings);
      analysis::LoudnessMeter judge(Hertz{kRate}, 2);
      judge.add(result.sound.view());
      EXPECT_NEAR(judge.result().integrated.value, target, 0.12) << level;
      EXPECT_LE(judge.result().true_peak.value, -1.0 + 0.02) << level << " " << target;
      EXPECT_NEAR(result.report.after.integrated.value, judge.result().integrated.value, 0.03);
      EXPECT_NEAR(result.report.after.true_peak.value, judge.result().true_peak.value, 0.02);
    }
  }
}

// Hats alone: the curve between samples swings far beyond them.
TEST_F(Mastering, HoldsTheCeilingForWhatIsAllHiss) {
  audio::AudioBuffer hats(2, static_cast<std::int64_t>(40 * kRate), Hertz{kRate});
  Random random(7);
  double older = 0, old = 0;
  for (std::int64_t n = 0; n < hats.frames(); ++n) {
    const double now = random.uniform(-1, 1), bright = now - 2 * old + older;
    older = old, old = now;
    for (int c = 0; c < 2; ++c) hats.channel(c)[n] = static_cast<float>(0.2 * bright * std::exp(-static_cast<double>(n % 5512) / 1500));
  }
  const Result result = mastered(hats);
  analysis::LoudnessMeter judge(Hertz{kRate}, 2);
  judge.add(result.sound.view());
  EXPECT_LE(judge.result().true_peak.value, -1.0 + 0.03);
  EXPECT_NEAR(judge.result().integrated.value, -14, 0.3);
}

TEST_F(Mastering, LeansTowardsTheBalance) {
  MasterSettings settings;
  settings.warmth = 0;
  settings.punch = 1;
  for (int b = 0; b < analysis::kBands; ++b) settings.balance[static_cast<std::size_t>(b)] = -0.8 * b;
  const MasterReport report = mastered(mix_like(static_cast<std::int64_t>(20 * kRate), 0.3, 2), settings).report;
  const auto distance = [&](const analysis::BandLevels& levels) {
    double mean = 0, sum = 0;
    for (std::size_t b = 5; b < 27; ++b) mean += (levels[b] - settings.balance[b]) / 22;
    for (std::size_t b = 5; b < 27; ++b) sum += std::fabs(levels[b] - settings.balance[b] - mean) / 22;
    return sum;
  };
  EXPECT_LT(distance(report.spectrum_after), 0.8 * distance(report.spectrum_before));
  for (double gain : report.equalizer_db) EXPECT_LE(std::fabs(gain), 6.0);
}

TEST_F(Mastering, SilenceStaysSilence) {
  EXPECT_EQ(audio::peak(mastered(audio::AudioBuffer(2, 100000, Hertz{kRate})).sound.view()), 0);
}

// Segments are an implementation detail: where two meet, nothing may be heard. A steady sine shows every step.
TEST_F(Mastering, SegmentsMeetWithoutATrace) {
  const std::int64_t meet = segment_frames(Hertz{kRate}), frames = 2 * meet + 100000;
  audio::AudioBuffer sound(2, frames, Hertz{kRate});
  for (int c = 0; c < 2; ++c)
    for (std::int64_t n = 0; n < frames; ++n) sound.channel(c)[n] = static_cast<float>(0.3 * std::sin(2 * M_PI * 200 * static_cast<double>(n) / kRate));
  const Result result = mastered(sound);
  const float* x = result.sound.channel(0);
  // The third difference of a 200 Hz sine is tiny; a step of -80 dB would stand out.
  const auto roughness = [&](std::int64_t from, std::int64_t to) {
    double worst = 0;
    for (std::int64_t n = from; n < to; ++n) worst = std::max(worst, std::fabs(static_cast<double>(x[n + 1]) - 3.0 * x[n] + 3.0 * x[n - 1] - x[n - 2]));
    return worst;
  };
  for (const std::int64_t at : {meet, 2 * meet}) EXPECT_LT(roughness(at - 50, at + 50), roughness(200000, 200100) + 1e-4);
}

TEST_F(Mastering, ThreadsDoNotChangeABit) {
  const auto mix = mix_like(static_cast<std::int64_t>(26 * kRate), 0.3, 3);
  const Result many = mastered(mix);
  const ThreadLimit limit(1);
  expect_same(many.sound, mastered(mix).sound);
}

// A small change in one place leaves the rest of the master as it was, to the bit, and is not done anew; and what comes out
// is what mastering everything gives.
TEST_F(Mastering, OnlyWhatChangedIsMasteredAgain) {
  const storage::Cache cache(folder_ / "pieces");
  std::map<Digest, MasterMemory::Place> places;
  MasterMemory memory{&cache, {}, [&](const Digest& key) { return places.contains(key) ? std::optional(places[key]) : std::nullopt; }};
  const std::int64_t length = segment_frames(Hertz{kRate});
  auto mix = mix_like(10 * length + 12345, 0.3, 3);
  MasterSettings settings;
  settings.fade_out = Seconds{1.2};

  const auto digests = [&] {
    std::vector<Digest> list;
    for (std::int64_t at = 0; at < mix.frames(); at += length) {
      const auto part = mix.view().part(at, length);
      Sha256 hash;
      for (int c = 0; c < 2; ++c) hash.add(std::as_bytes(std::span(part.channel(c), static_cast<std::size_t>(part.frames()))));
      list.push_back(hash.finish());
    }
    return list;
  };
  memory.mix = digests();

  const Result first = mastered(mix, settings, memory);
  EXPECT_EQ(first.report.segments_made, 11);
  for (std::size_t i = 0; i < first.report.segments.size(); ++i)
    places[first.report.segments[i]] = {first.file, static_cast<std::int64_t>(i) * length};
  const Result same = mastered(mix, settings, memory);
  EXPECT_EQ(same.report.segments_made, 0);
  expect_same(same.sound, first.sound);

  const std::int64_t hit = 5 * length + 100000;
  for (int c = 0; c < 2; ++c)
    for (int n = 0; n < 500; ++n) mix.channel(c)[hit + n] *= 0.7F;
  memory.mix = digests();
  const Result again = mastered(mix, settings, memory), all = mastered(mix, settings);
  expect_same(again.sound, all.sound);
  EXPECT_LE(again.report.segments_made, 2);
  EXPECT_GE(again.report.segments_made, 1);
  for (std::int64_t n = 0; n < 5 * length; ++n) ASSERT_EQ(again.sound.channel(0)[n], first.sound.channel(0)[n]) << n;
  for (std::int64_t n = 7 * length; n < mix.frames(); ++n) ASSERT_EQ(again.sound.channel(0)[n], first.sound.channel(0)[n]) << n;
}

TEST(GraphicEq, GivesWhatIsAskedAtTheCentres) {
  Random random(4);
  for (int round = 0; round < 20; ++round) {
    std::array<double, 10> gains{};
    for (double& g : gains) g = random.uniform(-6, 6);
    for (std::size_t i = 0; i < 9; ++i)
      EXPECT_NEAR(graphic_eq_response(gains, Hertz{31.25 * std::exp2(static_cast<double>(i))}, Hertz{44100}), gains[i], 0.5) << round << " " << i;
  }
}

}  // namespace
}  // namespace figment::mix
