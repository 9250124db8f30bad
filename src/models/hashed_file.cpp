#include "models/hashed_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace figment::models {
namespace {

struct Opened {
  int number;
  ~Opened() {
    if (number >= 0) ::close(number);
  }
};

[[noreturn]] void cannot(const char* do_what, const std::filesystem::path& file) {
  const int code = errno;
  throw Error(ErrorCode::Io, std::string("cannot ") + do_what + " " + file.string() + ": " + std::strerror(code), code == ENOSPC || code == EFBIG || code == EDQUOT ? "free some disk space, or set FIGMENT_MODELS to a folder on another disk" : "");
}

Digest read_all(const std::filesystem::path& file, const std::function<void(std::string_view)>& piece, const std::function<void(std::uint64_t)>& report) {
  const Opened source{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (source.number < 0) cannot("read", file);
  Sha256 hash;
  std::vector<char> block(1 << 20);
  for (std::uint64_t done = 0;;) {
    const ssize_t got = ::read(source.number, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) cannot("read", file);
    if (got == 0) return hash.finish();
    const std::string_view bytes(block.data(), static_cast<std::size_t>(got));
    hash.add(bytes);
    piece(bytes);
    done += bytes.size();
    report(done);
  }
}

}  // namespace

Digest hash_file(const std::filesystem::path& file, const std::function<void(std::uint64_t)>& report) {
  return read_all(file, [](std::string_view) {}, report);
}

Digest copy_file_hashed(const std::filesystem::path& from, const std::filesystem::path& to, const std::function<void(std::uint64_t)>& report) {
  const Opened target{::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
  if (target.number < 0) cannot("write", to);
  try {
    Digest digest = read_all(from, [&](std::string_view bytes) {
      while (!bytes.empty()) {
        const ssize_t wrote = ::write(target.number, bytes.data(), bytes.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) cannot("write", to);
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
      }
    }, report);
    if (::fsync(target.number) != 0) cannot("write", to);
    return digest;
  } catch (...) {
    ::unlink(to.c_str());
    throw;
  }
}

}  // namespace figment::models
