#include "neural/engines/device.h"

#include <ATen/Context.h>
#include <dlfcn.h>

#include "base/error.h"

namespace figment::neural {

// LibTorch's part for CUDA is a library of its own, which nothing of ours is linked with: it fills in its kernels when it is opened.
c10::Device device_named(const std::string& name) {
  if (name == "cpu") return c10::kCPU;
  if (name != "cuda") throw Error(ErrorCode::InvalidArgument, "there is no device \"" + name + "\"", "cpu or cuda");
  if (::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr || !at::hasCUDA())
    throw Error(ErrorCode::Unsupported, "the installed LibTorch cannot use CUDA", "--device cpu works everywhere; Debian's package is for the CPU only");
  return {c10::kCUDA, 0};
}

}  // namespace figment::neural
