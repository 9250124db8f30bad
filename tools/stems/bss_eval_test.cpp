#include "bss_eval.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "audio/file.h"
#include "base/error.h"
#include "measures.h"
#include "projection.h"
#include "storage/files.h"
#include "test_signals.h"

namespace figment::stems {
namespace {
namespace fs = std::filesystem;
using test::noise;
using test::sum;

std::vector<audio::AudioView> views(const std::vector<audio::AudioBuffer>& sounds) {
  std::vector<audio::AudioView> list;
  for (const auto& sound : sounds) list.push_back(sound.view());
  return list;
}

std::vector<BssScores> judged(const std::vector<audio::AudioBuffer>& references, const std::vector<audio::AudioBuffer>& estimates, const BssOptions& options) {
  return bss_eval(views(references), views(estimates), options);
}

TEST(BssEval, NoiseTwentyDecibelsBelowScoresTwentyInEveryWindow) {
  const auto s = noise(1, 3000), other = noise(50, 3000), n = noise(77, 3000);
  BssOptions options{.window = 1000, .hop = 1000, .taps = 8, .projections = true};
  const auto scores = judged({s, other}, {sum(s.view(), n.view(), 0.1F), other}, options);
  ASSERT_EQ(scores[0].sdr.size(), 3U);
  for (std::size_t w = 0; w < 3; ++w) {
    EXPECT_NEAR(scores[0].sdr[w], 20, 0.5);
    EXPECT_NEAR(scores[0].sar[w], 20, 0.5);   // noise is nobody's
    EXPECT_GT(scores[0].sir[w], 30);
    EXPECT_GT(scores[0].isr[w], 30);
    EXPECT_GT(scores[1].sdr[w], 300);         // the reference itself
  }
}

TEST(BssEval, WhatSoundsOfTheOtherSourceIsInterference) {
  const auto s = noise(1, 8000), other = noise(50, 8000);
  BssOptions options{.window = 8000, .hop = 8000, .taps = 8, .projections = true};
  const auto scores = judged({s, other}, {sum(s.view(), other.view(), 0.1F), other}, options);
  EXPECT_NEAR(scores[0].sdr[0], 20, 0.2);
  EXPECT_NEAR(scores[0].sir[0], 20, 0.5);
  EXPECT_GT(scores[0].sar[0], 100);
}

// A delay within the filters, the wrong level and swapped sides are spatial errors: neither interference nor artefacts, but SDR and
// ISR count them.
TEST(BssEval, AFilteredReferenceIsASpatialError) {
  const auto s = noise(1, 8000), other = noise(50, 8000);
  audio::AudioBuffer e(2, 8000, s.rate());
  for (int c = 0; c < 2; ++c)
    for (int n = 3; n < 8000; ++n) e.channel(c)[n] = 0.5F * s.channel(1 - c)[n - 3];
  BssOptions options{.window = 8000, .hop = 8000, .taps = 8, .projections = true};
  const auto scores = judged({s, other}, {e, other}, options);
  EXPECT_NEAR(scores[0].sdr[0], test::db(1 / 1.25), 0.2);
  EXPECT_NEAR(scores[0].isr[0], scores[0].sdr[0], 0.05);
  EXPECT_GT(scores[0].sir[0], 30);
  EXPECT_GT(scores[0].sar[0], 30);
  // Later than the filters reach, it is an artefact.
  audio::AudioBuffer late(2, 8000, s.rate());
  for (int c = 0; c < 2; ++c)
    for (int n = 20; n < 8000; ++n) late.channel(c)[n] = s.channel(c)[n - 20];
  EXPECT_LT(judged({s, other}, {late, other}, options)[0].sar[0], 0);
}

// Numbers of the definition by another way: dense least squares on the matrices of delayed signals (numpy.linalg.lstsq, double
// precision), run once on the same signals. Windows of 1000 every 800 of 3000 frames, 12 taps.
TEST(BssEval, AgreesWithDenseLeastSquares) {
  const std::array<std::array<std::array<double, 4>, 2>, 3> truth{{{{{8.192618, 11.110911, 9.819084, 16.323562}, {7.992391, 10.979393, 9.510376, 16.276903}}},
                                                                  {{{8.191121, 11.184937, 9.823272, 16.224525}, {8.018594, 10.934343, 9.537080, 16.051302}}},
                                                                  {{{8.035507, 11.181866, 9.767953, 16.232361}, {7.871140, 10.857968, 9.563276, 16.144775}}}}};
  constexpr int kFrames = 3000;
  std::vector<audio::AudioBuffer> references{noise(1, kFrames), noise(11, kFrames)}, fresh{noise(100, kFrames), noise(110, kFrames)}, estimates;
  for (std::size_t s = 0; s < 2; ++s) {
    audio::AudioBuffer e(2, kFrames, Hertz{44100});
    for (int c = 0; c < 2; ++c)
      for (int n = 0; n < kFrames; ++n) {
        const double own = references[s].channel(c)[n], across = n < 2 ? 0.0F : references[s].channel(1 - c)[n - 2], other = references[1 - s].channel(c)[n], dirt = fresh[s].channel(c)[n];
        e.channel(c)[n] = static_cast<float>(0.75 * own + 0.125 * across + 0.25 * other + 0.125 * dirt);
      }
    estimates.push_back(std::move(e));
  }
  BssOptions options{.window = 1000, .hop = 800, .taps = 12, .projections = true};
  const auto scores = judged(references, estimates, options);
  ASSERT_EQ(scores[0].sdr.size(), truth.size());
  for (std::size_t w = 0; w < truth.size(); ++w)
    for (std::size_t s = 0; s < 2; ++s) {
      EXPECT_NEAR(scores[s].sdr[w], truth[w][s][0], 1e-5);
      EXPECT_NEAR(scores[s].isr[w], truth[w][s][1], 1e-5);
      EXPECT_NEAR(scores[s].sir[w], truth[w][s][2], 1e-5);
      EXPECT_NEAR(scores[s].sar[w], truth[w][s][3], 1e-5);
    }
  options.projections = false;
  const auto quick = judged(references, estimates, options);
  EXPECT_EQ(quick[1].sdr, scores[1].sdr);
  EXPECT_TRUE(quick[1].sir.empty());
}

// Two sides that are alike make the equations singular; the projection is the same as with one side.
TEST(BssEval, AVoiceInTheMiddleCanBeProjectedOn) {
  const auto one = noise(1, 4000, 1, 1), two = noise(9, 4000, 1, 1), dirt = noise(33, 4000, 1, 1);
  const auto e = sum(sum(one.view(), two.view(), 0.3F).view(), dirt.view(), 0.1F);
  const auto doubled = [](const audio::AudioBuffer& mono) {
    audio::AudioBuffer stereo(2, mono.frames(), mono.rate());
    stereo.block().copy_from(mono.view());
    return stereo;
  };
  BssOptions options{.window = 4000, .hop = 4000, .taps = 16, .projections = true};
  const auto mono = judged({one, two}, {e, two}, options), stereo = judged({doubled(one), doubled(two)}, {doubled(e), doubled(two)}, options);
  EXPECT_NEAR(stereo[0].sdr[0], mono[0].sdr[0], 1e-9);
  EXPECT_NEAR(stereo[0].sir[0], mono[0].sir[0], 1e-3);
  EXPECT_NEAR(stereo[0].sar[0], mono[0].sar[0], 1e-3);
}

TEST(BssEval, AWindowWhereAnySourceIsSilentIsLeftOutForAll) {
  auto s = noise(1, 5500), other = noise(50, 5500);
  auto e = sum(s.view(), other.view(), 0.1F);
  s.block().part(1000, 1000).clear();        // a silent reference in the second window
  other.block().part(1500, 400).clear();     // not a whole window
  e.block().part(3000, 1000).clear();        // a silent estimate in the fourth
  BssOptions options{.window = 1000, .hop = 1000};
  const auto scores = judged({s, other}, {e, other}, options);
  ASSERT_EQ(scores[0].sdr.size(), 5U);       // and half a second behind the last window is not judged
  for (std::size_t source = 0; source < 2; ++source)
    for (std::size_t w = 0; w < 5; ++w) EXPECT_EQ(std::isnan(scores[source].sdr[w]), w == 1 || w == 3) << source << " " << w;
  EXPECT_NEAR(median_of_numbers(scores[0].sdr), 20, 0.6);
}

TEST(BssEval, AShortSoundIsOneWindow) {
  const auto s = noise(1, 700), e = sum(s.view(), noise(2, 700).view(), 0.1F);
  const auto scores = judged({s}, {e}, {});
  ASSERT_EQ(scores[0].sdr.size(), 1U);
  EXPECT_NEAR(scores[0].sdr[0], 20, 0.5);
}

TEST(BssEval, WhatCannotBeJudgedIsRefused) {
  const auto s = noise(1, 700), other = noise(1, 701);
  const audio::AudioBuffer nothing(2, 700, s.rate());
  EXPECT_THROW((void)judged({s}, {other}, {}), Error);
  EXPECT_THROW((void)judged({s}, {nothing}, {}), Error);
  EXPECT_THROW((void)judged({nothing}, {s}, {}), Error);
  EXPECT_THROW((void)judged({s, s}, {s}, {}), Error);
}

TEST(BssEval, TheFactorGivesBackItsMatrix) {
  constexpr std::size_t n = 211;   // three panels and a bit
  std::vector<double> a(n * n), m(n * n);
  test::Noise next(4);
  for (double& x : a) x = next();
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t k = 0; k < n; ++k) m[i * n + j] += a[i * n + k] * a[j * n + k];
  std::vector<double> factor = m;
  ASSERT_TRUE(cholesky(factor, n));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double back = 0;
      for (std::size_t k = 0; k <= j; ++k) back += factor[i * n + k] * factor[j * n + k];
      ASSERT_NEAR(back, m[i * n + j], 1e-9) << i << " " << j;
    }
  m[(n - 1) * n + n - 1] = -1;
  EXPECT_FALSE(cholesky(m, n));
}

