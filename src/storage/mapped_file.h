// A file's bytes, in memory only as far as they are looked at.
//
//   Method   mmap, read-only and private
//   Errors   NotFound, Io with the path and the system's reason. A file that another program shortens while it is mapped ends
//            in SIGBUS when what is gone is read: map only what nobody writes to
//   Threads  free once open; copies share the mapping, which lasts as long as the last of them

#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace figment::storage {

class MappedFile {
 public:
  enum class Order { Sequential, Any };   // how it will be read
  [[nodiscard]] static MappedFile open(const std::filesystem::path& file, Order order = Order::Any);

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {static_cast<const std::byte*>(data_.get()), size_}; }

 private:
  std::shared_ptr<const void> data_;
  std::size_t size_ = 0;
};

}  // namespace figment::storage
