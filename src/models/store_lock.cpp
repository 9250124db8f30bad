#include "models/store_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "models/download.h"
#include "storage/files.h"

namespace figment::models {

StoreLock::StoreLock(const std::filesystem::path& root, const std::string& name, const Progress& progress, const std::function<void(double)>& wait) {
  storage::make_folder(root / ".locks");
  const std::filesystem::path file = root / ".locks" / name;
  handle_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (handle_ < 0) throw Error(ErrorCode::Io, "cannot write " + file.string() + ": " + std::strerror(errno), "set FIGMENT_MODELS to a folder you may write to");
  while (::flock(handle_, LOCK_EX | LOCK_NB) != 0) {
    const int code = errno;
    try {
      if (code != EWOULDBLOCK && code != EINTR) throw Error(ErrorCode::Io, "cannot lock " + file.string() + ": " + std::strerror(code));
      progress.set(0, "waiting: another figment is working on " + name);
      if (wait) wait(1);
      else wait_for(1, progress);
    } catch (...) {
      ::close(handle_);
      throw;
    }
  }
}

StoreLock::~StoreLock() { ::close(handle_); }

}  // namespace figment::models
