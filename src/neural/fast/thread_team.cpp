#include "neural/fast/thread_team.h"

#include <pthread.h>
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

void wait_while(const std::atomic<unsigned>& value, unsigned old) noexcept {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause();
  }
  while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

// To the n-th processor that this process may use.
void bind(int n) noexcept {
  cpu_set_t may;
  if (::sched_getaffinity(0, sizeof may, &may) != 0) return;
  for (int cpu = 0, seen = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &may) && seen++ == n) {
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      ::pthread_setaffinity_np(::pthread_self(), sizeof one, &one);
      return;
    }
}

}  // namespace

ThreadTeam::ThreadTeam(int threads) : size_(std::max(1, threads)) {
  for (int t = 1; t < size_; ++t) others_.emplace_back([this, t] { serve(t); });
}

ThreadTeam::~ThreadTeam() {
  over_ = true;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (std::thread& t : others_) t.join();
}

// The caller stays where the system puts it: it has other things to do, too.
void ThreadTeam::serve(int thread) {
  bind(thread);
  for (unsigned seen = 0;;) {
    wait_while(round_, seen);
    ++seen;
    if (over_) return;
    (*work_)(thread);
    meet();
  }
}

void ThreadTeam::run(const std::function<void(int)>& work) {
  if (size_ == 1) return work(0);
  work_ = &work;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  work(0);
  meet();
}

void ThreadTeam::meet() noexcept {
  if (size_ == 1) return;
  const unsigned old = met_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) == size_ - 1) {
    arrived_.store(0, std::memory_order_relaxed);
    met_.fetch_add(1, std::memory_order_release);
    met_.notify_all();
  } else {
    wait_while(met_, old);
  }
}

}  // namespace figment::neural
