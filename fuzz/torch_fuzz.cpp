// PyTorch archives: whatever is accepted lies inside the file, and all its numbers can be read.
#include <cstdint>
#include <string>

#include "base/error.h"
#include "weights/torch_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace figment::weights;
  try {
    const auto file = parse_torch({reinterpret_cast<const std::byte*>(data), size}, "fuzz");
    for (const auto& [name, tensor] : file.tensors)
      if (tensor.size() < 100'000) to_floats(tensor);
  } catch (const figment::Error&) {
  }
  return 0;
}
