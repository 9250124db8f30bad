#include "audio/write_error.h"

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace figment::audio {

void cannot_write(const std::filesystem::path& file, int code) {
  throw Error(ErrorCode::Io, "cannot write " + file.string() + ": " + std::strerror(code),
              code == ENOSPC ? "free some disk space and run the same command again; finished parts are kept" : "");
}

}  // namespace figment::audio
