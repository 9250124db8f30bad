#include "dsp/delay.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

TEST(Delay, EchoesExactlyInTime) {
  auto p =
      make("delay", {{"time_beats", 0.75}, {"feedback", 0.5}, {"mix", 1}, {"low_cut_hz", 10}, {"high_cut_hz", 22000}});
  p->set_tempo(Bpm{128});
  const auto late = std::llround(0.75 * 60 / 128 * 44100);
  auto sound = impulse(3 * late + 1000);
  run(*p, sound);
  for (int echo = 1; echo <= 3; ++echo) {
    const float* x = sound.channel(0) + (echo - 1) * late + late / 2;
    EXPECT_EQ(std::max_element(x, x + late) - x, late - late / 2) << echo;
  }
  EXPECT_EQ(sound.channel(0)[0], 0.0F);
}

TEST(Delay, FeedbackIsTheRatioOfEchoes) {
  auto p =
      make("delay", {{"time_beats", 1}, {"feedback", 0.6}, {"mix", 1}, {"low_cut_hz", 20}, {"high_cut_hz", 20000}});
  auto sound = sine(1000, 0.5, 110250);
  for (int c = 0; c < 2; ++c) std::fill(sound.channel(c) + 8000, sound.channel(c) + 110250, 0.0F);
  run(*p, sound);
  const double first = amplitude_at(sound.channel(0) + 22050 + 2000, 4096, 1000);
  const double second = amplitude_at(sound.channel(0) + 44100 + 2000, 4096, 1000);
  EXPECT_NEAR(second / first, 0.6, 0.01);
}

TEST(Delay, PingPongChangesSides) {
  auto p = make("delay", {{"time_beats", 0.5}, {"feedback", 0.7}, {"mix", 1}, {"ping_pong", 1}});
  auto sound = impulse(60000);
  run(*p, sound);
  const auto loud = [&](int c, int echo) { return rms(sound.channel(c) + echo * 11025 - 50, 1000); };
  EXPECT_GT(loud(0, 1), 20 * loud(1, 1));
  EXPECT_GT(loud(1, 2), 20 * loud(0, 2));
  EXPECT_GT(loud(0, 3), 20 * loud(1, 3));
}

TEST(Delay, SendThrows) {
  auto p = make("delay", {{"time_beats", 0.5}, {"mix", 1}, {"send", 0}, {"feedback", 0}});
  auto sound = noise(2, 33075);
  for (int at = 0; at < 33075; at += 441) {
    if (at == 4410) p->set("send", 1);
    if (at == 8820) p->set("send", 0);
    p->process(sound.block().part(at, 441));
  }
  EXPECT_LT(rms(sound.channel(0) + 11025, 4000), 1e-6);
  EXPECT_GT(rms(sound.channel(0) + 11025 + 6000, 2000), 0.03);
  EXPECT_LT(rms(sound.channel(0) + 11025 + 16000, 4000), 1e-4);
}

TEST(Delay, DucksUnderTheSound) {
  const auto echo_level = [](double ducking) {
    auto p = make("delay", {{"time_beats", 0.5}, {"mix", 0.5}, {"ducking_db", ducking}});
    auto sound = sine(500, 0.5, 44100);
    run(*p, sound);
    auto dry = sine(500, 0.25, 44100);
    dry.block().scale(-1);
    sound.block().add(dry.view());
    return rms(sound.channel(0) + 22050, 20000);
  };
  EXPECT_NEAR(db(echo_level(12) / echo_level(0)), -12, 1.0);
}

TEST(Delay, ChangesItsTimeWithoutAClick) {
  auto p =
      make("delay", {{"time_beats", 0.5}, {"mix", 1}, {"feedback", 0}, {"low_cut_hz", 10}, {"high_cut_hz", 22000}});
  auto sound = sine(100, 0.5, 88200);
  for (int at = 0; at < 88200; at += 441) {
    if (at == 44100) p->set("time_beats", 0.3);
    p->process(sound.block().part(at, 441));
  }
  EXPECT_LT(db(amplitude_at(sound.channel(0) + 42000, 8192, 7000) / 0.5), -90);
}

}  // namespace
}  // namespace figment::dsp
