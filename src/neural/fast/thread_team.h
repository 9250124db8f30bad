// A few threads that do one thing together, with so many meetings that a general pool would spend its time waking them.
//
//   Use      team.run([&](int thread) { … team.meet(); … }): every thread runs the function; `meet` returns when all have come
//   Method   threads wait spinning for some microseconds, then sleep; each is bound to a processor of its own. The caller is thread 0
//   Threads  a team belongs to one caller at a time. What the function throws ends the program: it is for kernels that throw nothing

#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace figment::neural {

class ThreadTeam {
 public:
  explicit ThreadTeam(int threads);      // at least 1
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  [[nodiscard]] int size() const noexcept { return size_; }
  void run(const std::function<void(int thread)>& work);
  void meet() noexcept;

 private:
  void serve(int thread);

  int size_;
  std::vector<std::thread> others_;
  const std::function<void(int)>* work_ = nullptr;
  std::atomic<unsigned> round_{0}, met_{0};
  std::atomic<int> arrived_{0};
  std::atomic<bool> over_{false};
};

// The part of `count` things that is thread `thread`'s, in steps of `grain`.
struct Share {
  std::int64_t first, last;
};
[[nodiscard]] inline Share share_of(std::int64_t count, std::int64_t grain, int thread, int threads) noexcept {
  const std::int64_t grains = (count + grain - 1) / grain;
  const auto at = [&](std::int64_t t) { return std::min(count, grains * t / threads * grain); };
  return {at(thread), at(thread + 1)};
}

}  // namespace figment::neural
