#include "storage/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace figment::storage {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, int code) {
  if (code == ENOENT) throw Error(ErrorCode::NotFound, "no file " + file.string());
  throw Error(ErrorCode::Io, "cannot read " + file.string() + ": " + std::strerror(code));
}

}  // namespace

MappedFile MappedFile::open(const std::filesystem::path& file, Order order) {
  const int handle = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0) fail(file, errno);
  struct stat status {};
  if (::fstat(handle, &status) != 0 || !S_ISREG(status.st_mode)) {
    const int code = S_ISDIR(status.st_mode) ? EISDIR : errno != 0 ? errno : EINVAL;
    ::close(handle);
    fail(file, code);
  }
  MappedFile mapped;
  mapped.size_ = static_cast<std::size_t>(status.st_size);
  if (mapped.size_ > 0) {
    void* data = ::mmap(nullptr, mapped.size_, PROT_READ, MAP_PRIVATE, handle, 0);
    const int code = errno;
    ::close(handle);
    if (data == MAP_FAILED) fail(file, code);
    ::madvise(data, mapped.size_, order == Order::Sequential ? MADV_SEQUENTIAL : MADV_NORMAL);
    mapped.data_ = std::shared_ptr<const void>(data, [size = mapped.size_](const void* p) { ::munmap(const_cast<void*>(p), size); });
  } else {
    ::close(handle);
  }
  return mapped;
}

}  // namespace figment::storage
