#include "neural/fast/thread_team.h"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>

namespace figment::neural {
namespace {

TEST(ThreadTeam, DoesEachThingOnceAndAllBeforeItReturns) {
  for (const int threads : {1, 2, 5}) {
    ThreadTeam team(threads);
    for (std::int64_t count = 0; count < 300; ++count) {
      std::vector<int> times(static_cast<std::size_t>(count), 0);
      team.run(count, [&](std::int64_t i, int thread) {
        ASSERT_GE(thread, 0);
        ASSERT_LT(thread, threads);
        ++times[static_cast<std::size_t>(i)];
      });
      EXPECT_EQ(std::accumulate(times.begin(), times.end(), 0), count);
      EXPECT_TRUE(std::all_of(times.begin(), times.end(), [](int n) { return n == 1; }));
    }
  }
}

TEST(ThreadTeam, SeesInARoundWhatTheRoundBeforeMade) {
  ThreadTeam team(4);
  std::vector<std::int64_t> numbers(64, 1), next(64);
  for (int round = 0; round < 2000; ++round) {
    team.run(64, [&](std::int64_t i, int) { next[static_cast<std::size_t>(i)] = numbers[static_cast<std::size_t>((i + 1) % 64)] + 1; });
    numbers.swap(next);
  }
  EXPECT_TRUE(std::all_of(numbers.begin(), numbers.end(), [](std::int64_t n) { return n == 2001; }));
}

// Who is held up has its own part to finish; all others are done by who is not.
TEST(ThreadTeam, DoesNotWaitForAThreadThatHasTakenNothing) {
  ThreadTeam team(2);
  std::atomic<bool> stuck{false};
  std::atomic<int> by_caller{0};
  std::vector<int> by(100, -1);
  team.run(100, [&](std::int64_t i, int thread) {
    by[static_cast<std::size_t>(i)] = thread;
    if (thread == 0) {
      ++by_caller;
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    } else if (!stuck.exchange(true)) {
      // The first thing that the other thread takes lasts until the caller has done half of what was there.
      while (by_caller < 50) std::this_thread::yield();
    }
  });
  EXPECT_GE(by_caller, 50);
  EXPECT_TRUE(std::all_of(by.begin(), by.end(), [](int t) { return t >= 0; }));
}

TEST(ThreadTeam, MayRestBetweenRounds) {
  ThreadTeam team(3);
  std::atomic<int> sum{0};
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));      // all of them sleep
    team.run(30, [&](std::int64_t, int) { ++sum; });
  }
  EXPECT_EQ(sum, 150);
}

}  // namespace
}  // namespace figment::neural
