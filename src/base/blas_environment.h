// The matrix library that LibTorch will use, set up before it is loaded, and judged afterwards.
//
//   Why      Debian 12's OpenBLAS 0.3.21 does not know newer processors: on Intel's since 2023 it falls back to its SSE3 kernels; its
//            build with POSIX threads fights with LibTorch's OpenMP threads; without it the reference BLAS is used. A factor of 2 to 10,
//            silently. LibTorch itself takes one thread where a virtual machine hides its cores, and gives the memory of large tensors
//            back to the system after every layer
//   Order    prepare_blas() before the library is loaded, which is before the module that is linked with LibTorch: OpenBLAS reads its
//            environment once. blas_report() after that
//   Kept     what the user set in the environment
//   Threads  prepare_blas() changes the environment: before other threads start, or while none reads it
//   Cost     microseconds, or opening a library

#pragma once

#include <string>

namespace figment {

// Where OPENBLAS_CORETYPE is not set, sets it to the fastest family of kernels that this processor can run; likewise OMP_NUM_THREADS to
// the processors that this process may use, and GOMP_SPINCOUNT to a wait that costs others little: OpenMP's own, some milliseconds of
// looking for work, keeps our own kernels' threads from theirs and makes everything three times as slow on a busy machine. Where the
// system's BLAS is another, opens Debian's OpenBLAS with OpenMP, if it is installed, so that what is loaded later finds it in its place.
// Tells malloc to keep large blocks that were freed.
void prepare_blas();

struct BlasReport {
  std::string core;                      // the family of kernels in use, "SkylakeX"; empty: not OpenBLAS
  std::string threading;                 // "OpenMP", "POSIX threads", "none"; empty: not known
  std::string problem;                   // what makes matrix products slow, and what to do; empty: nothing
};

// Of the BLAS that this process has loaded.
[[nodiscard]] BlasReport blas_report();

// The parts, for tests.
struct CpuFeatures {
  bool avx2 = false, fma = false;
  bool avx512 = false;                   // F, BW, DQ and VL
};
[[nodiscard]] CpuFeatures cpu_features() noexcept;
// The kernels of OpenBLAS for such a processor; nullptr: what it chooses itself.
[[nodiscard]] const char* openblas_core(const CpuFeatures& features) noexcept;
// `core`, `parallel`: what OpenBLAS says of itself (openblas_get_corename, openblas_get_parallel); nullptr, -1: it is not there.
[[nodiscard]] BlasReport judge_blas(const char* core, int parallel, const CpuFeatures& features);

}  // namespace figment
