// A matrix of 8- or 4-bit weights, laid out so that reading it once from front to back is all there is to do.
//
//   Numbers  q8: 32 weights of a row share a scale (binary16), each is -127 … 127. q4: 16 share one, each is one of kLevels, which
//            leave normal weights the least squared error (Lloyd 1982 over groups of 16, their largest at the top level)
//   Layout   bands of 16 rows; in a band, groups of columns (32, 16): 16 scales, then the weights. q8: two columns of 16 rows at a
//            time (r0c0 r0c1 r1c0 r1c1 … r15c1), 512 bytes a group. q4: the same of columns 0 1 in the low four bits and 2 3 in the
//            high ones, 128 bytes. Rows and columns are filled up with zeros to whole bands and groups
//   Size     8.5 and 5 bits a weight
//   Why      16 rows side by side need no sum across a vector, and one activation pair serves all of them; on any vector width
//   Threads  free

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace figment::neural {

enum class Precision : std::uint8_t { Q8, Q4 };

inline constexpr std::int64_t kBand = 16;
inline constexpr std::int64_t kFill = 32;      // columns are filled up to a multiple of this, whatever the group

[[nodiscard]] constexpr std::int64_t group_of(Precision precision) noexcept { return precision == Precision::Q8 ? 32 : 16; }

// What the sixteen numbers of four bits stand for, times the scale.
inline constexpr std::array<std::int8_t, 16> kLevels{-125, -96, -76, -59, -44, -30, -16, -3, 10, 23, 37, 51, 67, 85, 106, 127};

// Rows and columns are the matrix's own; `data` has quantized_bytes.
struct QuantizedMatrix {
  Precision precision = Precision::Q8;
  std::int64_t rows = 0, columns = 0;
  const std::byte* data = nullptr;

  [[nodiscard]] std::int64_t bands() const noexcept { return (rows + kBand - 1) / kBand; }
  [[nodiscard]] std::int64_t groups() const noexcept { return (columns + kFill - 1) / kFill * (kFill / group_of(precision)); }
};

[[nodiscard]] std::int64_t group_bytes(Precision precision) noexcept;
[[nodiscard]] std::int64_t quantized_bytes(Precision precision, std::int64_t rows, std::int64_t columns) noexcept;

// `weights`: row-major floats. `out`: quantized_bytes.
void quantize(std::span<const float> weights, std::int64_t rows, std::int64_t columns, Precision precision, std::byte* out);

// The plain way back, which the kernels are held against: [rows][columns].
[[nodiscard]] std::vector<float> dequantize(const QuantizedMatrix& matrix);

}  // namespace figment::neural
