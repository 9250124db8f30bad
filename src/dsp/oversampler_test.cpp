#include "dsp/oversampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

std::vector<float> round_trip(int times, const AudioBuffer& in) {
  Oversampler over;
  over.prepare(times);
  std::vector<float> out(static_cast<std::size_t>(in.frames()));
  for (std::int64_t at = 0; at < in.frames(); at += 32) {
    const int n = static_cast<int>(std::min<std::int64_t>(32, in.frames() - at));
    over.up(in.channel(0) + at, n);
    over.down(n, out.data() + at);
  }
  return out;
}

TEST(Oversampler, UpAndDownIsOnlyDelay) {
  for (const int times : {2, 4}) {
    Oversampler over;
    over.prepare(times);
    for (const double hz : {50.0, 1000.0, 9000.0, 17500.0}) {
      const auto in = sine(hz, 0.5, 4000, 1);
      const auto out = round_trip(times, in);
      for (int i = 500; i + over.latency() < 4000; ++i) {
        ASSERT_NEAR(out[static_cast<std::size_t>(i + over.latency())], in.channel(0)[i], 1e-3) << times << "x, " << hz;
      }
    }
  }
}

TEST(Oversampler, InterpolatesWithoutImages) {
  Oversampler over;
  over.prepare(4);
  const auto in = sine(5000, 0.5, 8192, 1);
  std::vector<float> up;
  for (int at = 0; at < 8192; at += 32) {
    const float* x = over.up(in.channel(0) + at, 32);
    up.insert(up.end(), x, x + 128);
  }
  const auto level = [&](double hz) { return db(amplitude_at(up.data() + 4096, 16384, hz, 4 * 44100)); };
  EXPECT_NEAR(level(5000), db(0.5), 0.02);
  for (const double image : {44100 - 5000.0, 44100 + 5000.0, 88200 - 5000.0, 88200 + 5000.0 - 1e-6}) {
    EXPECT_LT(level(image), -80) << image;
  }
}

}  // namespace
}  // namespace figment::dsp
