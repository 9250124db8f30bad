#include "estimates.h"

#include <gtest/gtest.h>

#include <numbers>

#include "audio/file.h"
#include "base/error.h"
#include "measures.h"
#include "report.h"
#include "storage/files.h"
#include "test_signals.h"

namespace figment::stems {
namespace {
namespace fs = std::filesystem;

constexpr std::int64_t kSplit = 3 * 44100;

audio::AudioBuffer tone(double hertz, float left, float right, std::int64_t frames = kSplit) {
  audio::AudioBuffer sound(2, frames, Hertz{44100});
  for (std::int64_t n = 0; n < frames; ++n) {
    const auto x = static_cast<float>(std::sin(2 * std::numbers::pi * hertz * static_cast<double>(n) / 44100));
    sound.channel(0)[n] = left * x, sound.channel(1)[n] = right * x;
  }
  return sound;
}

// Short strikes of noise, a quarter of a second apart.
audio::AudioBuffer strikes(std::int64_t frames = kSplit) {
  audio::AudioBuffer sound(2, frames, Hertz{44100});
  test::Noise next(3);
  for (std::int64_t n = 0; n < frames; ++n) {
    const float x = n % 11025 < 300 ? next() * (1 - static_cast<float>(n % 11025) / 300) : 0;
    sound.channel(0)[n] = x, sound.channel(1)[n] = x;
  }
  return sound;
}

Mixture a_band() {
  Mixture m;
  m.name = "band";
  m.stems = {strikes(), tone(60, 0.3F, 0.3F), tone(1500, 0.2F, 0), tone(600, 0.2F, 0.2F)};
  m.mix = audio::AudioBuffer(2, kSplit, Hertz{44100});
  for (const auto& stem : m.stems) m.mix.block().add(stem.view());
  return m;
}

fs::path new_folder(const std::string& name) {
  const fs::path folder = fs::path(testing::TempDir()) / ("stem-judge-" + name);
  fs::remove_all(folder);
  return folder;
}

TEST(StemEstimates, MedianFilteringPutsABandWhereItBelongs) {
  const Mixture m = a_band();
  const FourStems stems = hpss_stems(m.mix.view());
  for (std::size_t s = 0; s < 4; ++s) EXPECT_GT(sdr(m.stems[s].view(), stems[s].view()), s == 0 ? 8 : 12) << kStems[s];
  audio::AudioBuffer sum = mix_for_each(m.mix.view())[0];
  for (const auto& stem : stems) sum.block().add(stem.view(), -1);
  EXPECT_LT(audio::peak(sum.view()), 1e-6F);
}

TEST(StemEstimates, IdealMasksAreBetterThanMediansAndTheMixIsWorse) {
  const Mixture m = a_band();
  const auto ideal = judge_stems(m, ideal_stems(m), false), medians = judge_stems(m, hpss_stems(m.mix.view()), false), mix = judge_stems(m, mix_for_each(m.mix.view()), false);
  for (std::size_t s = 0; s < 4; ++s) {
    EXPECT_GT(ideal[s].sdr, medians[s].sdr) << kStems[s];
    EXPECT_GT(medians[s].bss_sdr, mix[s].bss_sdr) << kStems[s];
  }
}

// The mix as an estimate: SDR is the ratio of the stem to all the others.
TEST(StemEstimates, TheMixScoresTheStemAgainstTheRest) {
  const Mixture m = a_band();
  const auto scores = judge_stems(m, mix_for_each(m.mix.view()), false);
  for (std::size_t s = 0; s < 4; ++s) {
    audio::AudioBuffer rest = m.mix;
    rest.block().add(m.stems[s].view(), -1);
    EXPECT_NEAR(scores[s].sdr, test::db(test::energy(m.stems[s].view()) / test::energy(rest.view())), 1e-3) << kStems[s];
  }
}

TEST(StemEstimates, WhatAMixtureHasNotIsNotJudgedAndSilenceMissesAll) {
  Mixture m = a_band();
  m.mix.block().add(m.stems[3].view(), -1);
  m.stems[3] = {};
  FourStems estimates = ideal_stems(m);
  estimates[1].block().clear();
  const auto scores = judge_stems(m, estimates, false);
  EXPECT_TRUE(std::isnan(scores[3].sdr) && std::isnan(scores[3].bss_sdr));
  EXPECT_NEAR(scores[1].sdr, 0, 1e-6);
  EXPECT_EQ(scores[1].bss_sdr, 0);
  EXPECT_GT(scores[0].bss_sdr, 5);
}

// Halves of a fade: a splitter whose answer is known, in segments shorter than the sound.
class Halver : public roles::StemSplitter {
 public:
  roles::EngineInfo info() const override { return {.name = "halver"}; }
  const std::vector<std::string>& stems() const override { return names_; }
  roles::SplitShape shape() const override { return {.rate = Hertz{44100}, .segment = 40000}; }
  void split(std::span<const roles::SplitSegment> segments, const Progress&) override {
    for (const auto& segment : segments)
      for (std::size_t s = 0; s < names_.size(); ++s) {
        segment.stems[s].copy_from(segment.sound);
        segment.stems[s].scale(s == 0 ? 0.5F : 0.25F);
      }
  }

