#include "base/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace figment {
namespace {

TEST(Executor, EveryJobRunsOnce) {
  std::vector<std::atomic<int>> runs(1000);
  parallel_for(runs.size(), [&](std::size_t i) { ++runs[i]; });
  for (const auto& n : runs) EXPECT_EQ(n, 1);
  parallel_for(0, [](std::size_t) { FAIL() << "there was nothing to do"; });
}

TEST(Executor, MayBeNested) {
  std::atomic<int> sum{0};
  parallel_for(8, [&](std::size_t i) { parallel_for(8, [&](std::size_t k) { sum += static_cast<int>(i * 8 + k); }); });
  EXPECT_EQ(sum, 63 * 64 / 2);
}

// A ladder of jobs, each after its two predecessors, next to many that are free.
TEST(Executor, AGraphKeepsItsOrder) {
  constexpr std::size_t kJobs = 200;
  std::atomic<int> clock{0};
  std::vector<int> began(kJobs, -1), ended(kJobs, -1);
  std::vector<Job> jobs;
  for (std::size_t i = 0; i < kJobs; ++i) {
    Job job;
    if (i >= 2 && i % 3 != 0) job.after = {i - 1, i - 2};
    job.run = [&, i] {
      began[i] = clock++;
      ended[i] = clock++;
    };
    jobs.push_back(job);
  }
  run_graph(jobs);
  for (std::size_t i = 0; i < kJobs; ++i) {
    ASSERT_GE(began[i], 0) << i;
    for (const std::size_t before : jobs[i].after) EXPECT_LT(ended[before], began[i]) << before << " before " << i;
  }
  run_graph({});
}

TEST(Executor, AnExceptionEndsTheGraphAndIsThrownHere) {
  std::atomic<bool> after{false};
  const std::vector<Job> jobs{{[] { throw std::runtime_error("broken"); }, {}}, {[&] { after = true; }, {0}}};
  try {
    run_graph(jobs);
    FAIL() << "the exception was lost";
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "broken");
  }
  EXPECT_FALSE(after) << "a job ran although what it waits for had failed";
  EXPECT_THROW(parallel_for(10,
                            [](std::size_t i) {
                              if (i == 3) throw std::runtime_error("three");
                            }),
               std::runtime_error);
}

TEST(Executor, ALimitOfOneRunsOneAtATime) {
  const ThreadLimit limit(1);
  std::atomic<int> now{0}, most{0};
  parallel_for(200, [&](std::size_t) {
    const int here = ++now;
    if (here > most) most = here;
    --now;
  });
  EXPECT_EQ(most, 1);
}

}  // namespace
}  // namespace figment
