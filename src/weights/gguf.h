// GGUF, versions 2 and 3 (ggml's specification, docs/gguf.md).
//
//   Layout   "GGUF", version, number of tensors and of key-value pairs; the pairs; for each tensor its name, sizes (fastest
//            first), kind and offset; then, aligned to general.alignment (32), the tensors' bytes
//   Kinds    F64, F32, F16, BF16, I8 … I64, Q8_0, Q4_0; another is Unsupported, naming the tensor and the kind's number
//   Checked  every count and length against what is left of the file before it is used; offsets, alignment, whole blocks
//   Errors   Corrupt, naming the tensor, what was wanted and what was found

#pragma once

#include <map>
#include <span>
#include <string>

#include "weights/safetensors.h"

namespace figment::weights {

struct Gguf {
  Tensors tensors;                                             // shapes as in PyTorch: slowest axis first
  std::map<std::string, std::string, std::less<>> metadata;    // texts as they are, numbers as text; lists are left out
};

[[nodiscard]] Gguf parse_gguf(std::span<const std::byte> file, const std::string& name);

}  // namespace figment::weights
