#include "weights/tensor.h"

#include <array>
#include <cassert>
#include <cstring>

#include "base/half.h"

namespace figment::weights {
namespace {

struct Kind {
  std::string_view name;
  std::int64_t bytes, numbers;   // so many bytes hold so many numbers
};
constexpr std::array<Kind, 12> kKinds{{{"F64", 8, 1}, {"F32", 4, 1}, {"F16", 2, 1}, {"BF16", 2, 1}, {"I64", 8, 1}, {"I32", 4, 1},
                                       {"I16", 2, 1}, {"I8", 1, 1}, {"U8", 1, 1}, {"BOOL", 1, 1}, {"Q8_0", 34, kBlock}, {"Q4_0", 18, kBlock}}};

const Kind& kind(Dtype dtype) noexcept { return kKinds[static_cast<std::size_t>(dtype)]; }

template <typename Number>
float read(const std::byte* from) noexcept {
  Number x;
  std::memcpy(&x, from, sizeof x);
  return static_cast<float>(x);
}
float read_half(const std::byte* from) noexcept {
  std::uint16_t x = 0;
  std::memcpy(&x, from, sizeof x);
  return half_to_float(x);
}
float read_bfloat(const std::byte* from) noexcept {
  std::uint16_t x = 0;
  std::memcpy(&x, from, sizeof x);
  return bfloat_to_float(x);
}

using Read = float (*)(const std::byte*) noexcept;
Read reader(Dtype dtype) noexcept {
  switch (dtype) {
    case Dtype::F64: return read<double>;
    case Dtype::F16: return read_half;
    case Dtype::BF16: return read_bfloat;
    case Dtype::I64: return read<std::int64_t>;
    case Dtype::I32: return read<std::int32_t>;
    case Dtype::I16: return read<std::int16_t>;
    case Dtype::I8: return read<std::int8_t>;
    case Dtype::U8:
    case Dtype::Bool: return read<std::uint8_t>;
    default: return read<float>;
  }
}

void read_blocks(const Tensor& tensor, std::span<float> out) {
  const std::byte* from = tensor.bytes.data();
  for (std::size_t n = 0; n < out.size(); n += kBlock) {
    const float scale = read_half(from);
    from += 2;
    if (tensor.dtype == Dtype::Q8_0) {
      for (std::size_t i = 0; i < kBlock; ++i) out[n + i] = scale * static_cast<float>(static_cast<std::int8_t>(from[i]));
      from += kBlock;
    } else {
      // The low four bits of byte i are number i, the high ones number i + 16; 8 stands for nothing.
      for (std::size_t i = 0; i < kBlock / 2; ++i) {
        const auto both = static_cast<unsigned>(from[i]);
        out[n + i] = scale * (static_cast<float>(both & 15U) - 8);
        out[n + i + kBlock / 2] = scale * (static_cast<float>(both >> 4) - 8);
      }
      from += kBlock / 2;
    }
  }
}

}  // namespace

std::string_view name(Dtype dtype) noexcept { return kind(dtype).name; }

std::string text(const Shape& shape) {
  std::string all = "[";
  for (const std::int64_t size : shape) all += (all.size() > 1 ? ", " : "") + std::to_string(size);
  return all + "]";
}

std::int64_t elements(const Shape& shape) noexcept {
  constexpr std::int64_t kMost = std::int64_t{1} << 47;
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0 || (size > 0 && count > kMost / size)) return -1;
    count *= size;
  }
  return count;
}

std::int64_t bytes_of(Dtype dtype, std::int64_t count) noexcept {
  const Kind& k = kind(dtype);
  return count < 0 || count % k.numbers != 0 ? -1 : count / k.numbers * k.bytes;
}

std::vector<float> to_floats(const Tensor& tensor) {
  std::vector<float> all(static_cast<std::size_t>(tensor.size()));
  to_floats(tensor, all);
  return all;
}

void to_floats(const Tensor& tensor, std::span<float> out) {
  assert(static_cast<std::int64_t>(out.size()) == tensor.size());
  if (out.empty()) return;
  if (tensor.dtype == Dtype::Q8_0 || tensor.dtype == Dtype::Q4_0) return read_blocks(tensor, out);
  const Read read_one = reader(tensor.dtype);
  const std::byte* from = tensor.bytes.data();
  const auto step = static_cast<std::size_t>(kind(tensor.dtype).bytes);
  if (tensor.strides.empty()) {
    if (tensor.dtype == Dtype::F32) {
      std::memcpy(out.data(), from, out.size() * sizeof(float));
      return;
    }
    for (std::size_t n = 0; n < out.size(); ++n) out[n] = read_one(from + n * step);
    return;
  }
  // An odometer over all axes but the last.
  const std::size_t axes = tensor.shape.size();
  std::vector<std::int64_t> at(axes, 0);
  std::int64_t offset = 0;
  for (float& x : out) {
    x = read_one(from + static_cast<std::size_t>(offset) * step);
    for (std::size_t axis = axes; axis-- > 0;) {
      offset += tensor.strides[axis];
      if (++at[axis] < tensor.shape[axis]) break;
      offset -= at[axis] * tensor.strides[axis];
      at[axis] = 0;
    }
  }
}

}  // namespace figment::weights