// Other people's numbers. FIGMENT_SEPARATION_DATA names a folder with
//   mir_eval/   of github.com/craffel/mir_eval (MIT), tests/data/separation: ref*/, est*/, output*.json
//   museval/    of github.com/sigsep/sigsep-mus-eval (MIT), tests/data: rock.json ("Music Delta - 80s Rock.json") and the stems 1 to 4 of its
//               MUSDB18-7-SAMPLE train track, as drums.wav, bass.wav, other.wav, vocals.wav (ffmpeg -map 0:1 -c:a pcm_s16le …)
fs::path outside_data(const char* name) {
  const char* root = std::getenv("FIGMENT_SEPARATION_DATA");
  return root == nullptr ? fs::path() : fs::path(root) / name;
}

// Python writes an infinite ratio as no JSON has it.
nlohmann::json json_in(const fs::path& file) {
  std::string text = storage::read_file(file);
  for (std::size_t at; (at = text.find("Infinity")) != std::string::npos;) text.replace(at, 8, "1e9");
  return nlohmann::json::parse(text);
}

std::vector<audio::AudioBuffer> sounds_in(const fs::path& folder, int channels, float gain) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<audio::AudioBuffer> sounds;
  for (const fs::path& file : files) {
    const auto stored = audio::read_audio(file);
    audio::AudioBuffer sound(channels, stored.frames(), stored.rate());
    // The mean of what is there, and the same at `gain` in the further channels, as its tests have it.
    for (int from = 0; from < stored.channels(); ++from)
      for (int c = 0; c < channels; ++c)
        for (std::int64_t n = 0; n < stored.frames(); ++n) sound.channel(c)[n] += (c == 0 ? 1 : gain) * stored.channel(from)[n] / static_cast<float>(stored.channels());
    sounds.push_back(std::move(sound));
  }
  return sounds;
}

