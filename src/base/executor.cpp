#include "base/executor.h"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_group.h>

#include <atomic>
#include <cassert>
#include <memory>

namespace figment {

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& job) {
  tbb::parallel_for(std::size_t{0}, count, [&](std::size_t i) { job(i); }, tbb::simple_partitioner{});
}

void run_graph(std::span<const Job> jobs) {
  const std::size_t count = jobs.size();
  std::vector<std::vector<std::size_t>> unlocks(count);
  auto waits = std::make_unique<std::atomic<int>[]>(count);
  for (std::size_t i = 0; i < count; ++i) {
    waits[i] = static_cast<int>(jobs[i].after.size());
    for (std::size_t before : jobs[i].after) {
      assert(before < i);
      unlocks[before].push_back(i);
    }
  }
  tbb::task_group group;
  std::function<void(std::size_t)> start = [&](std::size_t i) {
    group.run([&, i] {
      jobs[i].run();
      for (std::size_t next : unlocks[i])
        if (--waits[next] == 0) start(next);
    });
  };
  for (std::size_t i = 0; i < count; ++i)
    if (jobs[i].after.empty()) start(i);
  group.wait();
}

ThreadLimit::ThreadLimit(int threads)
    : control_(threads > 0 ? new tbb::global_control(tbb::global_control::max_allowed_parallelism,
                                                     static_cast<std::size_t>(threads))
                           : nullptr) {}
ThreadLimit::~ThreadLimit() { delete static_cast<tbb::global_control*>(control_); }

}  // namespace figment
