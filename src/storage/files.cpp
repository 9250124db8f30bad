#include "storage/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"

namespace figment::storage {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const fs::path& file, int code) {
  throw Error(ErrorCode::Io, "cannot write " + file.string() + ": " + std::strerror(code),
              code == ENOSPC || code == EDQUOT || code == EFBIG ? "free some disk space and run the same command again; finished parts are kept"
              : code == EACCES || code == EROFS ? "choose a folder you may write to with -o"
                                                : "");
}

struct Handle {
  int number;
  ~Handle() {
    if (number >= 0) ::close(number);
  }
};

}  // namespace

namespace {

void write_all(int handle, std::string_view content) {   // throws the system's code
  while (!content.empty()) {
    const ssize_t wrote = ::write(handle, content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) throw wrote < 0 ? errno : ENOSPC;
    content.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

// Beside the file, then under its name. `fill` writes to the handle.
template <class Fill>
void write_aside(const fs::path& file, Sync sync, Fill fill) {
  fs::path aside = file;
  aside += ".part";
  try {
    {
      const Handle handle{::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
      if (handle.number < 0) throw errno;
      fill(handle.number);
      if (sync == Sync::Yes && ::fsync(handle.number) != 0) throw errno;
    }
    if (::rename(aside.c_str(), file.c_str()) != 0) throw errno;
  } catch (const int code) {
    ::unlink(aside.c_str());
    fail(file, code);
  } catch (...) {
    ::unlink(aside.c_str());
    throw;
  }
  if (sync == Sync::Yes) sync_folder(file.has_parent_path() ? file.parent_path() : ".");
}

}  // namespace

void write_file(const fs::path& file, std::string_view content, Sync sync) {
  write_aside(file, sync, [&](int handle) { write_all(handle, content); });
}

void read_pieces(const fs::path& file, const Piece& piece) {
  const Handle source{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (source.number < 0) throw Error(errno == ENOENT ? ErrorCode::NotFound : ErrorCode::Io, "cannot read " + file.string() + ": " + std::strerror(errno));
  std::string block(1 << 20, '\0');
  for (;;) {
    const ssize_t got = ::read(source.number, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(ErrorCode::Io, "cannot read " + file.string() + ": " + std::strerror(errno));
    if (got == 0) return;
    piece(std::string_view(block).substr(0, static_cast<std::size_t>(got)));
  }
}

void copy_file(const fs::path& from, const fs::path& to, const Piece& piece) {
  write_aside(to, Sync::Yes, [&](int handle) {
    read_pieces(from, [&](std::string_view bytes) {
      write_all(handle, bytes);
      if (piece) piece(bytes);
    });
  });
}

void sync_folder(const fs::path& folder) noexcept {
  const Handle handle{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (handle.number >= 0) ::fsync(handle.number);
}

std::string read_file(const fs::path& file, std::uintmax_t most) {
  std::error_code status;
  const auto size = fs::file_size(file, status);
  if (status)
    throw Error(fs::exists(file, status) ? ErrorCode::Io : ErrorCode::NotFound, "cannot open " + file.string());
  if (size > most)
    throw Error(ErrorCode::Corrupt, file.string() + " has " + std::to_string(size) + " bytes, more than the " +
                                        std::to_string(most) + " that make sense");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(ErrorCode::Io, "cannot read " + file.string() + ": " + std::strerror(errno));
  std::string content(static_cast<std::size_t>(size), '\0');
  in.read(content.data(), static_cast<std::streamsize>(size));
  content.resize(static_cast<std::size_t>(in.gcount()));
  return content;
}

void make_folder(const fs::path& folder) {
  std::error_code status;
  fs::create_directories(folder, status);
  if (status)
    throw Error(ErrorCode::Io, "cannot make the folder " + folder.string() + ": " + status.message(),
                "choose a folder you may write to with -o");
}

fs::path path_inside(const fs::path& root, std::string_view relative) {
  const fs::path path(relative);
  bool good = !relative.empty() && relative.find('\0') == std::string_view::npos && path.is_relative();
  for (const fs::path& part : path)
    if (part == "..") good = false;
  if (!good)
    throw Error(ErrorCode::Corrupt, "the path \"" + std::string(relative) + "\" leaves the song's folder",
                "paths in a song are relative to its folder");
  return root / path;
}

}  // namespace figment::storage
