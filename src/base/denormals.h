// Flushes denormal numbers to zero on this thread for as long as it lives.
//
// Decaying filters and reverbs end in denormals, which are up to a hundred times slower to compute with and
// inaudible. Every thread that runs processors or instruments holds one of these.

#pragma once

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace figment {

class NoDenormals {
 public:
#if defined(__SSE2__)
  NoDenormals() noexcept : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | 0x8040u); }  // flush-to-zero, denormals-are-zero
  ~NoDenormals() { _mm_setcsr(saved_); }
#elif defined(__aarch64__)
  NoDenormals() noexcept {
    asm volatile("mrs %0, fpcr" : "=r"(saved_));
    asm volatile("msr fpcr, %0" ::"r"(saved_ | (1UL << 24)));
  }
  ~NoDenormals() { asm volatile("msr fpcr, %0" ::"r"(saved_)); }
#endif
  NoDenormals(const NoDenormals&) = delete;
  NoDenormals& operator=(const NoDenormals&) = delete;

 private:
#if defined(__aarch64__)
  unsigned long saved_ = 0;
#else
  unsigned int saved_ = 0;
#endif
};

}  // namespace figment
