// The safetensors format (huggingface/safetensors, format version 0.3).
//
//   Layout   8 bytes: length N of the header, little-endian; N bytes of JSON: {"NAME": {"dtype", "shape", "data_offsets":
//            [begin, end]}, …, "__metadata__": {"KEY": "TEXT"}}; then the tensors' bytes, offsets counting from there
//   Checked  the header's length (at most 100 MB, as the reference has it), duplicate names, dtypes, shapes, that begin to end is
//            exactly as long as the shape says and lies inside the file, and that the tensors fill it without holes or overlap
//   Errors   Corrupt, naming the tensor, what was wanted and what was found; Unsupported for a dtype that is not in tensor.h
//   Cost     the header only; a fuzz target and named tests feed it broken files

#pragma once

#include <map>
#include <span>
#include <string>

#include "weights/tensor.h"

namespace figment::weights {

using Tensors = std::map<std::string, Tensor, std::less<>>;

struct Safetensors {
  Tensors tensors;
  std::map<std::string, std::string, std::less<>> metadata;
};

// `name` stands in messages. The tensors' bytes are those of `file`.
[[nodiscard]] Safetensors parse_safetensors(std::span<const std::byte> file, const std::string& name);

}  // namespace figment::weights
