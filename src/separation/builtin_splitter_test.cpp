// Sounds of which it is known what they are go where they belong, and nothing is lost, added or louder.
#include "separation/builtin_splitter.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/error.h"
#include "base/random.h"

namespace figment::separation {
namespace {

enum { kDrumsStem, kBassStem, kOtherStem, kVocalsStem };
constexpr Hertz kTestRate{44100};
using FourStems = std::array<audio::AudioBuffer, 4>;

std::int64_t segment_length() {
  static const std::int64_t frames = make_builtin_splitter()->shape().segment;
  return frames;
}

audio::AudioBuffer nothing() { return {2, segment_length(), kTestRate}; }

FourStems split_whole(const audio::AudioBuffer& mix, int threads = 0) {
  const auto splitter = make_builtin_splitter(threads);
  FourStems stems{nothing(), nothing(), nothing(), nothing()};
  roles::SplitSegment segment{mix.view(), {}};
  for (audio::AudioBuffer& stem : stems) segment.stems.push_back(stem.block());
  splitter->split(std::span(&segment, 1), Progress());
  return stems;
}

double power(const audio::AudioBuffer& x) {
  double sum = 0;
  for (int c = 0; c < 2; ++c)
    for (std::int64_t i = 0; i < x.frames(); ++i) sum += static_cast<double>(x.channel(c)[i]) * x.channel(c)[i];
  return sum;
}

double share(const FourStems& stems, int stem) {
  double all = 0;
  for (const audio::AudioBuffer& s : stems) all += power(s);
  return power(stems[static_cast<std::size_t>(stem)]) / all;
}

// Ratio of the stem to its error, in dB.
double sdr(const audio::AudioBuffer& truth, const audio::AudioBuffer& estimate) {
  audio::AudioBuffer error = estimate;
  error.block().add(truth.view(), -1.0F);
  return 10 * std::log10(power(truth) / power(error));
}

audio::AudioBuffer sum_of(std::initializer_list<const audio::AudioBuffer*> parts) {
  audio::AudioBuffer sum = nothing();
  for (const audio::AudioBuffer* p : parts) sum.block().add(p->view());
  return sum;
}

// A tone with harmonics that fall by 1 / h, from one moment to another, on places from -1 (left) to 1.
void add_tone(audio::AudioBuffer& x, double hertz, double from, double to, float gain, float place, int harmonics, double vibrato = 0) {
  const auto first = static_cast<std::int64_t>(from * 44100), last = std::min(x.frames(), static_cast<std::int64_t>(to * 44100));
  for (int h = 1; h <= harmonics; ++h) {
    double phase = 0.7 * h;
    for (std::int64_t i = first; i < last; ++i) {
      const double t = static_cast<double>(i - first) / 44100, edge = std::min({1.0, t * 50, static_cast<double>(last - i) / 882});
      phase += 2 * std::numbers::pi * h * hertz * (1 + vibrato * std::sin(2 * std::numbers::pi * 5.5 * t)) / 44100;
      const auto y = static_cast<float>(gain * edge / h * std::sin(phase));
      x.channel(0)[i] += y * (1 - place) * 0.5F;
      x.channel(1)[i] += y * (1 + place) * 0.5F;
    }
  }
}

// Bursts of noise that die within some hundredths of a second, twice a second.
audio::AudioBuffer clicks() {
  audio::AudioBuffer x = nothing();
  Random random(3);
  for (std::int64_t begin = 8000; begin + 4000 < x.frames(); begin += 22050)
    for (std::int64_t i = 0; i < 4000; ++i) {
      const auto y = static_cast<float>(0.5 * random.normal() * std::exp(-static_cast<double>(i) / 500));
      for (int c = 0; c < 2; ++c) x.channel(c)[begin + i] += y;
    }
  return x;
}

audio::AudioBuffer wide_chords() {
  audio::AudioBuffer x = nothing();
  const double length = static_cast<double>(x.frames()) / 44100;
  constexpr double chords[4][3] = {{220, 277.2, 329.6}, {196, 246.9, 293.7}, {174.6, 220, 261.6}, {164.8, 207.7, 246.9}};
  int bar = 0;
  for (double from = 0; from < length; from += 2, ++bar)
    for (int n = 0; n < 3; ++n) add_tone(x, 2 * chords[bar % 4][n], from, from + 2, 0.12F, n == 1 ? 0.9F : n == 0 ? -0.9F : -0.7F, 6);
  return x;
}

audio::AudioBuffer bass_tune() {
  audio::AudioBuffer x = nothing();
  const double length = static_cast<double>(x.frames()) / 44100;
  constexpr double tones[4] = {60, 60, 73.4, 49};
  int n = 0;
  for (double from = 0; from < length; from += 1, ++n) add_tone(x, tones[n % 4], from, from + 1, 0.4F, 0, 4);
  return x;
}

audio::AudioBuffer voice() {
  audio::AudioBuffer x = nothing();
  const double length = static_cast<double>(x.frames()) / 44100;
  constexpr double tones[5] = {523, 587, 659, 494, 440};
  int n = 0;
  for (double from = 0.3; from < length; from += 0.8, ++n) add_tone(x, tones[n % 5], from, from + 0.75, 0.35F, 0, 12, 0.008);
  return x;
}

TEST(BuiltinSplitter, ClicksAreDrums) { EXPECT_GT(share(split_whole(clicks()), kDrumsStem), 0.9); }

TEST(BuiltinSplitter, AWideChordThatStandsIsOther) { EXPECT_GT(share(split_whole(wide_chords()), kOtherStem), 0.8); }

TEST(BuiltinSplitter, ALowLineIsBass) { EXPECT_GT(share(split_whole(bass_tune()), kBassStem), 0.85); }

TEST(BuiltinSplitter, AMixIsTakenApart) {
  const audio::AudioBuffer drums = clicks(), bass = bass_tune(), chords = wide_chords(), tune = voice();
  const audio::AudioBuffer mix = sum_of({&drums, &bass, &chords, &tune});
  const FourStems stems = split_whole(mix);
  EXPECT_GT(sdr(drums, stems[kDrumsStem]), 6);
  EXPECT_GT(sdr(bass, stems[kBassStem]), 8);
  EXPECT_GT(sdr(chords, stems[kOtherStem]), 3);
  EXPECT_GT(sdr(tune, stems[kVocalsStem]), 6);
}

TEST(BuiltinSplitter, AVoiceInTheMiddleIsToldFromWideChords) {
  const audio::AudioBuffer chords = wide_chords(), tune = voice();
  const FourStems stems = split_whole(sum_of({&chords, &tune}));
  EXPECT_GT(sdr(tune, stems[kVocalsStem]), 8);
  EXPECT_GT(sdr(chords, stems[kOtherStem]), 5);
}

TEST(BuiltinSplitter, TheStemsAddUpToTheMixAndHoldNoGarbage) {
  Random random(11);
  audio::AudioBuffer noise = nothing(), left = nothing(), constant = nothing(), impulse = nothing(), faint = nothing(), mono = nothing();
  for (std::int64_t i = 0; i < noise.frames(); ++i) {
    for (int c = 0; c < 2; ++c) noise.channel(c)[i] = static_cast<float>(0.2 * random.normal());
    left.channel(0)[i] = noise.channel(1)[i];
    constant.channel(0)[i] = constant.channel(1)[i] = 0.7F;
    mono.channel(0)[i] = mono.channel(1)[i] = noise.channel(0)[i];
    for (int c = 0; c < 2; ++c) faint.channel(c)[i] = 1e-12F * noise.channel(c)[i];
  }
  impulse.channel(1)[segment_length() / 2] = 1;
  const audio::AudioBuffer drums = clicks(), bass = bass_tune(), chords = wide_chords(), tune = voice(), music = sum_of({&drums, &bass, &chords, &tune});
  int which = 0;
  for (const audio::AudioBuffer* mix : std::initializer_list<const audio::AudioBuffer*>{&noise, &left, &constant, &impulse, &faint, &mono, &music}) {
    const FourStems stems = split_whole(*mix);
    const float top = audio::peak(mix->view());
    double error = 0;
    for (int c = 0; c < 2; ++c)
      for (std::int64_t i = 0; i < mix->frames(); ++i) {
        double sum = 0;
        for (const audio::AudioBuffer& s : stems) {
          ASSERT_TRUE(std::isfinite(s.channel(c)[i])) << "sound " << which << ", frame " << i;
          sum += s.channel(c)[i];
        }
        error = std::max(error, std::abs(sum - mix->channel(c)[i]));
      }
    EXPECT_LT(error, 1e-6 * top) << "sound " << which;
    for (const audio::AudioBuffer& s : stems) EXPECT_LE(audio::peak(s.view()), 2 * top) << "sound " << which;
    ++which;
  }
}

TEST(BuiltinSplitter, OneChannelAloneStaysThere) {
  audio::AudioBuffer left = voice();
  std::fill(left.channel(1), left.channel(1) + left.frames(), 0.0F);
  for (const audio::AudioBuffer& stem : split_whole(left)) EXPECT_LT(audio::peak(stem.view().only(1)), 1e-6F);
}

TEST(BuiltinSplitter, TwoEqualChannelsStayEqual) {
  const audio::AudioBuffer drums = clicks(), tune = voice();
  for (const audio::AudioBuffer& stem : split_whole(sum_of({&drums, &tune}))) {
    float most = 0;
    for (std::int64_t i = 0; i < stem.frames(); ++i) most = std::max(most, std::abs(stem.channel(0)[i] - stem.channel(1)[i]));
    EXPECT_LT(most, 1e-5F);
  }
}

TEST(BuiltinSplitter, SilenceStaysSilence) {
  for (const audio::AudioBuffer& stem : split_whole(nothing())) EXPECT_EQ(audio::peak(stem.view()), 0.0F);
}

TEST(BuiltinSplitter, WhatIsNoNumberCountsAsSilence) {
  audio::AudioBuffer bad = voice();
  bad.channel(0)[1000] = std::numeric_limits<float>::quiet_NaN();
  bad.channel(1)[90000] = std::numeric_limits<float>::infinity();
  for (const audio::AudioBuffer& stem : split_whole(bad)) {
    ASSERT_TRUE(std::isfinite(power(stem)));
    EXPECT_LT(audio::peak(stem.view()), 2.0F);
  }
  audio::AudioBuffer worse = nothing();
  worse.channel(0)[5] = std::numeric_limits<float>::quiet_NaN();
  for (const audio::AudioBuffer& stem : split_whole(worse)) EXPECT_EQ(power(stem), 0.0);
}

TEST(BuiltinSplitter, TheLevelChangesNothing) {
  const audio::AudioBuffer drums = clicks(), bass = bass_tune(), tune = voice();
  const audio::AudioBuffer mix = sum_of({&drums, &bass, &tune});
  const FourStems once = split_whole(mix);
  // A power of two changes no digit; another factor changes rounding.
  for (const float gain : {1.0F / 1024, 0.003F, 37.0F}) {
    audio::AudioBuffer other = mix;
    other.block().scale(gain);
    FourStems again = split_whole(other);
    for (std::size_t s = 0; s < 4; ++s) {
      if (gain == 1.0F / 1024) {
        for (std::int64_t i = 0; i < mix.frames(); ++i) ASSERT_EQ(again[s].channel(0)[i] * 1024, once[s].channel(0)[i]) << "stem " << s;
      } else {
        again[s].block().scale(1 / gain);
        EXPECT_GT(sdr(once[s], again[s]), 40) << "stem " << s << ", gain " << gain;
      }
    }
  }
}

TEST(BuiltinSplitter, AnyNumberOfThreadsGivesTheSameBits) {
  const audio::AudioBuffer drums = clicks(), bass = bass_tune(), chords = wide_chords(), tune = voice();
  const audio::AudioBuffer mix = sum_of({&drums, &bass, &chords, &tune});
  const FourStems one = split_whole(mix, 1), three = split_whole(mix, 3);
  for (std::size_t s = 0; s < 4; ++s)
    for (int c = 0; c < 2; ++c)
      for (std::int64_t i = 0; i < mix.frames(); ++i) ASSERT_EQ(one[s].channel(c)[i], three[s].channel(c)[i]) << "stem " << s << ", frame " << i;
}

TEST(BuiltinSplitter, AStemThatIsNotWantedChangesNoOther) {
  const audio::AudioBuffer drums = clicks(), tune = voice(), mix = sum_of({&drums, &tune});
  const FourStems all = split_whole(mix);
  audio::AudioBuffer vocals = nothing(), other = nothing();
  roles::SplitSegment segment{mix.view(), {audio::AudioBlock(), audio::AudioBlock(), other.block(), vocals.block()}};
  make_builtin_splitter()->split(std::span(&segment, 1), Progress());
  for (std::int64_t i = 0; i < mix.frames(); ++i) {
    ASSERT_EQ(vocals.channel(0)[i], all[kVocalsStem].channel(0)[i]);
    ASSERT_EQ(other.channel(1)[i], all[kOtherStem].channel(1)[i]);
  }
}

TEST(BuiltinSplitter, StopsWhenToldTo) {
  const audio::AudioBuffer mix = clicks();
  audio::AudioBuffer stem = nothing();
  roles::SplitSegment segment{mix.view(), {stem.block(), {}, {}, {}}};
  const Progress progress;
  progress.cancel();
  try {
    make_builtin_splitter()->split(std::span(&segment, 1), progress);
    FAIL() << "went on";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::Cancelled);
  }
}

}  // namespace
}  // namespace figment::separation
