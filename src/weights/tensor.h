// A tensor as it lies in a weight file: what kind of numbers, which shape, where its bytes are.
//
//   Order    row-major unless `strides` says otherwise; the last axis of `shape` is the fastest
//   Blocks   Q8_0 and Q4_0 (GGUF's): 32 numbers of a row share one scale (binary16) and have 8 or 4 bits each; rows are whole
//            blocks
//   Owner    the bytes belong to the WeightFile that the tensor came from
//   Made     only by the readers of this folder, which check counts, shapes and offsets against the file's length first; so
//            reading all of a Tensor's elements stays inside `bytes`

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace figment::weights {

enum class Dtype : std::uint8_t { F64, F32, F16, BF16, I64, I32, I16, I8, U8, Bool, Q8_0, Q4_0 };

// "F32", "Q4_0" …
[[nodiscard]] std::string_view name(Dtype dtype) noexcept;

inline constexpr std::int64_t kBlock = 32;   // numbers that share a scale

using Shape = std::vector<std::int64_t>;

// "[4, 1, 7]"
[[nodiscard]] std::string text(const Shape& shape);

// The product of a shape's sizes; -1 when one is negative or the product exceeds 2^47.
[[nodiscard]] std::int64_t elements(const Shape& shape) noexcept;

// Bytes that so many numbers take, in whole blocks; -1 where they do not fill them.
[[nodiscard]] std::int64_t bytes_of(Dtype dtype, std::int64_t count) noexcept;

struct Tensor {
  Dtype dtype = Dtype::F32;
  Shape shape;
  std::vector<std::int64_t> strides;     // in elements; empty: row-major
  std::span<const std::byte> bytes;      // from the first element on

  [[nodiscard]] std::int64_t size() const noexcept { return elements(shape); }
};

// All numbers, row-major. Error Unsupported for a size that memory cannot hold is left to the caller, who knows what he allocates.
[[nodiscard]] std::vector<float> to_floats(const Tensor& tensor);
// The same into `out`, which has as many places as the tensor has numbers.
void to_floats(const Tensor& tensor, std::span<float> out);

}  // namespace figment::weights
