#include "audio/piece_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "audio/write_error.h"
#include "base/error.h"

namespace figment::audio {
WholeFile::WholeFile(std::filesystem::path file) : path_(std::move(file)), aside_(path_) {
  aside_ += ".part";
  file_ = std::fopen(aside_.c_str(), "wb+");
  if (file_ == nullptr) cannot_write(path_, errno);
}

WholeFile::~WholeFile() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  std::error_code ignored;
  std::filesystem::remove(aside_, ignored);
}

void WholeFile::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) cannot_write(path_, errno);
}

void WholeFile::write_at_start(std::string_view bytes) {
  if (std::fseek(file_, 0, SEEK_SET) != 0) cannot_write(path_, errno);
  write(bytes);
}

void WholeFile::commit() {
  std::FILE* file = std::exchange(file_, nullptr);
  std::error_code status;
  if (std::fclose(file) != 0) {
    const int code = errno;
    std::filesystem::remove(aside_, status);
    cannot_write(path_, code);
  }
  std::filesystem::rename(aside_, path_, status);
  if (status) throw Error(ErrorCode::Io, "cannot write " + path_.string() + ": " + status.message());
}

Digest piece_key(const WaveReader& sound, std::int64_t begin, std::int64_t end, std::string_view settings) {
  const std::int64_t from = std::max<std::int64_t>(begin, 0), to = std::min(end, sound.frames());
  std::vector<std::byte> stored;
  if (to > from) sound.read_stored(from, to - from, stored);
  return piece_key(sound, stored, std::string(settings) + " " + std::to_string(-std::min<std::int64_t>(begin, 0)) + " " +
                                      std::to_string(std::max<std::int64_t>(end - sound.frames(), 0)));
}

Digest piece_key(const WaveReader& sound, std::span<const std::byte> stored, std::string_view settings) {
  Sha256 hash;
  hash.add(settings);
  hash.add(" " + std::to_string(sound.rate().value) + " " + std::to_string(sound.channels()) + " ");
  hash.add(stored);
  return hash.finish();
}

}  // namespace figment::audio
