#include "dsp/transient.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

AudioBuffer hits(double level) {
  auto sound = noise(2, 44100, 1, 5);
  for (int c = 0; c < 2; ++c) {
    for (int i = 0; i < 44100; ++i) sound.channel(c)[i] *= static_cast<float>(level * std::exp(-(i % 22050) / 3000.0));
  }
  return sound;
}

double attack_to_ring(const AudioBuffer& s) {
  return db(rms(s.channel(0) + 22050, 300) / rms(s.channel(0) + 22050 + 6000, 3000));
}

TEST(Transient, SharpensAndSoftensAttacks) {
  const double plain = attack_to_ring(hits(0.1));
  for (const auto& [amount, low, high] : {std::tuple{0.8, 3.0, 15.0}, std::tuple{-0.8, -15.0, -3.0}}) {
    auto p = make("transient", {{"attack", amount}});
    auto sound = hits(0.1);
    run(*p, sound);
    EXPECT_GT(attack_to_ring(sound) - plain, low) << amount;
    EXPECT_LT(attack_to_ring(sound) - plain, high) << amount;
  }
}

TEST(Transient, ShortensWhatRings) {
  auto p = make("transient", {{"attack", 0}, {"sustain", -1}});
  auto sound = hits(0.1);
  const double before = rms(sound.channel(0) + 22050 + 6000, 4000);
  run(*p, sound);
  EXPECT_LT(db(rms(sound.channel(0) + 22050 + 6000, 4000) / before), -3);
}

TEST(Transient, ShapesSoftHitsLikeLoudOnes) {
  auto loud = hits(0.5), soft = hits(0.02);
  auto p = make("transient", {{"attack", 0.7}});
  run(*p, loud);
  p->reset();
  run(*p, soft);
  EXPECT_NEAR(attack_to_ring(loud), attack_to_ring(soft), 0.7);
}

}  // namespace
}  // namespace figment::dsp
