#include "dsp/fft.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

TEST(RealFft, ThereAndBackIsTheSame) {
  for (const int size : {2, 6, 64, 1000, 4096}) {
    RealFft fft(size);
    const auto sound = noise(1, size);
    std::copy_n(sound.channel(0), size, fft.time().data());
    fft.forward();
    fft.inverse();
    for (int i = 0; i < size; ++i) {
      ASSERT_NEAR(fft.time()[static_cast<std::size_t>(i)] / static_cast<float>(size), sound.channel(0)[i], 1e-5);
    }
  }
}

TEST(RealFft, ASineIsOneBin) {
  RealFft fft(1024);
  const auto sound = sine(44100.0 / 1024 * 37, 1, 1024, 1);
  std::copy_n(sound.channel(0), 1024, fft.time().data());
  fft.forward();
  for (int k = 0; k < fft.bins(); ++k) {
    EXPECT_NEAR(std::abs(fft.spectrum()[static_cast<std::size_t>(k)]), k == 37 ? 512 : 0, 0.01) << k;
  }
}

TEST(RealFft, IsPlannedFromManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int k = 1; k < 40; ++k) RealFft(2 * (k + t)).forward();
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(RealFft, RefusesOddAndHugeSizes) {
  EXPECT_THROW(RealFft(0), Error);
  EXPECT_THROW(RealFft(7), Error);
  EXPECT_THROW(RealFft(-4), Error);
  EXPECT_THROW(RealFft(1 << 25), Error);
}

}  // namespace
}  // namespace figment::dsp
