#include "mix/mixer.h"

#include <gtest/gtest.h>

#include <mutex>

#include "audio/wave.h"
#include "base/executor.h"
#include "base/random.h"
#include "mix/test_sounds.h"

namespace figment::mix {
namespace {

using testing::expect_same;

constexpr std::int64_t kFrames = 50000;

audio::AudioBuffer noise(std::uint64_t seed, int channels) {
  Random random(seed);
  audio::AudioBuffer sound(channels, kFrames, Hertz{44100});
  for (int c = 0; c < channels; ++c)
    for (std::int64_t n = 0; n < kFrames; ++n) sound.channel(c)[n] = static_cast<float>(random.uniform(-0.2, 0.2));
  audio::to_24_bit(sound.block());
  return sound;
}

Strip::Read reading(const audio::AudioBuffer& sound) {
  return [&sound](std::int64_t frame, audio::AudioBlock out) {
    out.clear();
    const std::int64_t skip = std::clamp<std::int64_t>(-frame, 0, out.frames());
    out.part(skip, out.frames()).copy_from(sound.view().part(frame + skip, out.frames() - skip));
  };
}

Strip strip_of(const audio::AudioBuffer& sound) {
  Strip strip;
  strip.channels = sound.channels();
  strip.read = reading(sound);
  return strip;
}

std::function<std::vector<Insert>()> chain_of(const char* effect) {
  return [effect] {
    std::vector<Insert> chain;
    chain.push_back({dsp::make_processor(effect), {}, -1});
    return chain;
  };
}

struct Result {
  std::vector<audio::AudioBuffer> stems;
  std::vector<std::int64_t> frames;                        // delivered of each
  audio::AudioBuffer mix{2, kFrames, Hertz{44100}};
};

Result run(Mixdown& desk) {
  desk.frames = kFrames;
  desk.scratch = std::filesystem::temp_directory_path();
  std::mutex lock;
  Result result;
  for (std::size_t i = 0; i < desk.strips.size() + desk.returns.size(); ++i) result.stems.emplace_back(2, kFrames, Hertz{44100});
  result.frames.assign(result.stems.size(), 0);
  desk.on_stem = [&](std::size_t stem, std::int64_t frame, audio::AudioView view) {
    if (stem < desk.strips.size()) {
      EXPECT_EQ(frame, result.frames[stem]);   // in order, without gaps
    }
    const std::lock_guard hold(lock);
    result.stems[stem].block().part(frame, view.frames()).copy_from(view);
    result.frames[stem] += view.frames();
  };
  mix_strips(desk, Progress());
  for (std::size_t i = 0; i < desk.strips.size(); ++i)
    if (!desk.strips[i].finished) desk.strips[i].finished = reading(result.stems[i]);
  mix_returns(desk, Progress());
  for (const auto& stem : result.stems) result.mix.block().add(stem.view());
  return result;
}

double power(audio::AudioView view) {
  double sum = 0;
  for (int c = 0; c < view.channels(); ++c)
    for (std::int64_t n = 0; n < view.frames(); ++n) sum += static_cast<double>(view.channel(c)[n]) * view.channel(c)[n];
  return sum;
}

// After a change of one strip the others are only read, and only where a bus that changed listens; what is made then has
// the bits it has when everything is made.
TEST(Mixer, WhatIsMadeAgainHasTheBitsOfMakingEverything) {
  const auto kick = noise(1, 1), changed_kick = noise(10, 1), keys = noise(2, 2), bass = noise(3, 2), hats = noise(4, 1);
  const auto desk_with = [&](const audio::AudioBuffer& kick_sound) {
    Mixdown desk;
    for (const auto* sound : {&kick_sound, &keys, &bass, &hats}) desk.strips.push_back(strip_of(*sound));
    desk.strips[0].sends.push_back({0, Decibels{-12}, {}});
    desk.strips[1].sends.push_back({0, Decibels{-6}, {}});
    desk.strips[3].sends.push_back({1, Decibels{-6}, {}});
    desk.strips[2].inserts.push_back({dsp::make_processor("ducker"), {}, 0});
    desk.strips[3].inserts.push_back({dsp::make_processor("limiter"), {}, -1});   // has latency
    desk.returns.resize(2);
    desk.returns[0].effects = chain_of("reverb");
    desk.returns[1].effects = chain_of("delay");
    return desk;
  };
  Mixdown first = desk_with(kick), all = desk_with(changed_kick), part = desk_with(changed_kick);
  const Result before = run(first), whole = run(all);

  part.strips[1].finished = reading(before.stems[1]);
  part.strips[3].finished = [](std::int64_t, audio::AudioBlock) { ADD_FAILURE() << "nobody listens to the hats"; };
  part.strips[3].read = part.strips[3].finished;
  part.returns[1].wanted = {0};
  const Result again = run(part);
  for (const std::size_t made : {0U, 2U, 4U}) {
    EXPECT_EQ(again.frames[made], kFrames);
    expect_same(again.stems[made], whole.stems[made]);
  }
  for (const std::size_t kept : {1U, 3U, 5U}) {
    EXPECT_EQ(again.frames[kept], 0);
    expect_same(before.stems[kept], whole.stems[kept]);
  }
}

// A stem is what its 24-bit file holds, and that is what a bus hears.
TEST(Mixer, StemsHoldTwentyFourBits) {
  const auto a = noise(1, 1);
  Mixdown desk;
  desk.strips.push_back(strip_of(a));
  desk.strips[0].gain = Decibels{-7.3};
  desk.strips[0].sends.push_back({0, Decibels{-6}, {}});
  desk.returns.emplace_back();
  desk.returns[0].effects = chain_of("reverb");
  const Result r = run(desk);
  for (const auto& stem : r.stems) {
    audio::AudioBuffer rounded = stem;
    audio::to_24_bit(rounded.block());
    expect_same(stem, rounded);
  }
}

// Constant power: wherever a mono source stands, left² + right² is the source's power.
TEST(Mixer, PanningAMonoSourceKeepsItsPower) {
  const auto a = noise(3, 1);
  for (const double pan : {-1.0, -0.5, 0.0, 0.7, 1.0}) {
    Mixdown desk;
    desk.strips.push_back(strip_of(a));
    desk.strips[0].pan = pan;
    EXPECT_NEAR(power(run(desk).mix.view()) / power(a.view()), 1.0, 1e-4) << pan;
  }
}

TEST(Mixer, AFaderMovesInDecibelsBetweenItsPoints) {
  audio::AudioBuffer one(2, kFrames, Hertz{44100});
  for (int c = 0; c < 2; ++c) std::fill_n(one.channel(c), kFrames, 1.0F);
  Mixdown desk;
  desk.strips.push_back(strip_of(one));
  desk.strips[0].fader.points = {{10000, 0.0}, {30000, -20.0}};
  const Result r = run(desk);
  EXPECT_NEAR(r.mix.channel(0)[5000], 1.0, 1e-3);
  EXPECT_NEAR(to_decibels(r.mix.channel(0)[20000]).value, -10, 0.1);
  EXPECT_NEAR(to_decibels(r.mix.channel(1)[40000]).value, -20, 0.1);
  for (std::int64_t n = 1; n < kFrames; ++n) ASSERT_LT(std::fabs(r.mix.channel(0)[n] - r.mix.channel(0)[n - 1]), 0.001F) << n;  // no steps
}

// An effect that looks ahead delays its strip; the desk takes the delay out again.
TEST(Mixer, LatencyIsCompensated) {
  const auto a = noise(4, 2), b = noise(5, 2);
  Mixdown desk;
  desk.strips.push_back(strip_of(a));
  desk.strips.push_back(strip_of(b));
  auto limiter = dsp::make_processor("limiter");
  limiter->set("ceiling_db", 0);
  desk.strips[0].inserts.push_back({std::move(limiter), {}, -1});
  const Result r = run(desk);
  ASSERT_GT(desk.strips[0].inserts[0].processor->latency().value, 0);
  for (std::int64_t n = 0; n < kFrames; ++n) {
    ASSERT_NEAR(r.stems[0].channel(0)[n], a.channel(0)[n], 1e-5) << n;
    ASSERT_EQ(r.stems[1].channel(0)[n], b.channel(0)[n]) << n;
  }
}

TEST(Mixer, AMutedKeyStillDucks) {
  const auto kick = noise(6, 1), bass = noise(7, 2);
  const auto bass_power = [&](double key_gain) {
    audio::AudioBuffer key = kick;
    key.block().scale(static_cast<float>(key_gain));
    Mixdown desk;
    desk.strips.push_back(strip_of(key));
    desk.strips[0].mute = true;
    desk.strips.push_back(strip_of(bass));
    auto ducker = dsp::make_processor("ducker");
    ducker->set("depth_db", 12);
    desk.strips[1].inserts.push_back({std::move(ducker), {}, 0});
    const Result r = run(desk);
    EXPECT_EQ(power(r.stems[0].view()), 0);
    return power(r.stems[1].view());
  };
  EXPECT_NEAR(10 * std::log10(bass_power(0) / bass_power(4)), 12, 1.5);
}

// A reverb made in segments is the reverb made in one go, to 100 dB below it; and what happens early in a song has no trace
// in the bits of what comes long after.
TEST(Mixer, ABusForgetsAndNobodyHearsIt) {
  constexpr std::int64_t kLong = 20 * 44100;
  const auto mixed = [&](float first_hit) {
    Mixdown desk;
    desk.frames = kLong;
    desk.scratch = std::filesystem::temp_directory_path();
    Strip strip;
    strip.channels = 1;
    strip.read = [first_hit](std::int64_t frame, audio::AudioBlock out) {
      for (std::int64_t n = 0; n < out.frames(); ++n) {
        const std::int64_t at = frame + n;
        out.channel(0)[n] = at % 11025 == 100 ? (at < 11025 ? first_hit : 0.9F) : 0.0F;
      }
    };
    strip.sends.push_back({0, Decibels{0}, {}});
    desk.strips.push_back(std::move(strip));
    desk.returns.resize(1);
    desk.returns[0].effects = chain_of("reverb");
    audio::AudioBuffer bus(2, kLong, Hertz{44100});
    audio::AudioBuffer stem(2, kLong, Hertz{44100});
    desk.on_stem = [&](std::size_t i, std::int64_t frame, audio::AudioView view) { (i == 0 ? stem : bus).block().part(frame, view.frames()).copy_from(view); };
    mix_strips(desk, Progress());
    desk.strips[0].finished = reading(stem);
    mix_returns(desk, Progress());
    return bus;
  };
  const auto one = mixed(0.9F), other = mixed(0.5F);

  auto reverb = dsp::make_processor("reverb");
  reverb->prepare({Hertz{44100}, 2, 256});
  audio::AudioBuffer whole(2, kLong, Hertz{44100});
  // The strip is mono in the middle: -3 dB on each side.
  for (std::int64_t n = 100; n < kLong; n += 11025)
    for (int c = 0; c < 2; ++c) whole.channel(c)[n] = static_cast<float>(0.9 * std::sqrt(0.5));
  for (std::int64_t n = 0; n < kLong; n += 256) reverb->process(whole.block().part(n, 256));
  double difference = 0;
  for (std::int64_t n = 0; n < kLong; ++n) difference += std::pow(static_cast<double>(whole.channel(0)[n]) - one.channel(0)[n], 2);
  EXPECT_LT(10 * std::log10(difference / power(whole.view())), -95);

  bool differs = false;
  for (std::int64_t n = 0; n < 22050; ++n) differs = differs || one.channel(0)[n] != other.channel(0)[n];
  EXPECT_TRUE(differs);
  for (std::int64_t n = 2 * segment_frames(Hertz{44100}); n < kLong; ++n) ASSERT_EQ(one.channel(0)[n], other.channel(0)[n]) << n;
}

// A change in one segment reaches as many segments as `reach_of` says; making just those gives the bits of making all, and
// the others hear nothing of it.
TEST(Mixer, OnlyTheSegmentsInReachOfAChangeAreMade) {
  const std::int64_t segment = segment_frames(Hertz{44100}), frames = 5 * segment + 1000;
  Random random(11);
  audio::AudioBuffer before(2, frames, Hertz{44100});
  for (int c = 0; c < 2; ++c)
    for (std::int64_t n = 0; n < frames; ++n) before.channel(c)[n] = static_cast<float>(random.uniform(-0.2, 0.2));
  audio::to_24_bit(before.block());
  audio::AudioBuffer after = before;
  after.block().part(segment + 500, 200).clear();

  for (const char* effect : {"reverb", "delay", "limiter"}) {
    Mixdown desk;
    desk.frames = frames;
    desk.scratch = std::filesystem::temp_directory_path();
    desk.strips.push_back(strip_of(before));
    desk.strips[0].sends.push_back({0, Decibels{0}, {}});
    desk.returns.resize(1);
    desk.returns[0].effects = chain_of(effect);
    const auto made = [&](const audio::AudioBuffer& stem, std::vector<char> wanted) {
      audio::AudioBuffer bus(2, frames, Hertz{44100});
      desk.strips[0].finished = reading(stem);
      desk.returns[0].wanted = std::move(wanted);
      desk.on_stem = [&](std::size_t, std::int64_t frame, audio::AudioView view) { bus.block().part(frame, view.frames()).copy_from(view); };
      mix_returns(desk, Progress());
      return bus;
    };
    const audio::AudioBuffer old = made(before, {}), all = made(after, {});
    const Reach reach = reach_of(desk, 0);
    std::vector<char> wanted(6);
    for (std::size_t s = 0; s < 6; ++s) wanted[s] = s <= 1 + reach.before && 1 <= s + reach.after;
    const audio::AudioBuffer part = made(after, wanted);
    for (std::int64_t n = 0; n < frames; ++n) {
      const bool remade = wanted[static_cast<std::size_t>(n / segment)] != 0;
      ASSERT_EQ(all.channel(0)[n], (remade ? part : old).channel(0)[n]) << effect << " at " << n;
      if (!remade) {
        ASSERT_EQ(part.channel(0)[n], 0) << effect << " at " << n;
      }
    }
    EXPECT_EQ(wanted[5], 0) << effect;
  }
}

TEST(Mixer, ThreadsDoNotChangeABit) {
  const auto a = noise(8, 1), b = noise(9, 2);
  const auto once = [&] {
    Mixdown desk;
    desk.strips.push_back(strip_of(a));
    desk.strips.push_back(strip_of(b));
    desk.strips[0].sends.push_back({0, Decibels{-3}, {}});
    desk.returns.emplace_back();
    desk.returns[0].effects = chain_of("delay");
    return run(desk);
  };
  const Result many = once();
  const ThreadLimit limit(1);
  const Result one = once();
  expect_same(many.mix, one.mix);
}

}  // namespace
}  // namespace figment::mix
