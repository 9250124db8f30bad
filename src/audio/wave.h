// Our own WAV files: of known length, written and read at any place.
//
//   Format   WAV, 24-bit or 32-bit float, 1 or 2 channels; the samples begin at byte 4096 (a "JUNK" chunk fills the gap,
//            as recorders do), so that blocks are whole pages
//   Exact    24-bit: a sample is round(x · 2²³) / 2²³, so what `to_24_bit` returns is stored and read without change.
//            Beyond ±1 it is clipped
//   Silence  costs nothing: stretches of zeros are holes in the file, on file systems that have them
//   Hostile  a reader takes only files that WaveWriter could have written, and those with tags after the samples: Error Corrupt
//            for any other
//   Safety   written as NAME.part, named on `commit`; without `commit` the destructor removes it. Not synced, and a file
//            of that name is removed first (renaming over it would make the system write to disk at once): all that is
//            kept in this form can be made again
//   Threads  any number may write, and read, different frames of one object at once
//   Cost     about 1.5 ns a sample and no memory beyond the block
//
// For files of other people there is audio/file.h.

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "audio/buffer.h"

namespace figment::audio {

enum class WaveSamples { Int24, Float32 };

// The nearest values that 24 bits hold, in place.
void to_24_bit(AudioBlock sound) noexcept;

class WaveReader;

class WaveWriter {
 public:
  // Error Io when it cannot be made, InvalidArgument when longer than a WAV file can be (4 GiB).
  WaveWriter(std::filesystem::path file, WaveSamples samples, Hertz rate, int channels, std::int64_t frames);
  ~WaveWriter();
  WaveWriter(const WaveWriter&) = delete;
  WaveWriter& operator=(const WaveWriter&) = delete;

  // Each frame at most once; frames never written are silent. Error Io (disk full …).
  void write(std::int64_t frame, AudioView sound);
  // As they lie in another file of the same kind: `count` frames from `there`.
  void copy(std::int64_t frame, std::int64_t count, const WaveReader& from, std::int64_t there);
  void commit();
  [[nodiscard]] Hertz rate() const noexcept { return rate_; }
  [[nodiscard]] int channels() const noexcept { return channels_; }

 private:
  std::filesystem::path path_, aside_;
  WaveSamples samples_;
  Hertz rate_;
  int channels_;
  [[maybe_unused]] std::int64_t frames_;  // what asserts compare with
  int handle_ = -1;
};

class WaveReader {
 public:
  // Error NotFound, Corrupt.
  explicit WaveReader(const std::filesystem::path& file);
  ~WaveReader();
  WaveReader(const WaveReader&) = delete;
  WaveReader& operator=(const WaveReader&) = delete;

  [[nodiscard]] Hertz rate() const noexcept { return rate_; }
  [[nodiscard]] int channels() const noexcept { return channels_; }
  [[nodiscard]] std::int64_t frames() const noexcept { return frames_; }
  [[nodiscard]] WaveSamples samples() const noexcept { return samples_; }

  // Fills `out`, of as many channels; before frame 0 and after the end there is silence. Error Io.
  void read(std::int64_t frame, AudioBlock out) const;

  // The samples as they are stored, interleaved, and what they mean. `count` frames from `frame`, all inside the file.
  void read_stored(std::int64_t frame, std::int64_t count, std::vector<std::byte>& stored) const;
  void understand(const std::vector<std::byte>& stored, AudioBlock out) const noexcept;

 private:
  [[nodiscard]] std::int64_t frame_bytes() const noexcept { return channels_ * (samples_ == WaveSamples::Int24 ? 3 : 4); }

  std::filesystem::path path_;
  WaveSamples samples_ = WaveSamples::Int24;
  Hertz rate_{};
  int channels_ = 0;
  std::int64_t frames_ = 0;
  int handle_ = -1;
};

}  // namespace figment::audio
