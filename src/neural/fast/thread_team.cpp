#include "neural/fast/thread_team.h"

#include <sched.h>

#include <algorithm>

namespace figment::neural {
namespace {

constexpr int kSpins = 4000;             // some microseconds

inline void pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

constexpr std::uint64_t kRound = 1ULL << 32;

}  // namespace

ThreadTeam::ThreadTeam(int threads) : size_(std::max(1, threads)) {
  for (int t = 1; t < size_; ++t) others_.emplace_back([this, t] { serve(t); });
}

ThreadTeam::~ThreadTeam() {
  over_ = true;
  left_.fetch_add(kRound, std::memory_order_release);
  left_.notify_all();
  for (std::thread& t : others_) t.join();
}

// Takes one of what is left of the round and does it. False: nothing is left.
bool ThreadTeam::take_one(int thread) noexcept {
  std::uint64_t seen = left_.load(std::memory_order_acquire);
  do {
    if (static_cast<std::uint32_t>(seen) == 0) return false;
  } while (!left_.compare_exchange_weak(seen, seen - 1, std::memory_order_acquire));
  // From the first on, so that memory is read in the order in which it lies.
  call_(work_, count_ - static_cast<std::uint32_t>(seen), thread);
  done_.fetch_add(1, std::memory_order_release);
  return true;
}

void ThreadTeam::serve(int thread) {
  for (;;) {
    if (take_one(thread)) continue;
    std::uint64_t seen = left_.load(std::memory_order_acquire);
    for (int spin = 0; spin < kSpins && static_cast<std::uint32_t>(seen) == 0; ++spin) {
      pause();
      seen = left_.load(std::memory_order_acquire);
    }
    if (over_) return;
    if (static_cast<std::uint32_t>(seen) == 0) left_.wait(seen, std::memory_order_acquire);
    if (over_) return;
  }
}

void ThreadTeam::run_all(std::uint32_t count, Call call, const void* work) {
  call_ = call, work_ = work, count_ = count;
  done_.store(0, std::memory_order_relaxed);
  const std::uint64_t round = (left_.load(std::memory_order_relaxed) & ~(kRound - 1)) + kRound;
  left_.store(round | count, std::memory_order_release);
  left_.notify_all();
  while (take_one(0)) {
  }
  // Others may still be at what they took.
  for (int spin = 0; done_.load(std::memory_order_acquire) != count; ++spin) {
    if (spin < kSpins) pause();
    else ::sched_yield();
  }
}

}  // namespace figment::neural
