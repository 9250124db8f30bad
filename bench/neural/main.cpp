// figment-bench-neural codec | text | stems | small|medium q8|q4 [STEPS|check] | model FOLDER
//
// The networks with random weights of real size, beside plain PyTorch modules of the same sizes in the same run, where Debian's
// python3-torch is installed: every line is name, ours, the peer's, ratio (ours / peer), the peer. `check`: how alike the quantized
// language model's logits are to the float version's. `model`: a folder for "figment models add". The weights are made in the folder for temporary files, once.
#include <ATen/Parallel.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/blas_environment.h"
#include "parts.h"

namespace {

// OpenBLAS, which this program is linked with, reads the environment before main: so it is set up, and the program begins again. What
// stood there is overruled: the figures are to be those of the well configured library, for the peer as for us.
void begin_again_prepared(char** argv) {
  constexpr const char* kDone = "FIGMENT_BENCH_PREPARED";
  if (std::getenv(kDone) == nullptr) {
    ::setenv(kDone, "1", 1);
    for (const char* name : {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT"}) ::unsetenv(name);
    figment::prepare_blas();
    ::execv("/proc/self/exe", argv);
  }
  figment::prepare_blas();               // what it tells malloc does not outlive beginning again
}

}  // namespace

int main(int argc, char** argv) {
  begin_again_prepared(argv);
  const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const auto word = [&](int n, const char* otherwise) { return argc > n ? std::string(argv[n]) : std::string(otherwise); };
  if (const figment::BlasReport blas = figment::blas_report(); !blas.problem.empty()) std::fprintf(stderr, "figment-bench-neural: %s\n", blas.problem.c_str());
  try {
    at::set_num_threads(threads);
    if (word(1, "") == "codec") figment::bench::codec(threads);
    else if (word(1, "") == "text") figment::bench::text(threads);
    else if (word(1, "") == "stems") figment::bench::stems(threads);
    else if (word(1, "") == "model") figment::bench::whole_model(word(2, "musicgen-random"));
    else if (word(3, "") == "check") figment::bench::check_language_model(word(1, "small"), word(2, "q8"));
    else figment::bench::language_model(word(1, "small"), word(2, "q8"), std::stol(word(3, "520")), threads);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "figment-bench-neural: %s\n", e.what());
    return 1;
  }
  return 0;
}
