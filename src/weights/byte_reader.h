// Little-endian numbers out of a file's bytes, each checked against its end.
//
//   Errors   Corrupt: "NAME ends inside WHAT"

#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace figment::weights {

static_assert(std::endian::native == std::endian::little);

class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  template <typename Number>
    requires std::integral<Number> || std::floating_point<Number>
  Number number(const char* what) {
    Number x;
    std::memcpy(&x, take(sizeof x, what).data(), sizeof x);
    return x;
  }
  std::span<const std::byte> take(std::uint64_t count, const char* what) {
    if (count > left()) fail("ends inside " + std::string(what));
    const auto part = bytes_.subspan(at_, static_cast<std::size_t>(count));
    at_ += static_cast<std::size_t>(count);
    return part;
  }
  std::string_view text(std::uint64_t count, const char* what) {
    const auto part = take(count, what);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  void skip_to(std::size_t at) {
    if (at > bytes_.size()) fail("ends too early");
    at_ = at;
  }
  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size() - at_; }
  [[nodiscard]] std::span<const std::byte> all() const noexcept { return bytes_; }
  [[noreturn]] void fail(const std::string& problem) const { throw Error(ErrorCode::Corrupt, name_ + " " + problem, "it may be incomplete: get it again"); }

 private:
  std::span<const std::byte> bytes_;
  std::string name_;
  std::size_t at_ = 0;
};

}  // namespace figment::weights
