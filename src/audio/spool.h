// Sound on disk for the time of one task: written and read at any place, by many threads.
//
//   Format   interleaved 32-bit float in a file that has no name, so it is gone when the program ends, however it ends
//   Errors   Io (disk full …)
//   Threads  free: any number may read and write different frames at once
//   Memory   none of its own; the system's page cache makes short songs as fast as memory

#pragma once

#include <filesystem>

#include "audio/buffer.h"

namespace figment::audio {

class Spool {
 public:
  Spool(const std::filesystem::path& folder, int channels, Hertz rate);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  void write(std::int64_t frame, AudioView sound);
  // Frames never written read as zeros, also beyond the end and before frame 0.
  void read(std::int64_t frame, AudioBlock out) const;

  [[nodiscard]] int channels() const noexcept { return channels_; }
  [[nodiscard]] Hertz rate() const noexcept { return rate_; }

 private:
  int handle_;
  int channels_;
  Hertz rate_;
};

}  // namespace figment::audio
