// Runs independent work on all cores.
//
//   Method   oneTBB's work-stealing pool, shared by the whole program
//   Errors   the first exception a job throws is thrown again here, after the running jobs have ended; jobs that have
//            not begun are dropped
//   Repeat   results must not depend on order: give each job its own output and its own Random

#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace figment {

// Calls job(0) … job(count - 1), in any order, on all cores; returns when all are done. May be nested.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& job);

// A job that may begin when the jobs it names (by index, all smaller than its own) have ended.
struct Job {
  std::function<void()> run;
  std::vector<std::size_t> after;
};
void run_graph(std::span<const Job> jobs);

// Limits the pool for as long as it lives (0: all cores). For benchmarks, and for --threads.
class ThreadLimit {
 public:
  explicit ThreadLimit(int threads);
  ~ThreadLimit();
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  void* control_;
};

}  // namespace figment
