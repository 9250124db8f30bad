#include "dsp/lofi.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

// Frequencies between upward zero crossings, in cents against `hz`.
std::pair<double, double> drift(const AudioBuffer& s, double hz) {
  double last = -1, low = 1e9, high = -1e9;
  const float* x = s.channel(0);
  for (std::int64_t i = 4410; i + 1 < s.frames(); ++i) {
    if (!(x[i] <= 0 && x[i + 1] > 0)) continue;
    const double now = static_cast<double>(i) - x[i] / (x[i + 1] - x[i]);
    if (last >= 0) {
      const double cents = 1200 * std::log2(kRate.value / (now - last) / hz);
      low = std::min(low, cents), high = std::max(high, cents);
    }
    last = now;
  }
  return {low, high};
}

TEST(LoFi, WowBendsThePitchAsFarAsAsked) {
  auto p = make("lofi", {{"wow_cents", 40}, {"flutter_cents", 0}, {"noise_db", -120}, {"crackle", 0}});
  auto sound = sine(500, 0.5, 20 * 44100);
  run(*p, sound);
  const auto [low, high] = drift(sound, 500);
  EXPECT_NEAR(high, 40, 8);
  EXPECT_NEAR(low, -40, 8);
}

TEST(LoFi, HissesAtItsLevelAlsoInSilence) {
  auto p = make("lofi", {{"noise_db", -50}, {"crackle", 0}, {"low_cut_hz", 10}, {"high_cut_hz", 22000}});
  AudioBuffer sound(2, 88200, kRate);
  run(*p, sound);
  EXPECT_NEAR(db(rms(sound.channel(0), 88200)), -50, 2);
}

TEST(LoFi, LimitsTheBand) {
  auto p = make("lofi", {{"wow_cents", 0},
                         {"flutter_cents", 0},
                         {"noise_db", -120},
                         {"crackle", 0},
                         {"low_cut_hz", 200},
                         {"high_cut_hz", 4000}});
  EXPECT_NEAR(gain_at(*p, 1000), 0, 0.3);
  EXPECT_LT(gain_at(*p, 50), -22);
  EXPECT_LT(gain_at(*p, 16000), -22);
}

}  // namespace
}  // namespace figment::dsp
