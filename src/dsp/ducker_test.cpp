#include "dsp/ducker.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

// Kicks of 50 ms, two per second.
AudioBuffer kicks(std::int64_t frames) {
  auto key = sine(60, 0.9, frames, 1);
  for (std::int64_t i = 0; i < frames; ++i) {
    if (i % 22050 >= 2205) key.channel(0)[i] = 0;
  }
  return key;
}

AudioBuffer ones(std::int64_t frames) {
  AudioBuffer sound(2, frames, kRate);
  for (int c = 0; c < 2; ++c) std::fill_n(sound.channel(c), frames, 1.0F);
  return sound;
}

TEST(Ducker, GoesDownByItsDepthAndComesBack) {
  auto p = make("ducker", {{"depth_db", 12}, {"attack_ms", 2}, {"hold_ms", 10}, {"release_ms", 150}});
  auto sound = ones(44100);
  run(*p, sound, kicks(44100).view());
  EXPECT_NEAR(db(sound.channel(0)[22050 + 1000]), -12, 0.05);
  EXPECT_NEAR(db(sound.channel(0)[22050 + 20000]), 0, 0.01);
  EXPECT_NEAR(db(sound.channel(0)[22049]), 0, 0.01);
}

TEST(Ducker, MovesWithoutCorners) {
  auto p = make("ducker", {{"depth_db", 24}, {"attack_ms", 5}, {"release_ms", 200}});
  auto sound = ones(44100);
  run(*p, sound, kicks(44100).view());
  float most = 0;
  for (int i = 1; i < 44100; ++i) most = std::max(most, std::abs(sound.channel(0)[i] - sound.channel(0)[i - 1]));
  EXPECT_LT(most, 0.02F);
}

TEST(Ducker, WithoutAKeyChangesNothing) {
  auto p = make("ducker");
  auto sound = noise(2, 5000);
  const auto before = sound;
  run(*p, sound);
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(sound.channel(0)[i], before.channel(0)[i]);
}

TEST(Ducker, PumpsAlikeForLoudAndSoftKicks) {
  auto loud = ones(44100), soft = ones(44100);
  auto key = kicks(44100);
  auto p = make("ducker", {{"threshold_db", -40}, {"hold_ms", 80}});
  run(*p, loud, key.view());
  key.block().scale(0.3F);
  p->reset();
  run(*p, soft, key.view());
  EXPECT_NEAR(db(*std::min_element(loud.channel(0), loud.channel(0) + 44100)),
              db(*std::min_element(soft.channel(0), soft.channel(0) + 44100)), 0.01);
}

}  // namespace
}  // namespace figment::dsp
