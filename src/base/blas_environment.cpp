#include "base/blas_environment.h"

#include <dlfcn.h>
#include <malloc.h>
#include <sched.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace figment {
namespace {

namespace fs = std::filesystem;

#if defined(__x86_64__)
constexpr const char* kTriplet = "x86_64-linux-gnu";
#elif defined(__aarch64__)
constexpr const char* kTriplet = "aarch64-linux-gnu";
#else
constexpr const char* kTriplet = "";
#endif

// How long OpenMP's threads look for work before they sleep: some 25 us, enough for the next layer's. Left alone it is 4 ms, in which they
// keep a processor from the threads of our own kernels; T5's encoder took twice as long.
constexpr const char* kSpins = "2000";

int processors() noexcept {
  cpu_set_t may;
  return ::sched_getaffinity(0, sizeof may, &may) == 0 ? CPU_COUNT(&may) : 1;
}

// What /usr/lib/…/libblas.so.3 leads to, and what it should. Opened under the name that LibTorch asks for, it stands in for the other.
void open_the_right_blas() {
  const fs::path lib = fs::path("/usr/lib") / kTriplet, wanted = lib / "openblas-openmp";
  std::error_code status;
  for (const char* name : {"libopenblas.so.0", "libblas.so.3", "liblapack.so.3"}) {
    const fs::path there = fs::canonical(lib / name, status), right = fs::canonical(wanted / name, status);
    if (!right.empty() && there != right) ::dlopen((wanted / name).c_str(), RTLD_NOW | RTLD_GLOBAL);   // it may fail: then all is as it was
  }
}

// Tensors of 82 MB come and go with every layer of a codec. Left alone, malloc maps each anew, and the system fills it with zeros page by
// page: half of the time of decoding. Kept memory is reused instead, for a tenth more of it at most.
void keep_freed_memory() noexcept {
  if (std::getenv("MALLOC_MMAP_THRESHOLD_") != nullptr || std::getenv("MALLOC_TRIM_THRESHOLD_") != nullptr || std::getenv("MALLOC_MMAP_MAX_") != nullptr) return;
  ::mallopt(M_MMAP_MAX, 0);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  ::mallopt(M_TOP_PAD, 64 << 20);
}

}  // namespace

CpuFeatures cpu_features() noexcept {
  CpuFeatures f;
#if defined(__x86_64__)
  __builtin_cpu_init();
  f.avx2 = __builtin_cpu_supports("avx2") != 0;
  f.fma = __builtin_cpu_supports("fma") != 0;
  f.avx512 = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
#endif
  return f;
}

// AMD's processors with AVX-512, too: SkylakeX multiplied 1.2 to 2 times as fast as Zen and Haswell on one of 2024.
const char* openblas_core(const CpuFeatures& f) noexcept {
  if (f.avx512) return "SkylakeX";
  if (f.avx2 && f.fma) return "Haswell";
  return nullptr;
}

void prepare_blas() {
  if (const char* core = openblas_core(cpu_features()); core != nullptr) ::setenv("OPENBLAS_CORETYPE", core, 0);
  ::setenv("OMP_NUM_THREADS", std::to_string(processors()).c_str(), 0);
  if (std::getenv("OMP_WAIT_POLICY") == nullptr) ::setenv("GOMP_SPINCOUNT", kSpins, 0);
  keep_freed_memory();
  open_the_right_blas();
}

BlasReport judge_blas(const char* core, int parallel, const CpuFeatures& features) {
  constexpr const char* kInstall = "; apt install libopenblas0-openmp";
  BlasReport report;
  if (core == nullptr) {
    report.problem = std::string("matrix products are slow here: a BLAS other than OpenBLAS is installed") + kInstall;
    return report;
  }
  report.core = core;
  report.threading = parallel == 2 ? "OpenMP" : parallel == 1 ? "POSIX threads" : parallel == 0 ? "none" : "";
  const std::string_view name = core;
  const bool wide = name == "SkylakeX" || name == "Cooperlake" || name == "Sapphirerapids";
  const bool middling = wide || name == "Haswell" || name == "Zen" || name == "Excavator";
  if ((features.avx512 && !wide) || (features.avx2 && features.fma && !middling))
    report.problem = "matrix products are slow here: OpenBLAS uses its kernels for " + report.core + "; set OPENBLAS_CORETYPE=" + openblas_core(features);
  else if (parallel != 2 && parallel >= 0)
    report.problem = "matrix products are slow here: OpenBLAS was built with " + (parallel == 0 ? "no threads" : report.threading) + kInstall;
  return report;
}

// Asked of the library that stands where LibTorch looks, and of what it brings along: that another part of the program uses OpenBLAS
// says nothing of LibTorch.
BlasReport blas_report() {
  void* blas = ::dlopen("libblas.so.3", RTLD_NOW | RTLD_NOLOAD);
  const auto find = [&](const char* name) { return blas != nullptr ? ::dlsym(blas, name) : nullptr; };
  const auto core = reinterpret_cast<char* (*)()>(find("openblas_get_corename"));
  const auto parallel = reinterpret_cast<int (*)()>(find("openblas_get_parallel"));
  const BlasReport report = judge_blas(core != nullptr ? core() : nullptr, parallel != nullptr ? parallel() : -1, cpu_features());
  if (blas != nullptr) ::dlclose(blas);
  return report;
}

}  // namespace figment
