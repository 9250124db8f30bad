#include "mix/mastering.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "base/executor.h"
#include "base/random.h"
#include "mix/graphic_eq.h"

namespace figment::mix {
namespace {

constexpr double kRate = 44100;

analysis::BandLevels pink() { return {}; }  // all bands alike

// Something like a mix: pink-ish noise with beats on top, left and right a little different.
void fill(audio::Spool& spool, std::int64_t frames, double level, std::uint64_t seed) {
  Random random(seed);
  audio::AudioBuffer sound(2, frames, Hertz{kRate});
  double slow = 0;
  for (std::int64_t n = 0; n < frames; ++n) {
    const double beat = std::exp(-static_cast<double>(n % 22050) / 3000);
    slow += 0.05 * (random.uniform(-1, 1) - slow);
    for (int c = 0; c < 2; ++c)
      sound.channel(c)[n] = static_cast<float>(level * (0.5 * slow + 0.05 * random.uniform(-1, 1) + beat * std::sin(2 * M_PI * 60 * static_cast<double>(n % 22050) / kRate)));
  }
  spool.write(0, sound.view());
}

audio::AudioBuffer all_of(const audio::Spool& spool, std::int64_t frames) {
  audio::AudioBuffer sound(2, frames, Hertz{kRate});
  spool.read(0, sound.block());
  return sound;
}

class Mastering : public ::testing::Test {
 protected:
  std::filesystem::path scratch_ = std::filesystem::temp_directory_path();
};

TEST_F(Mastering, ReachesEveryTargetFromEveryLevelUnderTheCeiling) {
  const auto frames = static_cast<std::int64_t>(30 * kRate);
  for (const double level : {0.02, 0.9}) {
    for (const double target : {-16.0, -14.0, -9.0}) {
      audio::Spool in(scratch_, 2, Hertz{kRate}), out(scratch_, 2, Hertz{kRate});
      fill(in, frames, level, 1);
      MasterSettings settings;
      settings.target = Lufs{target};
      settings.balance = pink();
      (void)master(in, frames, settings, out, scratch_, Progress());
      analysis::LoudnessMeter judge(Hertz{kRate}, 2);
      judge.add(all_of(out, frames).view());
      EXPECT_NEAR(judge.result().integrated.value, target, 0.3) << level;
      EXPECT_LE(judge.result().true_peak.value, -1.0 + 0.02) << level << " " << target;
    }
  }
}

TEST_F(Mastering, LeansTowardsTheBalance) {
  const auto frames = static_cast<std::int64_t>(20 * kRate);
  audio::Spool in(scratch_, 2, Hertz{kRate}), out(scratch_, 2, Hertz{kRate});
  fill(in, frames, 0.3, 2);
  MasterSettings settings;
  settings.warmth = 0;
  settings.punch = 1;
  for (int b = 0; b < analysis::kBands; ++b) settings.balance[static_cast<std::size_t>(b)] = -0.8 * b;
  const MasterReport report = master(in, frames, settings, out, scratch_, Progress());
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
  audio::Spool in(scratch_, 2, Hertz{kRate}), out(scratch_, 2, Hertz{kRate});
  (void)master(in, 100000, {}, out, scratch_, Progress());
  EXPECT_EQ(audio::peak(all_of(out, 100000).view()), 0);
}

// Segments are an implementation detail: where two meet, nothing may be heard. A steady sine shows every step.
TEST_F(Mastering, SegmentsMeetWithoutATrace) {
  const std::int64_t frames = (1 << 19) + 200000;
  audio::Spool in(scratch_, 2, Hertz{kRate}), out(scratch_, 2, Hertz{kRate});
  audio::AudioBuffer sound(2, frames, Hertz{kRate});
  for (int c = 0; c < 2; ++c)
    for (std::int64_t n = 0; n < frames; ++n) sound.channel(c)[n] = static_cast<float>(0.3 * std::sin(2 * M_PI * 200 * static_cast<double>(n) / kRate));
  in.write(0, sound.view());
  (void)master(in, frames, {}, out, scratch_, Progress());
  const auto result = all_of(out, frames);
  const float* x = result.channel(0);
  // The third difference of a 200 Hz sine is tiny; a step of -80 dB would stand out.
  const auto roughness = [&](std::int64_t from, std::int64_t to) {
    double worst = 0;
    for (std::int64_t n = from; n < to; ++n) worst = std::max(worst, std::fabs(static_cast<double>(x[n + 1]) - 3.0 * x[n] + 3.0 * x[n - 1] - x[n - 2]));
    return worst;
  };
  EXPECT_LT(roughness((1 << 19) - 50, (1 << 19) + 50), roughness(300000, 300100) + 1e-4);
}

TEST_F(Mastering, ThreadsDoNotChangeABit) {
  const auto frames = static_cast<std::int64_t>(26 * kRate);
  const auto once = [&] {
    audio::Spool in(scratch_, 2, Hertz{kRate}), out(scratch_, 2, Hertz{kRate});
    fill(in, frames, 0.3, 3);
    (void)master(in, frames, {}, out, scratch_, Progress());
    return all_of(out, frames);
  };
  const auto many = once();
  const ThreadLimit limit(1);
  const auto one = once();
  for (int c = 0; c < 2; ++c)
    for (std::int64_t n = 0; n < frames; ++n) ASSERT_EQ(many.channel(c)[n], one.channel(c)[n]);
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
