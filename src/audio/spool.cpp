#include "audio/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"

namespace figment::audio {
namespace {

[[noreturn]] void fail(const char* what) {
  const int code = errno;
  throw Error(ErrorCode::Io, std::string(what) + ": " + std::strerror(code),
              code == ENOSPC ? "free some disk space and run the same command again; finished parts are kept" : "");
}

}  // namespace

Spool::Spool(const std::filesystem::path& folder, int channels, Hertz rate) : channels_(channels), rate_(rate) {
  std::string name = (folder / "spool-XXXXXX").string();
  handle_ = ::mkstemp(name.data());
  if (handle_ < 0) fail(("cannot make a temporary file in " + folder.string()).c_str());
  ::unlink(name.c_str());
}

Spool::~Spool() { ::close(handle_); }

void Spool::write(std::int64_t frame, AudioView sound) {
  const auto count = static_cast<std::size_t>(channels_);
  std::vector<float> interleaved(static_cast<std::size_t>(sound.frames()) * count);
  for (std::size_t c = 0; c < count; ++c) {
    const float* from = sound.channel(static_cast<int>(c));
    for (std::size_t n = 0; n < static_cast<std::size_t>(sound.frames()); ++n) interleaved[n * count + c] = from[n];
  }
  const char* bytes = reinterpret_cast<const char*>(interleaved.data());
  std::size_t left = interleaved.size() * sizeof(float);
  auto at = static_cast<off_t>(frame) * static_cast<off_t>(count * sizeof(float));
  while (left > 0) {
    const ssize_t wrote = ::pwrite(handle_, bytes, left, at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) fail("cannot write temporary sound");
    bytes += wrote;
    left -= static_cast<std::size_t>(wrote);
    at += wrote;
  }
}

void Spool::read(std::int64_t frame, AudioBlock out) const {
  out.clear();
  const std::int64_t skip = std::max<std::int64_t>(0, -frame);
  if (skip >= out.frames()) return;
  const auto count = static_cast<std::size_t>(channels_);
  std::vector<float> interleaved(static_cast<std::size_t>(out.frames() - skip) * count);
  char* bytes = reinterpret_cast<char*>(interleaved.data());
  std::size_t left = interleaved.size() * sizeof(float);
  auto at = static_cast<off_t>(frame + skip) * static_cast<off_t>(count * sizeof(float));
  while (left > 0) {
    const ssize_t got = ::pread(handle_, bytes, left, at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("cannot read temporary sound");
    if (got == 0) break;  // beyond the end: the zeros stay
    bytes += got;
    left -= static_cast<std::size_t>(got);
    at += got;
  }
  for (std::size_t c = 0; c < count; ++c) {
    float* to = out.channel(static_cast<int>(c)) + skip;
    for (std::size_t n = 0; n < interleaved.size() / count; ++n) to[n] = interleaved[n * count + c];
  }
}

}  // namespace figment::audio
