#include "mix/mastering.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>

#include "analysis/measures.h"
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

// ---- Sounds of others

class Matching : public Mastering {
 protected:
  analysis::Measures measured(const audio::AudioBuffer& sound) const {
    audio::Spool spool(folder_, sound.channels(), sound.rate());
    spool.write(0, sound.view());
    return analysis::measure(spool, sound.frames(), Progress());
  }
  Result matched(const audio::AudioBuffer& sound, const MasterSettings& settings) {
    audio::Spool spool(folder_, sound.channels(), sound.rate());
    spool.write(0, sound.view());
    const auto out = folder_ / ("match" + std::to_string(++count_) + ".wav");
    audio::WaveWriter writer(out, audio::WaveSamples::Int24, sound.rate(), sound.channels(), sound.frames());
    Result result{master(spool, sound.frames(), measured(sound).tally, settings, writer, folder_, Progress()), {sound.channels(), sound.frames(), sound.rate()}, out};
    writer.commit();
    audio::WaveReader(out).read(0, result.sound.block());
    return result;
  }
  static MasterSettings like(const analysis::Measures& source, const analysis::Measures& wanted) {
    MasterSettings settings;
    settings.match.emplace();
    settings.match->source = source.spectrum;
    settings.match->wanted = wanted.spectrum;
    settings.match->rules.cut_db = 48;
    settings.match->width = wanted.width;
    settings.match->rounds = 6;
    settings.mono_below_hz = 10;
    settings.target = Lufs{-10};
    return settings;
  }
  // White noise whose channels are the more alike the nearer `alike` is to 1: nothing like mix_like.
  static audio::AudioBuffer hiss(std::int64_t frames, double alike, std::uint64_t seed) {
    Random random(seed);
    audio::AudioBuffer sound(2, frames, Hertz{kRate});
    for (std::int64_t n = 0; n < frames; ++n) {
      const double both = random.uniform(-0.1, 0.1);
      for (int c = 0; c < 2; ++c) sound.channel(c)[n] = static_cast<float>(alike * both + (1 - alike) * random.uniform(-0.1, 0.1));
    }
    return sound;
  }
};

TEST_F(Matching, ReachesSpectrumWidthAndLoudnessTogether) {
  const auto frames = static_cast<std::int64_t>(20 * kRate);
  const auto source = mix_like(frames, 0.3, 5), reference = hiss(frames, 0.6, 6);
  const auto before = measured(source), wanted = measured(reference);
  const Result result = matched(source, like(before, wanted));
  const auto after = measured(result.sound);
  EXPECT_GT(compare(before.spectrum, wanted.spectrum).mean_db, 4);
  EXPECT_LT(compare(after.spectrum, wanted.spectrum).mean_db, 0.6);
  EXPECT_NEAR(10 * std::log10(after.width / wanted.width), 0, 1);
  EXPECT_NEAR(after.loudness.integrated.value, -10, 0.15);
  EXPECT_LE(after.loudness.true_peak.value, -1 + 0.02);
  EXPECT_GT(result.report.rounds, 1) << "compressor and limiter change the balance; that must be seen";
}

TEST_F(Matching, ThreadsDoNotChangeABit) {
  const auto frames = static_cast<std::int64_t>(15 * kRate);
  const auto source = mix_like(frames, 0.3, 7);
  const auto settings = like(measured(source), measured(hiss(frames, 0.8, 8)));
  const Result many = matched(source, settings);
  const ThreadLimit limit(1);
  expect_same(many.sound, matched(source, settings).sound);
}

TEST_F(Matching, MonoStaysMonoAndIsAsLoudAsAsked) {
  const auto stereo = mix_like(static_cast<std::int64_t>(10 * kRate), 0.3, 9);
  audio::AudioBuffer mono(1, stereo.frames(), stereo.rate());
  mono.block().copy_from(stereo.view().only(0));
  MasterSettings settings;
  settings.target = Lufs{-12};
  settings.match.emplace();
  settings.match->source = settings.match->wanted = measured(mono).spectrum;
  const auto after = measured(matched(mono, settings).sound);
  EXPECT_EQ(after.channels, 1);
  EXPECT_NEAR(after.loudness.integrated.value, -12, 0.12);
}

TEST_F(Matching, WhereOnlyAGainIsNeededThereIsOnlyAGain) {
  const auto source = mix_like(static_cast<std::int64_t>(10 * kRate), 0.1, 10);
  MasterSettings settings;
  settings.target = Lufs{-30};
  settings.density = 0;
  settings.mono_below_hz = 10;
  settings.fade_out = Seconds{0};
  settings.match.emplace();
  settings.match->source = settings.match->wanted = measured(source).spectrum;
  const Result result = matched(source, settings);
  const double gain = static_cast<double>(result.sound.channel(0)[30000]) / static_cast<double>(source.channel(0)[30000]);
  for (int c = 0; c < 2; ++c)
    for (std::int64_t n = 0; n < source.frames(); ++n) ASSERT_NEAR(result.sound.channel(c)[n], gain * source.channel(c)[n], 2e-6) << n;
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
