#include "dsp/limiter.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"
#include "dsp/true_peak.h"

namespace figment::dsp {
namespace {

using namespace testing;

// Sounds that limiters stumble over.
std::vector<std::pair<const char*, AudioBuffer>> hard_sounds() {
  std::vector<std::pair<const char*, AudioBuffer>> all;
  all.emplace_back("white noise", noise(2, 66150, 0.5));
  auto clipped = noise(2, 66150, 2.0, 3);
  for (int c = 0; c < 2; ++c) {
    for (int i = 0; i < 66150; ++i) clipped.channel(c)[i] = std::clamp(clipped.channel(c)[i], -1.0F, 1.0F);
  }
  all.emplace_back("clipped noise", std::move(clipped));
  AudioBuffer square(2, 66150, kRate);
  for (int c = 0; c < 2; ++c) {
    for (int i = 0; i < 66150; ++i) square.channel(c)[i] = (i / (37 + 100 * c)) % 2 == 0 ? 1.0F : -1.0F;
  }
  all.emplace_back("naive square waves", std::move(square));
  AudioBuffer quarter(2, 66150, kRate);  // a quarter of the rate, 45° off: peaks lie between the samples
  for (int c = 0; c < 2; ++c) {
    for (int i = 0; i < 66150; ++i) quarter.channel(c)[i] = (i % 4 < 2 ? 1.0F : -1.0F) * (i > 20000 ? 1.0F : 0.3F);
  }
  all.emplace_back("quarter of the rate", std::move(quarter));
  AudioBuffer sparse(2, 66150, kRate);
  for (int i = 500; i < 66150; i += 1777) sparse.channel(i % 2)[i] = i % 3 == 0 ? 3.0F : -2.0F;
  all.emplace_back("lone clicks", std::move(sparse));
  auto burst = sine(9700, 1.5, 66150);
  for (int c = 0; c < 2; ++c) {
    for (int i = 0; i < 66150; ++i) burst.channel(c)[i] *= (i / 3000) % 2 == 0 ? 0.05F : 1.0F;
  }
  all.emplace_back("bursts at 9.7 kHz", std::move(burst));
  auto bass = sine(45, 1.2, 66150);
  auto highs = noise(2, 66150, 0.3, 9);
  bass.block().add(highs.view());
  all.emplace_back("bass and noise", std::move(bass));
  // All end in silence: a sound cut off in the middle has a step of its own, which no limiter sees.
  for (auto& [name, sound] : all) {
    for (int c = 0; c < 2; ++c) std::fill_n(sound.channel(c) + 62000, 4150, 0.0F);
  }
  return all;
}

TEST(Limiter, TruePeakNeverPassesTheCeiling) {
  for (const double ceiling : {-1.0, -6.0}) {
    for (const double drive : {0.0, 12.0}) {
      for (const double lookahead : {0.5, 4.0}) {
        for (auto& [name, sound] : hard_sounds()) {
          auto p =
              make("limiter",
                   {{"ceiling_db", ceiling}, {"input_db", drive}, {"lookahead_ms", lookahead}, {"release_ms", 20}});
          run(*p, sound);
          EXPECT_LE(db(true_peak(sound.view())), ceiling) << name << ", " << drive << " dB in, " << lookahead << " ms";
        }
      }
    }
  }
}

TEST(Limiter, UsesTheRoomItHas) {
  auto p = make("limiter", {{"ceiling_db", -1}, {"input_db", 12}});
  auto sound = noise(2, 66150, 0.3);
  run(*p, sound);
  EXPECT_GT(db(true_peak(sound.view())), -1.25);
}

TEST(Limiter, BelowTheCeilingItOnlyDelays) {
  auto p = make("limiter", {{"ceiling_db", -1}});
  auto sound = sine(1000, 0.5, 20000);
  const auto before = sound;
  run(*p, sound);
  const auto late = p->latency().value;
  ASSERT_GT(late, 0);
  for (int i = 0; i + late < 20000; ++i) ASSERT_NEAR(sound.channel(0)[i + late], before.channel(0)[i], 1e-6);
}

TEST(Limiter, DistortsASteadySineLittle) {
  auto p = make("limiter", {{"ceiling_db", -1}, {"input_db", 6}});
  auto sound = sine(100, 0.8, 88200);
  run(*p, sound);
  const double wanted = amplitude_at(sound.channel(0) + 44100, 32768, 100);
  EXPECT_NEAR(db(wanted), -1.1, 0.2);
  for (int k = 2; k < 8; ++k)
    EXPECT_LT(db(amplitude_at(sound.channel(0) + 44100, 32768, 100.0 * k) / wanted), -50) << k;
}

TEST(Limiter, ComesBack) {
  auto p = make("limiter", {{"ceiling_db", -6}, {"release_ms", 50}});
  auto sound = sine(1000, 0.1, 88200);
  for (int i = 20000; i < 20500; ++i) sound.channel(0)[i] *= 20;
  run(*p, sound);
  const double before = rms(sound.channel(1) + 8000, 4000);
  EXPECT_LT(db(rms(sound.channel(1) + 20400, 400) / before), -6);
  EXPECT_NEAR(db(rms(sound.channel(1) + 60000, 4000) / before), 0, 0.1);
}

}  // namespace
}  // namespace figment::dsp
