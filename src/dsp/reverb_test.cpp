#include "dsp/reverb.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/denormals.h"
#include "dsp/biquad.h"
#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

AudioBuffer response(std::vector<std::pair<std::string, double>> settings, double seconds) {
  const NoDenormals fast;
  settings.emplace_back("mix", 1);
  settings.emplace_back("low_cut_hz", 10);
  settings.emplace_back("high_cut_hz", 22000);
  auto p = make("reverb", std::move(settings));
  auto sound = impulse(static_cast<std::int64_t>(seconds * 44100));
  run(*p, sound);
  return sound;
}

// Schroeder's backward integration of one octave around `hz`; decay from -5 to -35 dB, as a time for 60.
double rt60(const AudioBuffer& sound, double hz) {
  const Biquad band = Biquad::band_pass(hz, 1.41, 44100);
  BiquadState states[2];
  std::vector<double> energy(static_cast<std::size_t>(sound.frames()));
  for (std::int64_t i = 0; i < sound.frames(); ++i) {
    const Pair x{sound.channel(0)[i], sound.channel(1)[i]};
    const Pair y = step(band, states[1], step(band, states[0], x));
    energy[static_cast<std::size_t>(i)] = y[0] * y[0] + y[1] * y[1];
  }
  for (std::size_t i = energy.size() - 1; i-- > 0;) energy[i] += energy[i + 1];
  const auto below = [&](double level) {
    std::size_t i = 0;
    while (i < energy.size() && 10 * std::log10(energy[i] / energy[0] + 1e-30) > level) ++i;
    return static_cast<double>(i) / 44100;
  };
  return 2 * (below(-35) - below(-5));
}

TEST(Reverb, DecaysInItsTime) {
  for (const double size : {0.2, 0.6, 1.0}) {
    for (const double decay : {0.5, 1.5, 4.0}) {
      const auto sound =
          response({{"decay_s", decay}, {"size", size}, {"damping_hz", 16000}, {"low_decay", 1}}, 1.3 * decay + 0.5);
      EXPECT_NEAR(rt60(sound, 500), decay, 0.1 * decay) << "size " << size;
      EXPECT_NEAR(rt60(sound, 1000), decay, 0.1 * decay) << "size " << size;
    }
  }
}

TEST(Reverb, DecaysByFrequency) {
  const auto sound = response({{"decay_s", 2}, {"damping_hz", 4000}, {"low_decay", 1.5}}, 4);
  EXPECT_NEAR(rt60(sound, 4000), 1.0, 0.2);
  EXPECT_NEAR(rt60(sound, 500), 2.0, 0.3);
  EXPECT_NEAR(rt60(sound, 80), 3.0, 0.45);
}

// Abel & Huang (2006): the share of samples beyond one standard deviation, against a Gaussian's 0.317. 1 is fully
// dense.
TEST(Reverb, BecomesDenseSoon) {
  const auto sound = response({{"decay_s", 3}, {"size", 0.6}, {"pre_delay_ms", 0}}, 1);
  const auto density = [&](int at) {
    const float* x = sound.channel(0) + at - 441;
    const double sigma = rms(x, 882);
    int beyond = 0;
    for (int i = 0; i < 882; ++i) beyond += std::abs(x[i]) > sigma ? 1 : 0;
    return beyond / 882.0 / 0.3173;
  };
  for (int ms = 120; ms < 900; ms += 40) EXPECT_GT(density(ms * 44), 0.8) << ms << " ms";
}

TEST(Reverb, DecaysSmoothly) {
  const auto sound = response({{"decay_s", 2}, {"damping_hz", 16000}, {"low_decay", 1}}, 2);
  // Level in steps of 20 ms against the straight line through them all: no flutter, no plateaus.
  double st = 0, sl = 0, stt = 0, stl = 0, worst = 0;
  const auto level = [&](int step) { return db(rms(sound.channel(0) + step * 882, 882)); };
  constexpr int kFirst = 5, kLast = 70, kSteps = kLast - kFirst;
  for (int step = kFirst; step < kLast; ++step)
    st += step, sl += level(step), stt += step * step, stl += step * level(step);
  const double slope = (kSteps * stl - st * sl) / (kSteps * stt - st * st), start = (sl - slope * st) / kSteps;
  for (int step = kFirst; step < kLast; ++step) worst = std::max(worst, std::abs(level(step) - start - slope * step));
  EXPECT_LT(worst, 3);
}

TEST(Reverb, IsWideAndMonoSafe) {
  const auto sound = response({{"decay_s", 2}}, 2);
  double left = 0, right = 0, both = 0;
  for (int i = 4410; i < 88200; ++i) {
    left += std::pow(sound.channel(0)[i], 2);
    right += std::pow(sound.channel(1)[i], 2);
    both += static_cast<double>(sound.channel(0)[i]) * sound.channel(1)[i];
  }
  EXPECT_LT(std::abs(both) / std::sqrt(left * right), 0.15);
  EXPECT_NEAR(10 * std::log10(left / right), 0, 1);
  const auto narrow = response({{"width", 0}}, 0.5);
  for (int i = 0; i < 22050; ++i) ASSERT_EQ(narrow.channel(0)[i], narrow.channel(1)[i]);
}

TEST(Reverb, KeepsTheLevelOfSteadySound) {
  for (const double decay : {0.5, 2.0, 8.0}) {
    auto p = make("reverb", {{"mix", 1},
                             {"decay_s", decay},
                             {"early_db", -60},
                             {"damping_hz", 20000},
                             {"low_cut_hz", 10},
                             {"high_cut_hz", 22000}});
    const NoDenormals fast;
    auto sound = noise(2, static_cast<std::int64_t>(44100 * (decay + 1)), 0.1);
    // Without the highs, which even an undamped room swallows first.
    const Biquad low = Biquad::low_pass(4000, 0.7, 44100);
    BiquadState state;
    double power = 0;
    for (std::int64_t i = 0; i < sound.frames(); ++i) {
      const Pair y = step(low, state, Pair{sound.channel(0)[i], sound.channel(1)[i]});
      power += y[0] * y[0] / static_cast<double>(sound.frames());
      sound.channel(0)[i] = static_cast<float>(y[0]), sound.channel(1)[i] = static_cast<float>(y[1]);
    }
    run(*p, sound);
    EXPECT_NEAR(db(rms(sound.channel(0) + sound.frames() - 30000, 30000) / std::sqrt(power)), 0, 2) << decay;
  }
}

TEST(Reverb, WaitsForItsPreDelay) {
  const auto sound = response({{"pre_delay_ms", 100}}, 0.5);
  EXPECT_EQ(audio::peak(sound.view().part(0, 4410)), 0.0F);
  EXPECT_GT(audio::peak(sound.view().part(4410, 4410)), 0.0F);
}

// No mode may stick out of the late tail: in a dense room the spectrum's peaks over its local mean stay near 11 dB.
TEST(Reverb, DoesNotRing) {
  const auto sound = response({{"decay_s", 2.5}, {"size", 0.7}}, 2);
  const float* x = sound.channel(0) + 44100;
  double sum = 0, most = 0;
  int count = 0;
  for (double hz = 300; hz < 3000; hz += 2.7) {
    const double a = amplitude_at(x, 16384, hz);
    sum += a * a, most = std::max(most, a * a), ++count;
  }
  EXPECT_LT(10 * std::log10(most / (sum / count)), 14);
}

}  // namespace
}  // namespace figment::dsp
