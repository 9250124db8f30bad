#include "weights/gguf.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "weights/byte_reader.h"

namespace figment::weights {
namespace {

constexpr std::uint64_t kMostAxes = 8;

enum Kind : std::uint32_t { U8 = 0, I8, U16, I16, U32, I32, F32, Bool, Text, List, U64, I64, F64 };

std::uint64_t size_of(std::uint32_t kind) {
  switch (kind) {
    case U8: case I8: case Bool: return 1;
    case U16: case I16: return 2;
    case U32: case I32: case F32: return 4;
    case U64: case I64: case F64: return 8;
    default: return 0;
  }
}

std::string_view text_of(ByteReader& file, const char* what) { return file.text(file.number<std::uint64_t>(what), what); }

// A number as text, so that a caller reads all metadata alike.
std::string number_of(ByteReader& file, std::uint32_t kind) {
  const char* what = "a value";
  switch (kind) {
    case U8: return std::to_string(file.number<std::uint8_t>(what));
    case I8: return std::to_string(file.number<std::int8_t>(what));
    case U16: return std::to_string(file.number<std::uint16_t>(what));
    case I16: return std::to_string(file.number<std::int16_t>(what));
    case U32: return std::to_string(file.number<std::uint32_t>(what));
    case I32: return std::to_string(file.number<std::int32_t>(what));
    case U64: return std::to_string(file.number<std::uint64_t>(what));
    case I64: return std::to_string(file.number<std::int64_t>(what));
    case F32: return std::to_string(file.number<float>(what));
    case F64: return std::to_string(file.number<double>(what));
    default: return file.number<std::uint8_t>(what) != 0 ? "true" : "false";
  }
}

void skip_list(ByteReader& file) {
  const auto kind = file.number<std::uint32_t>("a list");
  const auto count = file.number<std::uint64_t>("a list");
  if (kind == Text) {
    for (std::uint64_t i = 0; i < count; ++i) text_of(file, "a list of texts");
  } else if (const std::uint64_t size = size_of(kind); size > 0) {
    if (count > file.left() / size) file.fail("ends inside a list of " + std::to_string(count) + " values");
    file.take(count * size, "a list");
  } else {
    file.fail("has a list of the kind " + std::to_string(kind) + ", which is none");
  }
}

std::optional<Dtype> dtype_of(std::uint32_t kind) {
  switch (kind) {
    case 0: return Dtype::F32;
    case 1: return Dtype::F16;
    case 2: return Dtype::Q4_0;
    case 8: return Dtype::Q8_0;
    case 24: return Dtype::I8;
    case 25: return Dtype::I16;
    case 26: return Dtype::I32;
    case 27: return Dtype::I64;
    case 28: return Dtype::F64;
    case 30: return Dtype::BF16;
    default: return std::nullopt;
  }
}

}  // namespace

Gguf parse_gguf(std::span<const std::byte> bytes, const std::string& file_name) {
  ByteReader file(bytes, file_name);
  if (file.text(4, "its name") != "GGUF") file.fail("does not begin with GGUF");
  const auto version = file.number<std::uint32_t>("its version");
  if (version != 2 && version != 3) throw Error(ErrorCode::Unsupported, file_name + " is of GGUF version " + std::to_string(version) + "; figment reads 2 and 3");
  const auto tensor_count = file.number<std::uint64_t>("the number of tensors"), pair_count = file.number<std::uint64_t>("the number of its facts");
  // No tensor is told in fewer bytes, no fact either.
  if (tensor_count > file.left() / 24 || pair_count > file.left() / 13)
    file.fail("says that it holds " + std::to_string(tensor_count) + " tensors and " + std::to_string(pair_count) + " facts, more than fit in it");

  Gguf result;
  for (std::uint64_t i = 0; i < pair_count; ++i) {
    const std::string key(text_of(file, "a fact's name"));
    const auto kind = file.number<std::uint32_t>("a fact's kind");
    if (kind == Text) {
      result.metadata[key] = std::string(text_of(file, "a fact"));
    } else if (kind == List) {
      skip_list(file);
    } else if (size_of(kind) > 0) {
      result.metadata[key] = number_of(file, kind);
    } else {
      file.fail("has a fact \"" + key + "\" of the kind " + std::to_string(kind) + ", which is none");
    }
  }
  std::uint64_t alignment = 32;
  if (const auto told = result.metadata.find("general.alignment"); told != result.metadata.end()) {
    alignment = 0;
    for (const char c : told->second) alignment = c >= '0' && c <= '9' && alignment < 1'000'000 ? alignment * 10 + static_cast<std::uint64_t>(c - '0') : 3;
    if (!std::has_single_bit(alignment) || alignment > (1U << 20)) file.fail("aligns its tensors to " + told->second + " bytes, which is no power of two");
  }

  std::vector<std::pair<Tensor*, std::uint64_t>> offsets;
  for (std::uint64_t i = 0; i < tensor_count; ++i) {
    const std::string tensor_name(text_of(file, "a tensor's name"));
    const auto axes = file.number<std::uint32_t>("a tensor's shape");
    if (axes > kMostAxes) file.fail("has a tensor \"" + tensor_name + "\" of " + std::to_string(axes) + " axes; at most " + std::to_string(kMostAxes) + " are allowed");
    Tensor tensor;
    for (std::uint32_t axis = 0; axis < axes; ++axis) {
      const auto size = file.number<std::uint64_t>("a tensor's shape");
      tensor.shape.push_back(size > (std::uint64_t{1} << 47) ? -1 : static_cast<std::int64_t>(size));
    }
    std::reverse(tensor.shape.begin(), tensor.shape.end());
    const auto kind = file.number<std::uint32_t>("a tensor's kind");
    const auto dtype = dtype_of(kind);
    if (!dtype) throw Error(ErrorCode::Unsupported, file_name + ": the tensor \"" + tensor_name + "\" has numbers of GGUF's kind " + std::to_string(kind) + ", which figment cannot read", "get a file with F16, Q8_0 or Q4_0 numbers");
    tensor.dtype = *dtype;
    const auto offset = file.number<std::uint64_t>("a tensor's offset");
    if (offset % alignment != 0) file.fail("has a tensor \"" + tensor_name + "\" at byte " + std::to_string(offset) + ", which is not aligned to " + std::to_string(alignment));
    // Blocks lie along rows.
    if ((*dtype == Dtype::Q8_0 || *dtype == Dtype::Q4_0) && (tensor.shape.empty() || tensor.shape.back() % kBlock != 0))
      file.fail("has a tensor \"" + tensor_name + "\" of the shape " + text(tensor.shape) + ", whose rows are no whole blocks of " + std::to_string(kBlock));
    const auto [place, fresh] = result.tensors.emplace(tensor_name, std::move(tensor));
    if (!fresh) file.fail("has two tensors named \"" + tensor_name + "\"");
    offsets.emplace_back(&place->second, offset);
  }
  const std::uint64_t begin = (file.at() + alignment - 1) / alignment * alignment;
  const std::uint64_t length = begin < bytes.size() ? bytes.size() - begin : 0;
  for (auto& [tensor, offset] : offsets) {
    const std::int64_t wanted = bytes_of(tensor->dtype, elements(tensor->shape));
    if (wanted < 0 || offset > length || static_cast<std::uint64_t>(wanted) > length - offset) {
      const auto named = std::find_if(result.tensors.begin(), result.tensors.end(), [t = tensor](const auto& entry) { return &entry.second == t; });
      file.fail("is too short for the tensor \"" + named->first + "\" of the shape " + text(tensor->shape) + " at byte " + std::to_string(offset) + " of " + std::to_string(length));
    }
    tensor->bytes = bytes.subspan(static_cast<std::size_t>(wanted == 0 ? 0 : begin + offset), static_cast<std::size_t>(wanted));
  }
  return result;
}

}  // namespace figment::weights