// Its signals are random; its numbers are those of the MATLAB toolbox, compared there within 0.01 dB.
TEST(BssEval, AgreesWithMirEval) {
  const fs::path folder = outside_data("mir_eval");
  if (folder.empty() || !fs::is_directory(folder)) GTEST_SKIP() << "FIGMENT_SEPARATION_DATA/mir_eval is not there";
  int compared = 0;
  for (int set = 0; set < 10; ++set) {
    const std::string number = "0" + std::to_string(set);
    if (!fs::exists(folder / ("output" + number + ".json"))) continue;
    const auto expected = json_in(folder / ("output" + number + ".json"));
    for (const char* kind : {"Images", "Images Framewise"}) {
      if (std::string(kind) == "Images Framewise" && set != 3) continue;   // the same again, and long work
      const auto& e = expected.at(kind);
      const int channels = e.at("nchan");
      const auto references = sounds_in(folder / ("ref" + number), channels, 1), estimates = sounds_in(folder / ("est" + number), channels, e.at("gain").get<float>());
      const std::int64_t frames = references[0].frames(), window = e.value("win", frames), hop = e.value("hop", frames);
      std::size_t index = 0;
      for (std::int64_t at = 0; at + window <= frames; at += hop, ++index) {
        std::vector<audio::AudioView> r, x;
        for (const auto& sound : references) r.push_back(sound.view().part(at, window));
        // It looks for the order of estimates that scores best, and says which that was.
        for (std::size_t s = 0; s < references.size(); ++s) {
          const auto& place = e.at("Source permutation").at(s);
          x.push_back(estimates[(place.is_array() ? place.at(index) : place).get<std::size_t>()].view().part(at, window));
        }
        const auto scores = bss_eval(r, x, {.window = window, .hop = window, .taps = 512, .projections = true});
        for (std::size_t s = 0; s < scores.size(); ++s)
          for (const auto& [name, found] : {std::pair{"Source to Distortion", scores[s].sdr[0]}, {"Image to Spatial", scores[s].isr[0]}, {"Source to Interference", scores[s].sir[0]}, {"Source to Artifact", scores[s].sar[0]}}) {
            auto wanted = e.at(name).at(s);
            if (wanted.is_array()) wanted = wanted.at(index);
            if (std::abs(wanted.get<double>()) > 100) continue;   // both only say: as good as exact
            EXPECT_NEAR(found, wanted.get<double>(), 0.01) << number << " " << kind << " " << name << " source " << s << " window " << index;
            ++compared;
          }
      }
    }
  }
  EXPECT_GT(compared, 100);
}

