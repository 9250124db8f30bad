// Shared by the encoders that work in pieces: the file they write, and the key of a piece.
#pragma once

#include <cstdio>
#include <filesystem>
#include <span>
#include <string_view>

#include "audio/wave.h"
#include "base/hash.h"

namespace figment::audio {

// A file written from front to back, named when whole; the destructor removes what was not.
class WholeFile {
 public:
  explicit WholeFile(std::filesystem::path file);
  ~WholeFile();
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  void write(std::string_view bytes);                 // Error Io
  void write_at_start(std::string_view bytes);        // over what was written first
  void commit();

 private:
  std::filesystem::path path_, aside_;
  std::FILE* file_ = nullptr;
};

// Of the sound from `begin` to `end` (silence outside the file), encoded with these settings.
[[nodiscard]] Digest piece_key(const WaveReader& sound, std::int64_t begin, std::int64_t end, std::string_view settings);
[[nodiscard]] Digest piece_key(const WaveReader& sound, std::span<const std::byte> stored, std::string_view settings);

}  // namespace figment::audio