 private:
  std::vector<std::string> names_{"vocals", "guitar", "other"};
};

TEST(StemEstimates, ASplittersStemsLandWhereTheyAreNamed) {
  const Mixture m = a_band();
  Halver halver;
  const FourStems stems = split_mix(m.mix.view(), halver, Progress());
  for (std::int64_t n = 0; n < kSplit; n += 997) {
    EXPECT_NEAR(stems[3].channel(1)[n], 0.5F * m.mix.channel(1)[n], 1e-5F);
    EXPECT_NEAR(stems[2].channel(0)[n], 0.5F * m.mix.channel(0)[n], 1e-5F);   // guitar and other
  }
  EXPECT_EQ(audio::peak(stems[0].view()), 0);
  const audio::AudioBuffer slow(2, 1000, Hertz{22050});
  EXPECT_THROW((void)split_mix(slow.view(), halver, Progress()), Error);
}

TEST(StemMixtures, WhatIsWrittenSumsUpExactlyAndIsReadAgain) {
  const Mixture m = a_band();
  const fs::path root = new_folder("sum");
  write_mixture(root / "band", m.stems);
  const auto found = find_mixtures(root, "");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(find_mixtures(root, "orchestra").empty());
  const Mixture again = read_mixture(found[0]);
  EXPECT_EQ(again.name, "band");
  float loudest = audio::peak(again.mix.view());
  for (std::size_t s = 0; s < 4; ++s) loudest = std::max(loudest, audio::peak(again.stems[s].view()));
  EXPECT_NEAR(to_decibels(static_cast<double>(loudest)).value, -1, 1e-3);
  for (int c = 0; c < 2; ++c)
    for (std::int64_t n = 0; n < kSplit; ++n) {
      double sum = 0;
      for (std::size_t s = 0; s < 4; ++s) sum += static_cast<double>(again.stems[s].channel(c)[n]);
      ASSERT_EQ(static_cast<double>(again.mix.channel(c)[n]), sum) << n;
    }
  fs::remove_all(root);
}

TEST(StemMixtures, StemsMadeElsewhereMayBeAFewFramesOffAndNoMore) {
  const Mixture m = a_band();
  const fs::path root = new_folder("elsewhere");
  storage::make_folder(root / "band");
  for (const char* stem : kStems) audio::write_audio(root / "band" / (std::string(stem) + ".wav"), m.mix.view().part(0, kSplit - 1000), audio::FileFormat::WavFloat);
  const FourStems stems = stems_in_folder(m, root);
  EXPECT_EQ(stems[0].frames(), kSplit);
  EXPECT_EQ(stems[0].channel(0)[500], m.mix.channel(0)[500]);
  EXPECT_EQ(stems[0].channel(0)[kSplit - 1], 0);
  audio::write_audio(root / "band" / "bass.wav", m.mix.view().part(0, kSplit - 5000), audio::FileFormat::WavFloat);
  EXPECT_THROW((void)stems_in_folder(m, root), Error);
  fs::remove(root / "band" / "bass.wav");
  EXPECT_THROW((void)stems_in_folder(m, root), Error);
  fs::remove_all(root);
}

TEST(StemMixtures, StemsOfAnotherLengthThanTheMixAreRefused) {
  const Mixture m = a_band();
  const fs::path root = new_folder("length");
  write_mixture(root / "band", m.stems);
  audio::write_audio(root / "band" / "bass.wav", m.mix.view().part(0, 1000), audio::FileFormat::Wav24);
  EXPECT_THROW((void)read_mixture(root / "band"), Error);
  fs::remove(root / "band" / "mix.wav");
  EXPECT_THROW((void)read_mixture(root / "band"), Error);
  fs::remove_all(root);
}

}  // namespace
}  // namespace figment::stems