// Random numbers for estimates, as numpy's seed 0 gives them.
TEST(BssEval, AgreesWithMuseval) {
  const fs::path folder = outside_data("museval");
  if (folder.empty() || !fs::is_directory(folder)) GTEST_SKIP() << "FIGMENT_SEPARATION_DATA/museval is not there";
  const auto vocals = audio::read_audio(folder / "vocals.wav");
  audio::AudioBuffer rest(2, vocals.frames(), vocals.rate());
  for (const char* stem : {"drums.wav", "bass.wav", "other.wav"}) rest.block().add(audio::read_audio(folder / stem).view());
  std::mt19937 twister(0);
  const auto random = [&] {
    audio::AudioBuffer sound(2, vocals.frames(), vocals.rate());
    for (std::int64_t n = 0; n < vocals.frames(); ++n)
      for (int c = 0; c < 2; ++c) {
        const double high = twister() >> 5, low = twister() >> 6;
        sound.channel(c)[n] = static_cast<float>((high * 67108864 + low) / 9007199254740992.0);
      }
    return sound;
  };
  std::vector<audio::AudioBuffer> references, estimates;
  references.push_back(vocals), references.push_back(std::move(rest));
  estimates.push_back(random()), estimates.push_back(random());
  const auto scores = judged(references, estimates, {.projections = true});
  const auto expected = json_in(folder / "rock.json");
  for (const auto& target : expected.at("targets")) {
    const BssScores& found = scores[target.at("name") == "vocals" ? 0 : 1];
    const auto& frames = target.at("frames");
    ASSERT_EQ(frames.size(), found.sdr.size());
    for (std::size_t w = 0; w < frames.size(); ++w) {
      const auto& metrics = frames[w].at("metrics");
      EXPECT_NEAR(found.sdr[w], metrics.at("SDR").get<double>(), 0.01) << target.at("name") << " " << w;
      EXPECT_NEAR(found.isr[w], metrics.at("ISR").get<double>(), 0.01) << target.at("name") << " " << w;
      EXPECT_NEAR(found.sir[w], metrics.at("SIR").get<double>(), 0.01) << target.at("name") << " " << w;
      EXPECT_NEAR(found.sar[w], metrics.at("SAR").get<double>(), 0.01) << target.at("name") << " " << w;
    }
  }
}

}  // namespace
}  // namespace figment::stems
