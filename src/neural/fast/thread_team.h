// A few threads that do short things together, one after another, so often that a general pool would spend its time waking them.
//
//   Use      team.run(count, [&](std::int64_t i, int thread) { … }): each i of 0 … count - 1 is done by one thread; run returns when all
//            are done. What is done must not depend on which thread does it
//   Method   whoever is free takes the next i; the caller is thread 0 and takes part. A thread that the system holds back has taken
//            nothing and is not waited for, so a busy machine costs its share and no more. Idle threads look for work for some
//            microseconds, then sleep
//   Cost     0.1 us for each i, 0.2 us for each run; nothing at all where count is 1. No allocation
//   Threads  a team belongs to one caller at a time. What the function throws ends the program: it is for kernels that throw nothing

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

namespace figment::neural {

class ThreadTeam {
 public:
  explicit ThreadTeam(int threads);      // at least 1
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  [[nodiscard]] int size() const noexcept { return size_; }

  template <typename Work>
  void run(std::int64_t count, const Work& work) {
    static_assert(std::is_invocable_v<const Work&, std::int64_t, int>);
    if (count == 1 || size_ == 1) {
      for (std::int64_t i = 0; i < count; ++i) work(i, 0);
      return;
    }
    if (count > 0) run_all(static_cast<std::uint32_t>(count), [](const void* w, std::int64_t i, int thread) { (*static_cast<const Work*>(w))(i, thread); }, std::addressof(work));
  }

 private:
  using Call = void (*)(const void* work, std::int64_t i, int thread);
  void run_all(std::uint32_t count, Call call, const void* work);
  [[nodiscard]] bool take_one(int thread) noexcept;
  void serve(int thread);

  int size_;
  std::vector<std::thread> others_;
  // The round in the upper half, how many of it nobody has taken in the lower: both change at once.
  std::atomic<std::uint64_t> left_{0};
  std::atomic<std::uint32_t> done_{0};
  std::atomic<bool> over_{false};
  // Set before a round begins; read by who has taken something of it, which keeps it from ending.
  Call call_ = nullptr;
  const void* work_ = nullptr;
  std::uint32_t count_ = 0;
};

// Part `part` of `parts` of `count` things, in steps of `grain`.
struct Share {
  std::int64_t first, last;
};
[[nodiscard]] inline Share share_of(std::int64_t count, std::int64_t grain, std::int64_t part, std::int64_t parts) noexcept {
  const std::int64_t grains = (count + grain - 1) / grain;
  const auto at = [&](std::int64_t t) { return t == parts ? count : grains * t / parts * grain; };
  return {at(part), at(part + 1)};
}

}  // namespace figment::neural
